import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { breakGlassOn } from "#lib/approvals/break-glass.ts";
import { expireApprovals } from "#lib/approvals/expire-approvals.ts";
import { getApprovalRequest } from "#lib/approvals/get-approval-request.ts";
import { getBreakGlassOffer } from "#lib/approvals/get-break-glass-offer.ts";
import { countWaitingForMe, listApprovals } from "#lib/approvals/list-approvals.ts";
import { recordIndependentReadingOn } from "#lib/approvals/record-independent-reading.ts";
import { requestApprovalOn } from "#lib/approvals/request-approval.ts";
import { reviewBreakGlass } from "#lib/approvals/review-break-glass.ts";
import { approvalInbox, approvalRequestDto, breakGlassOffer } from "#lib/approvals/schema.ts";
import { makeApprover, policyOf, putPolicy, rule } from "#lib/approvals/testing.ts";
import { approve, ask, hashOf, makeTeam, passMinutes, reject, unitOf } from "#lib/approvals/testing-team.ts";
import { withdrawApproval } from "#lib/approvals/withdraw-approval.ts";
import { database } from "#lib/db/client.ts";
import { press, workerContext } from "#lib/migrations/testing.ts";
import { makePerson, useTestDatabase, lastEntry } from "#lib/people/testing.ts";

let testDatabase: Awaited<ReturnType<typeof useTestDatabase>>;
beforeAll(async () => {
  testDatabase = await useTestDatabase();
});
afterAll(async () => testDatabase.close());

const told = async (kind: string) =>
  database().notificationEvent.findMany({ where: { kind }, orderBy: { at: "desc" } });

