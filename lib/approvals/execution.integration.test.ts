import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { putPolicy, policyOf, rule, makeApprover } from "#lib/approvals/testing.ts";
import {
  advance,
  approve,
  ask,
  hashOf,
  makeTeam,
  passMinutes,
  reject,
  unitOf,
  type Team,
} from "#lib/approvals/testing-team.ts";
import { getApprovalRequest } from "#lib/approvals/get-approval-request.ts";
import { NOBODY_ASKED_POLICY } from "#lib/approvals/policy.ts";
import { withdrawApproval } from "#lib/approvals/withdraw-approval.ts";
import { database } from "#lib/db/client.ts";
import { settleMigration } from "#lib/engine/recover.ts";
import type { Engine, Stage } from "#lib/engine/run-context.ts";
import { setFreeze } from "#lib/freeze/set-freeze.ts";
import { createOn } from "#lib/migrations/create-migration.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import { replanOn } from "#lib/migrations/replan-migration.ts";
import { NAMESPACE, prepare, press, versionOf, workerContext } from "#lib/migrations/testing.ts";
import { undoStepOn } from "#lib/migrations/undo-step.ts";
import { deactivatePerson } from "#lib/people/deactivate-person.ts";
import { revokeRole } from "#lib/people/revoke-role.ts";
import { lastEntry, makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";

let testDatabase: Awaited<ReturnType<typeof useTestDatabase>>;
beforeAll(async () => {
  testDatabase = await useTestDatabase();
});
afterAll(async () => testDatabase.close());

const one = { policy: policyOf(rule(1)) };
const forwards = (team: Team) => team.effects.filter((effect) => effect === "fast-forward").length;

async function approved(team: Team, unit = "fast-forward"): Promise<string> {
  const id = await ask(team, unit);
  await approve(team, id, team.avery);
  return id;
}

async function grantOf(personId: string): Promise<string> {
  const { id } = await database().roleGrant.findFirstOrThrow({ where: { personId } });
  return id;
}

/** An engine that does something at a stage, once. */
function at(engine: Engine, stage: Stage, act: () => Promise<unknown>): Engine {
  let done = false;
  return {
    ...engine,
    reached: async (reached) => {
      if (reached !== stage || done) return;
      done = true;
      await act();
    },
  };
}

describe("executing", () => {
  test("counts people as they stand at that moment: demoted, deactivated", async () => {
    const team = await makeTeam(one);
    await approved(team);
    const engine = at(team.scenario.engine, "read", async () =>
      revokeRole(systemContext, { grantId: await grantOf(team.avery.actor.id) }),
    );
    await expect(press(team.scenario, team.id, "fast-forward", { engine })).rejects.toMatchObject({
      code: "forbidden",
    });
    expect((await unitOf(team)).status).toMatchObject({ state: "pending", counted: 0 });
    expect((await unitOf(team)).status.notCounted[0]?.because).toMatch(/no role/);

    const other = await makeTeam(one);
    await approved(other);
    await deactivatePerson(systemContext, { personId: other.avery.actor.id });
    await expect(press(other.scenario, other.id, "fast-forward")).rejects.toMatchObject({
      code: "forbidden",
    });
    expect(await lastEntry()).toMatchObject({ action: "run-step", result: "denied" });
  });

  test("a demotion after the intent does not undo what was allowed", async () => {
    const team = await makeTeam(one);
    await approved(team);
    const engine = at(team.scenario.engine, "intended", async () =>
      revokeRole(systemContext, { grantId: await grantOf(team.avery.actor.id) }),
    );
    expect(await press(team.scenario, team.id, "fast-forward", { engine })).toMatchObject({ state: "done" });
    expect((await unitOf(team)).status.state).toBe("consumed");
  });

  test("asks whoever executes for a fresh sign-in", async () => {
    const team = await makeTeam(one);
    await approved(team);
    const { sessionId: _gone, ...stale } = team.scenario.operator;
    const scenario = { ...team.scenario, operator: stale };
    await expect(press(scenario, team.id, "fast-forward")).rejects.toMatchObject({
      code: "fresh-sign-in-required",
    });
  });

  test("a lost attempt is repeated under the same approval, and the effect uses it up", async () => {
    const team = await makeTeam(one);
    const id = await approved(team);
    team.faults.next = "unreachable";
    expect(await press(team.scenario, team.id, "fast-forward")).toMatchObject({ state: "failed" });
    expect((await unitOf(team)).status).toMatchObject({ state: "approved", executable: true });
    expect(await press(team.scenario, team.id, "fast-forward")).toMatchObject({ state: "done" });
    const request = await getApprovalRequest(team.avery, id);
    expect(request.attempts.map((attempt) => attempt.state)).toEqual(["failed", "done"]);
    expect(request.consumedAt).not.toBeNull();
    await expect(
      withdrawApproval(team.scenario.operator, { requestId: id, reason: "" }),
    ).rejects.toMatchObject({ code: "conflict" });
    await expect(approve(team, id, team.blake)).rejects.toMatchObject({ code: "conflict" });
  });

  test("two executors at once: one effect", async () => {
    const team = await makeTeam(one);
    await approved(team);
    const second = await makeApprover("Otto", team.environmentId, ["operator"]);
    const results = await Promise.allSettled([
      press(team.scenario, team.id, "fast-forward"),
      press({ ...team.scenario, operator: second }, team.id, "fast-forward"),
    ]);
    expect(results.filter((result) => result.status === "fulfilled")).toHaveLength(1);
    expect(forwards(team)).toBe(1);
  });

  test("a unit of several steps is one approval: begun, it is finished by the worker after a crash, whatever happened since", async () => {
    const team = await makeTeam({ ...one, until: "fast-forward" });
    await approved(team);
    await press(team.scenario, team.id, "fast-forward");
    await approved(team, "invalidate-and-forward");
    const engine: Engine = {
      ...team.scenario.engine,
      reached: async (stage) => {
        const row = await database().migrationStep.findFirst({
          where: { migrationId: team.id, stepId: "invalidate" },
        });
        if (stage === "read" && row?.state === "done") throw new Error("killed");
      },
    };
    await expect(press(team.scenario, team.id, "invalidate", { engine })).rejects.toThrow("killed");
    expect((await unitOf(team, "invalidate-and-forward")).status).toMatchObject({
      state: "consumed",
      executable: true,
    });
    await revokeRole(systemContext, { grantId: await grantOf(team.avery.actor.id) });
    await passMinutes(testDatabase.superuserUrl, 600);
    await setFreeze(team.ada, { environmentId: team.environmentId, frozen: true, reason: "incident" });
    await database().$executeRaw`UPDATE lease SET expires_at = clock_timestamp() - interval '1 second'`;
    expect(await settleMigration(team.scenario.engine, workerContext, team.id)).toMatchObject({
      state: "done",
    });
    const { status } = await unitOf(team, "invalidate-and-forward");
    expect(status).toMatchObject({ state: "consumed", executable: false });
    const [row] = await database().approvalRequest.findMany({
      where: { migrationId: team.id, unit: "invalidate-and-forward" },
    });
    expect(row).toMatchObject({ closedBecause: "consumed" });
  });

  test("after an undo the same approval is not enough for doing it again", async () => {
    const team = await makeTeam(one);
    await approved(team);
    await press(team.scenario, team.id, "fast-forward");
    await approved(team, "invalidate-and-forward");
    await press(team.scenario, team.id, "invalidate");
    const undo = {
      migrationId: team.id,
      stepId: "invalidate",
      seenVersion: await versionOf(team.id),
      reason: "wrong store",
    };
    expect(await undoStepOn(team.scenario.engine, team.scenario.operator, undo)).toMatchObject({
      state: "done",
    });
    await expect(press(team.scenario, team.id, "invalidate")).rejects.toMatchObject({ code: "forbidden" });
    await approved(team, "invalidate-and-forward");
    expect(await press(team.scenario, team.id, "invalidate")).toMatchObject({ state: "done" });
  });

  test("readings that were pasted are refused where the policy takes only observed ones", async () => {
    const team = await makeTeam({ policy: policyOf(rule(1), { unobservedProofs: false }) });
    await approved(team);
    const step = await database().migrationStep.findFirstOrThrow({
      where: { migrationId: team.id, stepId: "take-ts" },
    });
    const readings = (step.readings as { provenance: string }[]).map((one) => ({
      ...one,
      provenance: "pasted",
    }));
    await database().migrationStep.update({
      where: { migrationId_stepId: { migrationId: team.id, stepId: "take-ts" } },
      data: { readings },
    });
    await expect(press(team.scenario, team.id, "fast-forward")).rejects.toThrow(/was pasted/);
  });
});

describe("races", () => {
  test("two approvers at once both count", async () => {
    const team = await makeTeam();
    const id = await ask(team);
    await Promise.all([approve(team, id, team.avery), approve(team, id, team.blake)]);
    expect((await unitOf(team)).status).toMatchObject({ state: "approved", counted: 2 });
  });

  test("one person twice at once counts once", async () => {
    const team = await makeTeam();
    const id = await ask(team);
    const results = await Promise.allSettled([approve(team, id, team.avery), approve(team, id, team.avery)]);
    expect(results.map((result) => result.status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect((await unitOf(team)).status).toMatchObject({ state: "pending", counted: 1 });
  });

  test("approve against withdraw: never approved and withdrawn", async () => {
    const team = await makeTeam(one);
    const id = await ask(team);
    await Promise.allSettled([
      approve(team, id, team.avery),
      withdrawApproval(team.scenario.operator, { requestId: id, reason: "" }),
    ]);
    expect((await unitOf(team)).status).toMatchObject({ state: "withdrawn", executable: false });
  });

  test("two people ask at once: one request", async () => {
    const team = await makeTeam();
    const other = await makeApprover("Otto", team.environmentId, ["operator"]);
    const results = await Promise.allSettled([ask(team), ask(team, "fast-forward", other)]);
    expect(results.map((result) => result.status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(await database().approvalRequest.count({ where: { migrationId: team.id } })).toBe(1);
  });

  test("a veto against execution: either nothing was done, or the veto came too late", async () => {
    const team = await makeTeam(one);
    const id = await approved(team);
    const [run, veto] = await Promise.allSettled([
      press(team.scenario, team.id, "fast-forward"),
      reject(team, id, team.blake),
    ]);
    if (veto.status === "fulfilled") expect(run.status).toBe("rejected");
    expect(forwards(team)).toBe(veto.status === "fulfilled" ? 0 : 1);
  });

  test("a veto while the attempt is under way comes too late", async () => {
    const team = await makeTeam(one);
    const id = await approved(team);
    const engine = at(team.scenario.engine, "intended", async () => {
      await expect(reject(team, id, team.blake)).rejects.toThrow(/under way/);
      await expect(withdrawApproval(team.scenario.operator, { requestId: id, reason: "" })).rejects.toThrow(
        /under way/,
      );
    });
    expect(await press(team.scenario, team.id, "fast-forward", { engine })).toMatchObject({ state: "done" });
  });
});

describe("a new plan", () => {
  const replan = async (team: Team) =>
    replanOn(team.scenario.engine.systems, team.scenario.operator, {
      migrationId: team.id,
      seenVersion: await versionOf(team.id),
      reason: "the table was made anew",
    });

  test("an identical one keeps approvals; any difference voids them, and is shown", async () => {
    const team = await makeTeam(one);
    const id = await approved(team);
    const before = await hashOf(team.id);
    expect(await replan(team)).toMatchObject({ changed: false, planHash: before });
    expect((await unitOf(team)).status.state).toBe("approved");
    team.scenario.store.place(team.scenario.store.state, { recreated: true });
    expect(await replan(team)).toMatchObject({ changed: true });
    expect(await lastEntry()).toMatchObject({
      action: "replan-migration",
      result: "done",
      planHash: await hashOf(team.id),
    });
    expect(await hashOf(team.id)).not.toBe(before);
    expect((await unitOf(team)).status).toMatchObject({ state: "void", executable: false });
    expect((await getMigration(team.scenario.operator, team.id)).currentStep).toBe("assess");
    expect((await getApprovalRequest(team.avery, id)).changedSince).toEqual([
      { path: "targets / store source / identity / tableId", before: "1", after: "2" },
    ]);
    await expect(approve(team, id, team.blake)).rejects.toMatchObject({ code: "stale" });
    expect(await advance(team)).toBe("fast-forward");
    await expect(press(team.scenario, team.id, "fast-forward")).rejects.toMatchObject({ code: "forbidden" });
    const second = await ask(team);
    const { lastApproved } = await getApprovalRequest(team.avery, second);
    expect(lastApproved?.differences).toHaveLength(1);
    await approve(team, second, team.avery);
    expect(await press(team.scenario, team.id, "fast-forward")).toMatchObject({ state: "done" });
  });

  test("a runbook that changed under an open migration stops it until the new plan is taken over", async () => {
    const team = await makeTeam(one);
    await approved(team);
    await database().migration.update({ where: { id: team.id }, data: { planHash: "a".repeat(64) } });
    await expect(press(team.scenario, team.id, "fast-forward")).rejects.toThrow(/runbook has changed/);
    expect((await getMigration(team.scenario.operator, team.id)).newPlan).not.toBeNull();
    expect(await replan(team)).toMatchObject({ changed: true });
    expect((await getMigration(team.scenario.operator, team.id)).newPlan).toBeNull();
  });

  test("is for operators", async () => {
    const team = await makeTeam(one);
    const input = { migrationId: team.id, seenVersion: await versionOf(team.id), reason: "let me" };
    await expect(replanOn(team.scenario.engine.systems, team.avery, input)).rejects.toMatchObject({
      code: "forbidden",
    });
    expect(await lastEntry()).toMatchObject({ action: "replan-migration", result: "denied" });
  });
});

describe("a freeze", () => {
  const freeze = async (team: Team, frozen: boolean) =>
    setFreeze(team.ada, { environmentId: team.environmentId, frozen, reason: "incident 7" });

  test("blocks new migrations and the first run of an act, and says why; not gates, fast-forwards, undo or what was begun", async () => {
    const team = await makeTeam({ policy: policyOf(rule(0)), until: "claim" });
    await freeze(team, true);
    await expect(press(team.scenario, team.id, "claim")).rejects.toThrow(
      /Ada froze this environment: incident 7/,
    );
    const view = await getMigration(team.scenario.operator, team.id);
    expect(view.starts).toMatchObject({ open: false });
    expect(view.steps.find((step) => step.id === "claim")?.blockedBecause).toMatch(/incident 7/);
    await freeze(team, false);
    await press(team.scenario, team.id, "claim");
    await freeze(team, true);
    expect(await press(team.scenario, team.id, "take-ts")).toMatchObject({ state: "done" });
    expect(await press(team.scenario, team.id, "fast-forward")).toMatchObject({ state: "done" });
    await expect(press(team.scenario, team.id, "invalidate")).rejects.toThrow(/incident 7/);
    await freeze(team, false);
    await press(team.scenario, team.id, "invalidate");
    await freeze(team, true);
    const undo = {
      migrationId: team.id,
      stepId: "invalidate",
      seenVersion: await versionOf(team.id),
      reason: "in a freeze",
    };
    expect(await undoStepOn(team.scenario.engine, team.scenario.operator, undo)).toMatchObject({
      state: "done",
    });
    const { serviceId, clusterId } = team.scenario.parts;
    await database().migrationClaim.updateMany({
      where: { migrationId: team.id },
      data: { releasedAt: new Date() },
    });
    await database().migration.update({
      where: { id: team.id },
      data: { state: "done", endedAt: new Date() },
    });
    const input = { serviceId, clusterId, runbook: "to-timelock", namespace: NAMESPACE };
    await expect(createOn(team.scenario.engine.systems, team.scenario.operator, input)).rejects.toThrow(
      /incident 7/,
    );
  });

  test("never stops an approved unit", async () => {
    const team = await makeTeam(one);
    await press(team.scenario, team.id, "fast-forward").catch(() => undefined);
    await approved(team);
    await press(team.scenario, team.id, "fast-forward");
    await approved(team, "invalidate-and-forward");
    await freeze(team, true);
    expect(await press(team.scenario, team.id, "invalidate")).toMatchObject({ state: "done" });
  });
});

describe("the database itself", () => {
  test("keeps the requester from deciding, decisions on closed requests, and changes of what was kept", async () => {
    const team = await makeTeam(one);
    const id = await ask(team);
    const { requesterId } = await database().approvalRequest.findUniqueOrThrow({ where: { id } });
    const decision = { requestId: id, requesterId, personName: "x", decision: "approve", reason: "" };
    const create = async (data: object) =>
      database().approvalDecision.create({ data: { ...decision, personId: requesterId, ...data } });
    await expect(create({})).rejects.toThrow(/approval_decision_requester_check/);
    await expect(create({ personId: team.avery.actor.id, requesterId: team.blake.actor.id })).rejects.toThrow(
      /fkey/,
    );
    await expect(create({ personId: team.avery.actor.id, decision: "reject" })).rejects.toThrow(
      /reason_check/,
    );
    await create({ personId: team.avery.actor.id });
    await expect(create({ personId: team.avery.actor.id })).rejects.toThrow(/constraint/i);
    await expect(database().approvalDecision.deleteMany({ where: { requestId: id } })).rejects.toThrow(
      /kept as they were/,
    );
    await expect(
      database().approvalRequest.update({ where: { id }, data: { planHash: "b".repeat(64) } }),
    ).rejects.toThrow(/not changed/);
    await expect(database().approvalRequest.deleteMany({ where: { id } })).rejects.toThrow(
      /kept as they were/,
    );
    await press(team.scenario, team.id, "fast-forward");
    await expect(create({ personId: team.blake.actor.id })).rejects.toThrow(/closed or used/);
    await expect(
      database().approvalRequest.update({
        where: { id },
        data: { closedAt: null, closedBecause: null, closedBy: null },
      }),
    ).rejects.toThrow(/is closed/);
    await expect(database().approvalUse.updateMany({ data: { requestId: id } })).rejects.toThrow(
      /kept as they were/,
    );
    await expect(database().approvalPolicy.updateMany({ data: { reason: "x" } })).rejects.toThrow(
      /kept as they were/,
    );
    await expect(database().migrationPolicy.deleteMany({})).rejects.toThrow(/kept as they were/);
  });
});

test("a destructive unit asks for a fresh sign-in where nobody has to approve, but not in a rehearsal", async () => {
  const team = await makeTeam({ policy: NOBODY_ASKED_POLICY });
  const stale = { ...team.scenario, operator: { ...team.scenario.operator, sessionId: randomUUID() } };
  await prepare(team.scenario, team.id, "fast-forward");
  await expect(press(stale, team.id, "fast-forward")).rejects.toMatchObject({
    code: "fresh-sign-in-required",
  });
  expect(forwards(team)).toBe(0);
  await database().environment.update({ where: { id: team.environmentId }, data: { sandbox: true } });
  expect(await press(stale, team.id, "fast-forward")).toMatchObject({ state: "done" });
  expect(forwards(team)).toBe(1);
});

test("a person without any role is turned away from a step, approvals or not", async () => {
  const team = await makeTeam(one);
  await approved(team);
  const scenario = {
    ...team.scenario,
    operator: await makePerson("Vic", [{ role: "viewer", environmentId: team.environmentId }]),
  };
  await expect(press(scenario, team.id, "fast-forward")).rejects.toMatchObject({ code: "forbidden" });
  await prepare(team.scenario, team.id, "claim");
  await putPolicy(team.environmentId);
  expect(forwards(team)).toBe(0);
});
