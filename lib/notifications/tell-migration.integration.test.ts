import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { database } from "#lib/db/client.ts";
import { closeIncident } from "#lib/migrations/close-incident.ts";
import { loadMigration } from "#lib/migrations/load-migration.ts";
import { openIncident } from "#lib/migrations/open-incident.ts";
import { makeScenario, open, type Scenario, versionOf, workerContext } from "#lib/migrations/testing.ts";
import { stepOf } from "#lib/engine/step.ts";
import { loadMessage } from "#lib/notifications/load-message.ts";
import { plainText } from "#lib/notifications/message.ts";
import { notify } from "#lib/notifications/notify.ts";
import { tellOutcome } from "#lib/notifications/tell-migration.ts";
import { useTestDatabase } from "#lib/people/testing.ts";
import { randomUUID } from "node:crypto";

let db: Awaited<ReturnType<typeof useTestDatabase>>;
let scenario: Scenario;
let migrationId: string;

beforeAll(async () => {
  db = await useTestDatabase();
  process.env["LOCKSTEP_PUBLIC_URL"] = "https://lockstep.example.com";
  scenario = await makeScenario();
  migrationId = await open(scenario);
});
afterAll(async () => db.close());

async function events(kind: string) {
  return database().notificationEvent.findMany({ where: { migrationId, kind } });
}

async function textOf(eventId: string): Promise<string> {
  const { message } = await loadMessage(database(), eventId, "channel");
  return `${message.title}\n${plainText(message)}`;
}

describe("an attempt", () => {
  it.each([
    ["done", "step-executed", "was carried out"],
    ["failed", "step-failed", "Nothing was changed"],
    ["uncertain", "step-uncertain", "is not known"],
  ] as const)("that is %s is told once, with its step, unit and plan", async (state, kind, words) => {
    const migration = await loadMigration(database(), migrationId);
    const step = stepOf(migration.runbook, "invalidate");
    const attemptId = randomUUID();
    for (let time = 0; time < 2; time += 1) {
      await database().$transaction(async (tx) =>
        tellOutcome(tx, scenario.operator, migration, step, attemptId, state),
      );
    }
    const [event, ...others] = await events(kind);
    expect(others).toEqual([]);
    expect(event).toMatchObject({ stepId: "invalidate", subjectId: attemptId, planHash: migration.planHash });
    expect(event?.addressed).toEqual({ people: [scenario.operator.actor.id], roles: ["operator"] });
    const text = await textOf(event?.id ?? "");
    expect(text).toContain(words);
    expect(text).toContain(step.title);
    expect(text).toContain(migration.targets.serviceLabel);
    expect(text).toContain(
      `https://lockstep.example.com/migrations/${migrationId}?plan=${migration.planHash}`,
    );
  });

  it("that never began is not told", async () => {
    const migration = await loadMigration(database(), migrationId);
    const before = await database().notificationEvent.count();
    const step = stepOf(migration.runbook, "invalidate");
    await database().$transaction(async (tx) =>
      tellOutcome(tx, scenario.operator, migration, step, null, "done"),
    );
    expect(await database().notificationEvent.count()).toBe(before);
  });
});

describe("an incident", () => {
  it("is told when it opens and when it is closed, with its title and note", async () => {
    const migration = await loadMigration(database(), migrationId);
    const cause = { kind: "bound", title: "The bound can be read again.", detail: "1 010 001" };
    expect(await openIncident(workerContext, migration, cause)).toBe(true);
    expect(await openIncident(workerContext, migration, cause)).toBe(false);
    const [opened, ...more] = await events("incident-opened");
    expect(more).toEqual([]);
    const text = await textOf(opened?.id ?? "");
    expect(text).toContain("> The bound can be read again.");
    expect(text).not.toContain("1 010 001");
    await closeIncident(scenario.operator, {
      migrationId,
      incidentId: opened?.subjectId ?? "",
      seenVersion: await versionOf(migrationId),
      note: "A restore put it there; removed.",
    });
    const [closed] = await events("incident-closed");
    expect(await textOf(closed?.id ?? "")).toContain("Olga:\n> A restore put it there; removed.");
  });
});

it("leads to the request where it is about one", async () => {
  const { environmentId, planHash } = await loadMigration(database(), migrationId);
  const requestId = randomUUID();
  await database().$transaction(async (tx) =>
    notify(tx, {
      key: "about a request",
      kind: "approved",
      environmentId,
      migrationId,
      planHash,
      unit: "handover",
      stepId: null,
      subjectId: requestId,
      actor: scenario.operator.actor,
      addressed: { people: [], roles: [] },
      words: null,
    }),
  );
  const [event] = await events("approved");
  expect(await textOf(event?.id ?? "")).toContain(
    `https://lockstep.example.com/approvals/${requestId}?plan=${planHash}`,
  );
});