describe("requesting", () => {
  test("binds to the plan and unit, shows readings, tells the approvers, and is audited", async () => {
    const team = await makeTeam();
    const id = await ask(team);
    const entry = await lastEntry();
    expect(entry).toMatchObject({
      action: "request-approval",
      result: "done",
      planHash: await hashOf(team.id),
    });
    const request = approvalRequestDto.parse(await getApprovalRequest(team.avery, id));
    expect(request).toMatchObject({
      number: 1,
      danger: "destructive",
      planHash: await hashOf(team.id),
      status: { state: "pending", needed: 2, missing: 2 },
      approve: { possible: true, because: null },
      withdraw: { possible: false },
      waitsForMe: true,
      mine: false,
    });
    expect(request.readings.map((one) => one.key)).toContain("store.bound@source");
    expect(request.steps[0]?.operations[0]?.commands[0]?.text).toContain("fast-forward");
    expect(request.lateBound).toEqual([
      expect.objectContaining({ name: "TS", value: "1010001", settledBy: "Take TS" }),
    ]);
    expect(request.blastRadius).toMatchObject({
      summary: "2 nodes and jobs, 1 dependent, no other services",
    });
    const [event] = await told("approval-requested");
    expect(event).toMatchObject({ subjectId: id, unit: "fast-forward" });
    expect(event?.addressed).toMatchObject({ people: [team.avery.actor.id, team.blake.actor.id] });
  });

  test("is refused for whoever does not operate, for another plan, twice, and for what needs nobody", async () => {
    const team = await makeTeam();
    const { systems } = team.scenario.engine;
    const input = { migrationId: team.id, unit: "fast-forward", planHash: await hashOf(team.id), note: "" };
    await expect(requestApprovalOn(systems, team.avery, input)).rejects.toMatchObject({ code: "forbidden" });
    expect(await lastEntry()).toMatchObject({ action: "request-approval", result: "denied" });
    const other = { ...input, planHash: "0".repeat(64) };
    await expect(requestApprovalOn(systems, team.scenario.operator, other)).rejects.toMatchObject({
      code: "stale",
    });
    await expect(ask(team, "claim")).rejects.toMatchObject({ code: "conflict" });
    await expect(ask(team, "nothing")).rejects.toMatchObject({ code: "invalid" });
    await ask(team);
    await expect(ask(team)).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("deciding", () => {
  test("takes distinct people who did not ask, each once, and audits every decision", async () => {
    const team = await makeTeam();
    const id = await ask(team);
    await expect(press(team.scenario, team.id, "fast-forward")).rejects.toMatchObject({ code: "forbidden" });
    expect(await lastEntry()).toMatchObject({ action: "run-step", result: "denied" });
    expect(await approve(team, id, team.avery)).toMatchObject({ state: "pending", counted: 1, missing: 1 });
    expect(await lastEntry()).toMatchObject({
      action: "decide-approval",
      result: "done",
      actorName: "Avery",
    });
    await expect(approve(team, id, team.avery)).rejects.toMatchObject({ code: "conflict" });
    await expect(approve(team, id, team.ada)).rejects.toMatchObject({ code: "forbidden" });
    expect(await lastEntry()).toMatchObject({ action: "decide-approval", result: "denied" });
    await expect(press(team.scenario, team.id, "fast-forward")).rejects.toMatchObject({ code: "forbidden" });
    expect(await approve(team, id, team.blake)).toMatchObject({ state: "approved", executable: true });
    expect(await press(team.scenario, team.id, "fast-forward")).toMatchObject({ state: "done" });
    expect((await unitOf(team)).status).toMatchObject({ state: "consumed", executable: false });
  });

  test("the requester never counts, not even with the role", async () => {
    const team = await makeTeam();
    const both = await makeApprover("Robin", team.environmentId, ["operator", "approver"]);
    const id = await ask(team, "fast-forward", both);
    await expect(approve(team, id, both)).rejects.toMatchObject({ code: "forbidden" });
  });

  test("asks for a fresh sign-in, and for the hash that was seen", async () => {
    const team = await makeTeam();
    const id = await ask(team);
    const { sessionId: _gone, ...stale } = team.avery;
    await expect(approve(team, id, stale)).rejects.toMatchObject({ code: "fresh-sign-in-required" });
    const input = { requestId: id, planHash: "0".repeat(64), decision: "approve" as const, reason: "" };
    const { decideApproval } = await import("#lib/approvals/decide-approval.ts");
    await expect(decideApproval(team.avery, input)).rejects.toMatchObject({ code: "stale" });
    const silent = { ...input, planHash: await hashOf(team.id), decision: "reject" as const };
    await expect(decideApproval(team.avery, silent)).rejects.toMatchObject({ code: "invalid" });
  });

  test("one veto ends it, also by somebody who had approved; asking again starts anew", async () => {
    const team = await makeTeam();
    const first = await ask(team);
    await approve(team, first, team.avery);
    await approve(team, first, team.blake);
    expect(await reject(team, first, team.avery)).toMatchObject({ state: "rejected", executable: false });
    await expect(approve(team, first, team.blake)).rejects.toMatchObject({ code: "conflict" });
    await expect(press(team.scenario, team.id, "fast-forward")).rejects.toMatchObject({ code: "forbidden" });
    expect((await told("rejected"))[0]?.addressed).toMatchObject({
      people: [team.scenario.operator.actor.id, team.blake.actor.id],
    });
    const second = await ask(team);
    expect(await getApprovalRequest(team.avery, second)).toMatchObject({ number: 2, status: { counted: 0 } });
    expect(await getApprovalRequest(team.avery, first)).toMatchObject({
      status: { state: "rejected" },
      approve: { possible: false },
    });
  });

  test("second factor: the policy that demands it turns people without one away", async () => {
    const team = await makeTeam({ policy: policyOf(rule(1), { secondFactor: true }) });
    const id = await ask(team);
    await expect(approve(team, id, team.avery)).rejects.toThrow(/second factor/);
  });
});

describe("withdrawing", () => {
  test("is for the requester alone and ends the request", async () => {
    const team = await makeTeam();
    const id = await ask(team);
    await approve(team, id, team.avery);
    await expect(withdrawApproval(team.avery, { requestId: id, reason: "" })).rejects.toMatchObject({
      code: "forbidden",
    });
    await withdrawApproval(team.scenario.operator, { requestId: id, reason: "wrong night" });
    expect(await lastEntry()).toMatchObject({ action: "withdraw-approval", result: "done" });
    expect((await unitOf(team)).status).toMatchObject({ state: "withdrawn", executable: false });
    await expect(approve(team, id, team.blake)).rejects.toMatchObject({ code: "conflict" });
    await expect(
      withdrawApproval(team.scenario.operator, { requestId: id, reason: "" }),
    ).rejects.toMatchObject({ code: "conflict" });
    await ask(team);
  });
});

describe("clocks", () => {
  test("a request that nobody decides on expires, is noted once, and can be asked again", async () => {
    const team = await makeTeam();
    const id = await ask(team);
    await approve(team, id, team.avery);
    await passMinutes(testDatabase.superuserUrl, 61);
    expect((await unitOf(team)).status.state).toBe("expired-request");
    await expect(approve(team, id, team.blake)).rejects.toMatchObject({ code: "conflict" });
    const [one, two] = await Promise.all([expireApprovals(workerContext), expireApprovals(workerContext)]);
    expect(one + two).toBeGreaterThanOrEqual(1);
    expect(await expireApprovals(workerContext)).toBe(0);
    expect(await database().auditEntry.count({ where: { action: "expire-approval", subjectId: id } })).toBe(
      1,
    );
    expect((await told("approval-expired")).filter((event) => event.subjectId === id)).toHaveLength(1);
    expect((await unitOf(team)).status.state).toBe("expired-request");
    await ask(team);
  });

  test("an approval that is not used in time expires, whether or not the worker has noted it", async () => {
    const team = await makeTeam();
    const id = await ask(team);
    await approve(team, id, team.avery);
    await approve(team, id, team.blake);
    await passMinutes(testDatabase.superuserUrl, 61);
    await expect(press(team.scenario, team.id, "fast-forward")).rejects.toThrow(/not used in time/);
    await expireApprovals(workerContext);
    expect((await unitOf(team)).status.state).toBe("expired-execution");
    expect(team.scenario.control.storedBound("orders")).not.toBe(1_010_001n);
  });
});

describe("the inbox", () => {
  test("shows what waits for whom, and only what they may read", async () => {
    const team = await makeTeam();
    const id = await ask(team);
    const mine = approvalInbox.parse(await listApprovals(team.scenario.operator, { migrationId: team.id }));
    expect(mine.mine.map((one) => one.id)).toEqual([id]);
    const waiting = await listApprovals(team.avery, { migrationId: team.id });
    expect(waiting.waitingForMe.map((one) => one.id)).toEqual([id]);
    expect(await countWaitingForMe(team.avery)).toBe(1);
    await approve(team, id, team.avery);
    expect(await countWaitingForMe(team.avery)).toBe(0);
    expect((await listApprovals(team.ada, { migrationId: team.id })).others.map((one) => one.id)).toEqual([
      id,
    ]);
    const stranger = await makePerson("Stranger");
    expect(await listApprovals(stranger)).toEqual({ waitingForMe: [], mine: [], others: [], reviews: [] });
    await expect(getApprovalRequest(stranger, id)).rejects.toMatchObject({ code: "forbidden" });
    await expect(getApprovalRequest(team.ada, "nonsense")).rejects.toMatchObject({ code: "not-found" });
  });
});

describe("an independent reading", () => {
  test("is kept beside what the request showed, for approvers alone", async () => {
    const team = await makeTeam();
    const { systems } = team.scenario.engine;
    const id = await ask(team);
    await recordIndependentReadingOn(systems, team.avery, { requestId: id });
    expect(await lastEntry()).toMatchObject({ action: "record-independent-reading", result: "done" });
    team.scenario.store.place({ state: "readable", bound: 2_010_001n });
    await recordIndependentReadingOn(systems, team.blake, { requestId: id });
    const { independent } = approvalRequestDto.parse(await getApprovalRequest(team.avery, id));
    const bound = (by: string) =>
      independent.find((one) => one.by === by)?.values.find((value) => value.key === "store.bound@source");
    expect(bound("Avery")).toMatchObject({ verdict: "same" });
    expect(bound("Blake")).toMatchObject({
      verdict: "differs",
      requested: { decimal: "1010001" },
      independent: { decimal: "2010001" },
    });
    for (const other of [team.scenario.operator, team.ada]) {
      await expect(recordIndependentReadingOn(systems, other, { requestId: id })).rejects.toMatchObject({
        code: "forbidden",
      });
    }
    expect(await lastEntry()).toMatchObject({ action: "record-independent-reading", result: "denied" });
  });
});

describe("breaking the glass", () => {
  const phrase = async (team: Awaited<ReturnType<typeof makeTeam>>) =>
    breakGlassOffer.parse(await getBreakGlassOffer(team.ada, team.id, "fast-forward"));

  test("goes ahead, marks the migration for ever, tells whoever was skipped, and asks for a review", async () => {
    const team = await makeTeam();
    const { systems } = team.scenario.engine;
    const request = await ask(team);
    await approve(team, request, team.avery);
    const offer = await phrase(team);
    expect(offer).toMatchObject({ possible: true, skipped: [{ name: "Blake" }] });
    const input = {
      migrationId: team.id,
      unit: "fast-forward",
      planHash: await hashOf(team.id),
      reason: "the store is filling up",
      typedPhrase: offer.phrase,
    };
    await expect(breakGlassOn(systems, team.blake, input)).rejects.toMatchObject({ code: "forbidden" });
    expect(await lastEntry()).toMatchObject({ action: "break-glass", result: "denied" });
    await expect(breakGlassOn(systems, team.ada, { ...input, typedPhrase: "yes" })).rejects.toMatchObject({
      code: "invalid",
    });
    const { sessionId: _gone, ...stale } = team.ada;
    await expect(breakGlassOn(systems, stale, input)).rejects.toMatchObject({
      code: "fresh-sign-in-required",
    });
    const { id } = await breakGlassOn(systems, team.ada, input);
    expect(await lastEntry()).toMatchObject({ action: "break-glass", result: "done", actorName: "Ada" });
    expect((await unitOf(team)).status).toMatchObject({
      state: "broken-glass",
      executable: true,
      missing: 1,
    });
    expect((await told("glass-broken"))[0]?.addressed).toMatchObject({
      people: [team.blake.actor.id, team.scenario.operator.actor.id],
    });
    expect((await told("review-requested"))[0]).toMatchObject({ subjectId: request });
    expect(await press(team.scenario, team.id, "fast-forward")).toMatchObject({ state: "done" });
    const { reviews } = await listApprovals(team.avery, { migrationId: team.id });
    expect(reviews).toEqual([expect.objectContaining({ id, canReview: true, by: "Ada" })]);
    await expect(
      reviewBreakGlass(team.ada, { breakGlassId: id, verdict: "justified", note: "fine by me" }),
    ).rejects.toMatchObject({ code: "forbidden" });
    await reviewBreakGlass(team.blake, { breakGlassId: id, verdict: "objected", note: "it could wait" });
    expect(await lastEntry()).toMatchObject({ action: "review-break-glass", result: "done" });
    await expect(
      reviewBreakGlass(team.avery, { breakGlassId: id, verdict: "justified", note: "again" }),
    ).rejects.toMatchObject({ code: "conflict" });
    const { getMigration } = await import("#lib/migrations/get-migration.ts");
    expect((await getMigration(team.avery, team.id)).brokenGlass).toEqual([
      expect.objectContaining({ id, by: "Ada", verdict: "objected", unit: "fast-forward" }),
    ]);
  });

  test("ends with the execution clock, and does not exist where the policy has none", async () => {
    const team = await makeTeam();
    const { phrase: typedPhrase } = await phrase(team);
    const input = {
      migrationId: team.id,
      unit: "fast-forward",
      planHash: await hashOf(team.id),
      reason: "it cannot wait",
      typedPhrase,
    };
    await breakGlassOn(team.scenario.engine.systems, team.ada, input);
    await passMinutes(testDatabase.superuserUrl, 61);
    await expect(press(team.scenario, team.id, "fast-forward")).rejects.toThrow(/not used in time/);
    const strict = await makeTeam({ policy: policyOf(rule(1)) });
    const refused = { ...input, migrationId: strict.id, planHash: await hashOf(strict.id) };
    await expect(breakGlassOn(strict.scenario.engine.systems, strict.ada, refused)).rejects.toMatchObject({
      code: "forbidden",
    });
    expect(await getBreakGlassOffer(strict.ada, strict.id, "fast-forward")).toMatchObject({
      possible: false,
    });
  });
});

test("a policy that is put while a migration is open never loosens it", async () => {
  const team = await makeTeam();
  const id = await ask(team);
  await approve(team, id, team.avery);
  await putPolicy(team.environmentId);
  expect((await unitOf(team)).status).toMatchObject({ state: "pending", needed: 2, missing: 1 });
  await putPolicy(team.environmentId, policyOf(rule(3)));
  await putPolicy(team.environmentId, policyOf(rule(1)));
  expect((await unitOf(team)).status).toMatchObject({ needed: 3, missing: 2 });
});
