import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { defaultPolicy } from "#lib/approvals/policy.ts";
import { requestApprovalOn } from "#lib/approvals/request-approval.ts";
import { putPolicy } from "#lib/approvals/testing.ts";
import { database } from "#lib/db/client.ts";
import { recoverMigrations } from "#lib/engine/recover.ts";
import { readServiceStatus } from "#lib/inventory/read-service-status.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import { loadMigration } from "#lib/migrations/load-migration.ts";
import { recordSmokeTest } from "#lib/migrations/record-smoke-test.ts";
import { skipStep } from "#lib/migrations/skip-step.ts";
import {
  BOUND,
  declare,
  look,
  oracleScenario,
  paste,
  printed,
  step,
  stopAll,
  walkToInvalidate,
} from "#lib/migrations/testing-oracle.ts";
import { configureAll, NAMESPACE, open, press, versionOf } from "#lib/migrations/testing.ts";
import { undoStepOn } from "#lib/migrations/undo-step.ts";
import { useTestDatabase } from "#lib/people/testing.ts";
import { writeOutput } from "#lib/stores/oracle/testing.ts";

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
});
afterAll(async () => close());

describe("to-timelock on an Oracle store", { timeout: 120_000 }, () => {
  test("walks by pasted readings alone, and the proof says pasted for ever", async () => {
    const { scenario, site } = await oracleScenario();
    const id = await open(scenario);
    await walkToInvalidate(scenario, id, site);

    // Lockstep does not write there, and says what to do instead.
    await declare(scenario, id, "invalidate");
    await paste(scenario, id, "invalidate", look(site));
    await expect(press(scenario, id, "invalidate")).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("Run the sqlplus command"),
    });
    const view = await getMigration(scenario.operator, id);
    const shown = view.steps.find((one) => one.id === "invalidate");
    expect(shown?.attempts).toEqual([]);
    expect(shown?.operations[0]?.commands[0]).toMatchObject({
      tool: "sqlplus",
      text: expect.stringContaining("RENAME COLUMN LAST_ALLOCATED TO LEGACY_LAST_ALLOCATED"),
    });

    const before = printed(site);
    site.state = { state: "invalidated", kept: BOUND };
    const done = writeOutput("invalidate", before, printed(site));
    expect(await paste(scenario, id, "invalidate", done)).toMatchObject({ state: "done" });
    expect(await press(scenario, id, "forward-kept")).toMatchObject({ state: "done" });
    await skipStep(scenario.operator, {
      migrationId: id,
      stepId: "one-client-fails",
      seenVersion: await versionOf(id),
      reason: "tried elsewhere",
    });
    await configureAll(scenario, id);
    expect(await step(scenario, id, "configure", site)).toMatchObject({ state: "done" });

    site.punch = scenario.control.allocateElsewhere(NAMESPACE, 10);
    await recordSmokeTest(scenario.operator, {
      migrationId: id,
      stepId: "start",
      seenVersion: await versionOf(id),
      tried: "placed an order",
      passed: true,
    });
    expect(await step(scenario, id, "start", site)).toMatchObject({ state: "done" });

    const over = await getMigration(scenario.operator, id);
    expect(over.state).toBe("watching");
    expect(over.proof.links.map((link) => link.verdict)).not.toContain("broken");
    expect(over.proof.links.every((link) => link.verdict === "holds")).toBe(true);
    const terms = new Map(over.proof.terms.map((term) => [term.id, term.provenance]));
    expect(terms.get("ts")).toBe("pasted");
    expect(terms.get("fresh")).toBe("observed");
    const attempts = over.steps.flatMap((one) =>
      one.attempts.map(({ manual, state }) => [one.id, manual, state]),
    );
    expect(attempts).toContainEqual(["invalidate", true, "done"]);
  });

  test("what was pasted stands on the service's page for ten minutes, as pasted, and then only as what it said", async () => {
    const { scenario, site } = await oracleScenario();
    const { serviceId } = scenario.parts;
    expect((await readServiceStatus(scenario.operator, serviceId)).state).toBe("unknown");
    const id = await open(scenario);
    await paste(scenario, id, "assess", look(site));
    const now = await readServiceStatus(scenario.operator, serviceId);
    expect(now).toMatchObject({
      state: "embedded",
      level: "pass",
      bound: { state: "readable", bound: "1010001" },
    });
    expect(now.readings.find(({ key }) => key === "bound")).toMatchObject({ provenance: "pasted" });
    expect(now.proof.terms.every(({ provenance }) => provenance === "pasted")).toBe(true);
    await database().$executeRaw`
      UPDATE migration_reading SET reading = jsonb_set(reading, '{readAt}', '"2026-01-01T00:00:00.000Z"')
      WHERE migration_id = ${id}::uuid`;
    const later = await readServiceStatus(scenario.operator, serviceId);
    expect(later).toMatchObject({ state: "unknown", bound: null });
    expect(later.detail).toContain("2026-01-01T00:00:00.000Z, the bound was readable with 1010001");
  });

  test("a request for approval shows what was pasted, and an act is recorded only with it", async () => {
    const { scenario, site } = await oracleScenario();
    const id = await open(scenario);
    await walkToInvalidate(scenario, id, site);
    await putPolicy(scenario.parts.environmentId, defaultPolicy({ tier: "production", sandbox: false }));
    await declare(scenario, id, "invalidate");
    await paste(scenario, id, "invalidate", look(site));
    const before = printed(site);
    site.state = { state: "invalidated", kept: BOUND };
    const done = writeOutput("invalidate", before, printed(site));
    await expect(paste(scenario, id, "invalidate", done)).rejects.toMatchObject({ code: "forbidden" });
    const { planHash } = await loadMigration(database(), id);
    const input = { migrationId: id, unit: "invalidate-and-forward", planHash, note: "" };
    const { id: requestId } = await requestApprovalOn(scenario.engine.systems, scenario.operator, input);
    const { readings } = await database().approvalRequest.findUniqueOrThrow({ where: { id: requestId } });
    expect(readings).toContainEqual(
      expect.objectContaining({ key: "store.bound@source", provenance: "pasted", value: expect.anything() }),
    );
  });

  test("takes no other text for a reading, and none of another store", async () => {
    const { scenario, site } = await oracleScenario();
    const id = await open(scenario);
    const refuses = async (text: string, words: string) =>
      expect(paste(scenario, id, "assess", text)).rejects.toMatchObject({
        code: "invalid",
        message: expect.stringContaining(words),
      });
    await refuses(look(site).split("\n").slice(1).join("\n"), "lockstep.server");
    await refuses(look(site).replaceAll('"1010001"', "1.0100E+06"), "lockstep");
    await refuses(look(site).replaceAll("73645", "73646"), "another store");
    await refuses(look(site).replaceAll(site.system, "99"), "another store");
    await refuses(look(site, new Date(Date.now() - 3_600_000).toISOString()), "60 minutes ago");
    await refuses("ORA-01017: invalid username/password; logon denied", "ORA-01017");
    const rows = await database().migrationReading.count({ where: { migrationId: id, purpose: "pasted" } });
    expect(rows).toBe(0);
  });

  test("a paste counts for ten minutes and no longer", async () => {
    const { scenario, site } = await oracleScenario();
    const id = await open(scenario);
    expect(await step(scenario, id, "assess", site)).toMatchObject({ state: "done" });
    await stopAll(scenario, id, site);
    await declare(scenario, id, "claim");
    await database().$executeRaw`
      UPDATE migration_reading SET read_at = read_at - interval '11 minutes',
        reading = jsonb_set(reading, '{readAt}', to_jsonb(to_char((read_at - interval '11 minutes') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
      WHERE migration_id = ${id}::uuid`;
    await declare(scenario, id, "claim");
    expect(await press(scenario, id, "claim")).toMatchObject({ state: "done" });
    // Taking TS needs the bound itself, which nobody has pasted lately.
    await declare(scenario, id, "take-ts");
    await expect(press(scenario, id, "take-ts")).rejects.toMatchObject({ code: "conflict" });
    expect(await paste(scenario, id, "take-ts", look(site))).toMatchObject({ state: "done" });
  });

  test("a bound that rose meanwhile stops the fast-forward", async () => {
    const { scenario, site } = await oracleScenario();
    const id = await open(scenario);
    expect(await step(scenario, id, "assess", site)).toMatchObject({ state: "done" });
    await stopAll(scenario, id, site);
    await step(scenario, id, "claim", site);
    await step(scenario, id, "take-ts", site);
    site.state = { state: "readable", bound: BOUND + 1_000_000n };
    await expect(step(scenario, id, "fast-forward", site)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("above TS"),
    });
  });

  test("the worker finishes a unit on what was pasted, and leaves one alone that nothing is known for", async () => {
    const { scenario, site } = await oracleScenario();
    const id = await open(scenario);
    await walkToInvalidate(scenario, id, site);
    await declare(scenario, id, "invalidate");
    const before = printed(site);
    site.state = { state: "invalidated", kept: BOUND };
    await paste(scenario, id, "invalidate", writeOutput("invalidate", before, printed(site)));
    await database().$executeRaw`
      UPDATE migration_reading SET read_at = read_at - interval '11 minutes' WHERE migration_id = ${id}::uuid`;
    const issued = scenario.control.storedBound(NAMESPACE);
    const version = await versionOf(id);
    await recoverMigrations(scenario.engine, scenario.worker);
    expect([await versionOf(id), scenario.control.storedBound(NAMESPACE)]).toEqual([version, issued]);
    await paste(scenario, id, "forward-kept", look(site));
    await recoverMigrations(scenario.engine, scenario.worker);
    expect((await getMigration(scenario.operator, id)).currentStep).toBe("one-client-fails");
  });

  test("an invalidation that the pasted read-back does not show is not believed", async () => {
    const { scenario, site } = await oracleScenario();
    const id = await open(scenario);
    await walkToInvalidate(scenario, id, site);
    await declare(scenario, id, "invalidate");
    const text = writeOutput("invalidate", printed(site), printed(site));
    expect(await paste(scenario, id, "invalidate", text)).toMatchObject({ state: "not-applied" });
    expect((await getMigration(scenario.operator, id)).currentStep).toBe("invalidate");
  });

  test("is undone by hand: the undo waits as uncertain until its read-back is pasted", async () => {
    const { scenario, site } = await oracleScenario();
    const id = await open(scenario);
    await walkToInvalidate(scenario, id, site);
    await declare(scenario, id, "invalidate");
    const before = printed(site);
    site.state = { state: "invalidated", kept: BOUND };
    await paste(scenario, id, "invalidate", writeOutput("invalidate", before, printed(site)));
    await press(scenario, id, "forward-kept");
    await paste(scenario, id, "one-client-fails", look(site));
    const undo = async () =>
      undoStepOn(scenario.engine, scenario.operator, {
        migrationId: id,
        stepId: "invalidate",
        seenVersion: await versionOf(id),
        reason: "the maintenance window ended",
      });
    expect(await undo()).toMatchObject({ state: "uncertain", because: expect.stringContaining("by hand") });
    const waiting = await getMigration(scenario.operator, id);
    const shown = waiting.steps.find((one) => one.id === "invalidate");
    expect(shown?.state).toBe("uncertain");
    expect(shown?.operations.flatMap((one) => one.commands.map(({ text }) => text)).join()).toContain(
      "RENAME COLUMN LEGACY_LAST_ALLOCATED TO LAST_ALLOCATED",
    );
    // The worker leaves it alone: only what a person pastes can settle it.
    const version = await versionOf(id);
    await recoverMigrations(scenario.engine, scenario.worker);
    expect(await versionOf(id)).toBe(version);
    const was = printed(site);
    site.state = { state: "readable", bound: BOUND };
    const early = look(site, new Date(Date.now() - 60_000).toISOString());
    await expect(paste(scenario, id, "invalidate", early)).rejects.toMatchObject({ code: "conflict" });
    const text = writeOutput("restore", was, printed(site));
    expect(await paste(scenario, id, "invalidate", text)).toMatchObject({ state: "done" });
    expect((await getMigration(scenario.operator, id)).currentStep).toBe("invalidate");
  });
});

test("a store whose identity nobody has pinned opens no migration", async () => {
  const { scenario } = await oracleScenario();
  await database().store.update({
    where: { id: scenario.parts.storeId },
    data: {
      identitySystem: null,
      identityDatabase: null,
      identitySchema: null,
      identityTable: null,
      identityTableId: null,
      identityPinnedAt: null,
    },
  });
  await expect(open(scenario)).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining("pinned"),
  });
});
