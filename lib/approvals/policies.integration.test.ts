import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { getPolicy } from "#lib/approvals/get-policy.ts";
import { NOBODY_ASKED_POLICY } from "#lib/approvals/policy.ts";
import { policyDto } from "#lib/approvals/schema.ts";
import { setPolicy } from "#lib/approvals/set-policy.ts";
import { makeApprover, policyOf, rule } from "#lib/approvals/testing.ts";
import { addWindow } from "#lib/freeze/add-window.ts";
import { getStarts } from "#lib/freeze/get-starts.ts";
import { removeWindow } from "#lib/freeze/remove-window.ts";
import { startsDto } from "#lib/freeze/schema.ts";
import { setFreeze } from "#lib/freeze/set-freeze.ts";
import { makeInventory } from "#lib/inventory/testing.ts";
import { previewOn } from "#lib/migrations/preview-migration.ts";
import { makeScenario, NAMESPACE } from "#lib/migrations/testing.ts";
import { lastEntry, makePerson, useTestDatabase } from "#lib/people/testing.ts";

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
});
afterAll(async () => close());

async function environment() {
  const { environmentId } = await makeInventory();
  const ada = await makeApprover("Ada", environmentId, ["administrator"]);
  const olga = await makeApprover("Olga", environmentId, ["operator"]);
  const avery = await makeApprover("Avery", environmentId);
  return { environmentId, ada, olga, avery };
}

describe("a policy", () => {
  test("starts as the default of its tier, and every change is a new version with its audit row", async () => {
    const { environmentId, ada, avery } = await environment();
    const before = policyDto.parse(await getPolicy(avery, environmentId));
    expect(before).toMatchObject({ version: 0, problems: [], canChange: false, history: [] });
    expect(before.policy.levels.destructive.people).toBe(1);
    const input = { environmentId, seenVersion: 0, policy: NOBODY_ASKED_POLICY, reason: "rehearsal week" };
    expect(await setPolicy(ada, input)).toMatchObject({ version: 1 });
    expect(await lastEntry()).toMatchObject({ action: "set-policy", result: "done", environmentId });
    await setPolicy(ada, { ...input, seenVersion: 1, policy: policyOf(rule(1)), reason: "back again" });
    const after = policyDto.parse(await getPolicy(ada, environmentId));
    expect(after.history.map((one) => [one.version, one.reason])).toEqual([
      [2, "back again"],
      [1, "rehearsal week"],
    ]);
    await expect(setPolicy(ada, input)).rejects.toMatchObject({ code: "stale" });
  });

  test("that can never be met is refused with the reason, and so is one that names nobody", async () => {
    const { environmentId, ada } = await environment();
    const input = { environmentId, seenVersion: 0, reason: "stricter" };
    const set = async (people: number, named: string[] = []) =>
      setPolicy(ada, {
        ...input,
        policy: policyOf(rule(people, { approvers: { roles: ["approver"], people: named } })),
      });
    await expect(set(2)).rejects.toThrow(/never be met: destructive steps need 2 people .* only 1 person/);
    await expect(set(1, ["00000000-0000-4000-8000-000000000000"])).rejects.toMatchObject({ code: "invalid" });
    expect((await getPolicy(ada, environmentId)).version).toBe(0);
    expect(await set(2, [ada.actor.id])).toMatchObject({ version: 1 });
  });

  test("is changed by administrators of the environment alone", async () => {
    const { environmentId, olga, avery } = await environment();
    const elsewhere = await makeApprover("Eve", (await makeInventory()).environmentId, ["administrator"]);
    for (const person of [olga, avery, elsewhere]) {
      const input = { environmentId, seenVersion: 0, policy: NOBODY_ASKED_POLICY, reason: "let me" };
      await expect(setPolicy(person, input)).rejects.toMatchObject({ code: "forbidden" });
      expect(await lastEntry()).toMatchObject({ action: "set-policy", result: "denied" });
    }
    await expect(getPolicy(elsewhere, environmentId)).rejects.toMatchObject({ code: "forbidden" });
    await expect(getPolicy(olga, "nonsense")).rejects.toMatchObject({ code: "not-found" });
  });

  test("stands in the preview of a migration", async () => {
    const scenario = await makeScenario();
    const { environmentId, serviceId, clusterId } = scenario.parts;
    const ada = await makeApprover("Ada", environmentId, ["administrator", "approver"]);
    await setPolicy(ada, { environmentId, seenVersion: 1, policy: policyOf(rule(1)), reason: "four eyes" });
    const input = { serviceId, clusterId, runbook: "to-timelock", namespace: NAMESPACE };
    const preview = await previewOn(scenario.engine.systems, scenario.operator, input);
    expect(preview.approvals).toEqual([
      expect.objectContaining({ unit: "fast-forward", people: 1, who: "every approver", eligible: 1 }),
      expect.objectContaining({ unit: "invalidate-and-forward", danger: "destructive" }),
    ]);
    await setFreeze(ada, { environmentId, frozen: true, reason: "moving house" });
    const frozen = await previewOn(scenario.engine.systems, scenario.operator, input);
    expect(frozen).toMatchObject({
      canCreate: false,
      blockedBecause: expect.stringContaining("moving house"),
    });
  });
});

describe("freezes and windows", () => {
  test("are set, shown, lifted and audited", async () => {
    const { environmentId, ada, olga } = await environment();
    await setFreeze(olga, { environmentId, frozen: true, reason: "incident" });
    expect(await lastEntry()).toMatchObject({ action: "set-freeze", result: "done" });
    expect(startsDto.parse(await getStarts(olga, environmentId))).toMatchObject({
      status: { open: false },
      freeze: { by: "Olga", reason: "incident" },
      canFreeze: true,
      canLift: false,
    });
    await expect(setFreeze(ada, { environmentId, frozen: true, reason: "me too" })).rejects.toMatchObject({
      code: "conflict",
    });
    await expect(setFreeze(olga, { environmentId, frozen: false, reason: "over" })).rejects.toMatchObject({
      code: "forbidden",
    });
    await setFreeze(ada, { environmentId, frozen: false, reason: "over" });
    await expect(setFreeze(ada, { environmentId, frozen: false, reason: "over" })).rejects.toMatchObject({
      code: "conflict",
    });
    expect((await getStarts(ada, environmentId)).status).toEqual({ open: true, because: null, until: null });
  });

  test("a window is added and removed by administrators alone", async () => {
    const { environmentId, ada, olga } = await environment();
    const now = Date.now();
    const times = {
      repeats: "once" as const,
      from: new Date(now - 60_000).toISOString(),
      to: new Date(now + 3_600_000).toISOString(),
    };
    const input = { environmentId, kind: "closed" as const, times, note: "migration of the datacentre" };
    await expect(addWindow(olga, input)).rejects.toMatchObject({ code: "forbidden" });
    expect(await lastEntry()).toMatchObject({ action: "add-window", result: "denied" });
    const { id } = await addWindow(ada, input);
    const starts = startsDto.parse(await getStarts(olga, environmentId));
    expect(starts.status).toMatchObject({ open: false, until: times.to });
    expect(starts.windows).toEqual([expect.objectContaining({ id, active: true, note: input.note })]);
    await expect(removeWindow(olga, { windowId: id })).rejects.toMatchObject({ code: "forbidden" });
    await removeWindow(ada, { windowId: id });
    expect(await lastEntry()).toMatchObject({ action: "remove-window", result: "done" });
    await expect(removeWindow(ada, { windowId: id })).rejects.toMatchObject({ code: "not-found" });
    expect((await getStarts(ada, environmentId)).status.open).toBe(true);
  });

  test("somebody of another environment sees and changes nothing", async () => {
    const { environmentId } = await environment();
    const stranger = await makePerson("Stranger");
    await expect(getStarts(stranger, environmentId)).rejects.toMatchObject({ code: "forbidden" });
    await expect(
      setFreeze(stranger, { environmentId, frozen: true, reason: "why not" }),
    ).rejects.toMatchObject({ code: "forbidden" });
  });
});
