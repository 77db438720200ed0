import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  CLOSED_BECAUSE,
  judgeApproval,
  type ApprovalQuestion,
  type RequestFacts,
} from "#lib/approvals/judge-approval.ts";
import { effective, NOBODY_ASKED_POLICY, type PersonFacts } from "#lib/approvals/policy.ts";
import { approvalStatus } from "#lib/engine/unit.ts";

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1) + minutes * 60_000);

const rule = effective({
  ...NOBODY_ASKED_POLICY,
  levels: {
    ...NOBODY_ASKED_POLICY.levels,
    destructive: {
      people: 2,
      approvers: { roles: ["approver"], people: [] },
      requestMinutes: 60,
      executionMinutes: 30,
      breakGlass: { roles: ["administrator"], people: [] },
    },
  },
}).levels.destructive;

function people(change: Readonly<Record<number, Partial<PersonFacts>>> = {}): ApprovalQuestion["people"] {
  return new Map(
    [0, 1, 2, 3, 4].map((n) => {
      const roles: PersonFacts["roles"] = n === 4 ? ["administrator"] : ["approver"];
      return [uuid(n), { id: uuid(n), name: `P${n}`, active: true, roles, ...change[n] }];
    }),
  );
}

type Approval = readonly [by: number, minute: number, decision?: "approve" | "reject"];

function ask(
  approvals: readonly Approval[],
  now: number,
  change: { readonly request?: Partial<RequestFacts>; readonly question?: Partial<ApprovalQuestion> } = {},
) {
  const request: RequestFacts = {
    id: uuid(99),
    unit: "u",
    planHash: "h",
    requesterId: uuid(0),
    requestedAt: at(0),
    closed: null,
    begun: false,
    decisions: approvals.map(([by, minute, decision]) => ({
      personId: uuid(by),
      name: `P${by}`,
      decision: decision ?? "approve",
      at: at(minute),
    })),
    breakGlass: null,
    ...change.request,
  };
  const status = judgeApproval({
    unit: "u",
    planHash: "h",
    rule,
    request,
    people: people(),
    now: at(now),
    ...change.question,
  });
  return approvalStatus.parse(status);
}

describe("how a unit stands", () => {
  test.each([
    { name: "nobody decided", approvals: [], now: 1, state: "pending", counted: 0 },
    { name: "one of two", approvals: [[1, 1]], now: 2, state: "pending", counted: 1 },
    {
      name: "two of two",
      approvals: [
        [1, 1],
        [2, 2],
      ],
      now: 3,
      state: "approved",
      counted: 2,
    },
    {
      name: "three of two",
      approvals: [
        [1, 1],
        [2, 2],
        [3, 3],
      ],
      now: 4,
      state: "approved",
      counted: 3,
    },
    {
      name: "the requester and one",
      approvals: [
        [0, 1],
        [1, 2],
      ],
      now: 3,
      state: "pending",
      counted: 1,
    },
    {
      name: "the same person twice",
      approvals: [
        [1, 1],
        [1, 2],
      ],
      now: 3,
      state: "pending",
      counted: 1,
    },
    {
      name: "one approves, one rejects",
      approvals: [
        [1, 1],
        [2, 2, "reject"],
      ],
      now: 3,
      state: "rejected",
      counted: 1,
    },
    {
      name: "approved, then rejected by a third",
      approvals: [
        [1, 1],
        [2, 2],
        [3, 3, "reject"],
      ],
      now: 4,
      state: "rejected",
      counted: 2,
    },
    {
      name: "the request's clock ends while one is missing",
      approvals: [[1, 1]],
      now: 60,
      state: "expired-request",
      counted: 1,
    },
    { name: "a minute before", approvals: [[1, 1]], now: 59, state: "pending", counted: 1 },
    {
      name: "the second comes too late",
      approvals: [
        [1, 1],
        [2, 60],
      ],
      now: 61,
      state: "expired-request",
      counted: 1,
    },
    {
      name: "the execution clock ends",
      approvals: [
        [1, 1],
        [2, 2],
      ],
      now: 32,
      state: "expired-execution",
      counted: 2,
    },
    {
      name: "a minute before that",
      approvals: [
        [1, 1],
        [2, 2],
      ],
      now: 31,
      state: "approved",
      counted: 2,
    },
    {
      name: "approved late, executed after the request's clock",
      approvals: [
        [1, 1],
        [2, 59],
      ],
      now: 80,
      state: "approved",
      counted: 2,
    },
  ] as const)("$name", ({ approvals, now, state, counted }) => {
    expect(ask(approvals, now)).toMatchObject({ state, counted, executable: state === "approved" });
  });

  test("says until when, and what is missing", () => {
    expect(ask([[1, 1]], 2)).toMatchObject({ until: at(60).toISOString(), missing: 1, needed: 2 });
    expect(
      ask(
        [
          [1, 1],
          [2, 5],
        ],
        6,
      ),
    ).toMatchObject({ until: at(35).toISOString(), missing: 0 });
  });

  test.each([
    { name: "demoted", change: { roles: ["viewer"] as const }, because: /does not accept/ },
    { name: "without any role", change: { roles: [] }, because: /no role/ },
    { name: "deactivated", change: { active: false }, because: /deactivated/ },
  ])("an approver who is $name stops counting, with the reason", ({ change, because }) => {
    const status = ask(
      [
        [1, 1],
        [2, 2],
      ],
      3,
      { question: { people: people({ 2: change }) } },
    );
    expect(status).toMatchObject({ state: "pending", executable: false, counted: 1, missing: 1 });
    expect(status.notCounted).toEqual([
      { personId: uuid(2), name: "P2", because: expect.stringMatching(because) },
    ]);
  });

  test("losing an approver never lengthens the execution clock", () => {
    const demoted = { question: { people: people({ 1: { roles: [] } }) } };
    expect(
      ask(
        [
          [1, 1],
          [2, 2],
          [3, 20],
        ],
        31,
        demoted,
      ),
    ).toMatchObject({ state: "approved", executable: true });
    expect(
      ask(
        [
          [1, 1],
          [2, 2],
          [3, 20],
        ],
        32,
        demoted,
      ),
    ).toMatchObject({
      state: "expired-execution",
      executable: false,
    });
  });

  test("another plan or unit voids everything, used or not", () => {
    for (const question of [{ planHash: "other" }, { unit: "other" }]) {
      expect(
        ask(
          [
            [1, 1],
            [2, 2],
          ],
          3,
          { question },
        ),
      ).toMatchObject({ state: "void", executable: false });
      expect(
        ask(
          [
            [1, 1],
            [2, 2],
          ],
          3,
          { question, request: { begun: true } },
        ),
      ).toMatchObject({
        state: "void",
        executable: false,
      });
    }
  });

  test("an identical plan keeps its approvals", () => {
    expect(
      ask(
        [
          [1, 1],
          [2, 2],
        ],
        3,
        { question: { planHash: "h" } },
      ).executable,
    ).toBe(true);
  });

  test.each(CLOSED_BECAUSE.map((closed) => ({ closed })))(
    "closed as $closed is never executable",
    ({ closed }) => {
      expect(
        ask(
          [
            [1, 1],
            [2, 2],
          ],
          3,
          { request: { closed } },
        ),
      ).toMatchObject({ executable: false });
    },
  );

  test("a begun unit may be finished whatever the clocks and people say", () => {
    const change = { request: { begun: true }, question: { people: people({ 1: { active: false } }) } };
    expect(
      ask(
        [
          [1, 1],
          [2, 2],
        ],
        500,
        change,
      ),
    ).toMatchObject({ state: "consumed", executable: true });
  });

  test("nobody asked, and nobody needed", () => {
    expect(ask([], 1, { question: { request: null } })).toMatchObject({
      state: "none",
      missing: 2,
      executable: false,
    });
    const none = effective(NOBODY_ASKED_POLICY).levels.destructive;
    expect(ask([], 1, { question: { request: null, rule: none } })).toMatchObject({
      state: "not-needed",
      executable: true,
    });
  });
});

describe("a broken glass", () => {
  const glass = { request: { breakGlass: { personId: uuid(4), name: "P4", at: at(10) } } };
  test("stands in for approvals until the execution clock ends", () => {
    expect(ask([[1, 1]], 11, glass)).toMatchObject({
      state: "broken-glass",
      executable: true,
      counted: 1,
      missing: 1,
    });
    expect(ask([[1, 1]], 39, glass).until).toBe(at(40).toISOString());
    expect(ask([[1, 1]], 40, glass)).toMatchObject({ state: "expired-execution", executable: false });
  });
  test("that is over takes nothing away from approvals that came after it", () => {
    const late: Approval[] = [
      [1, 1],
      [2, 35],
    ];
    expect(ask(late, 41, glass)).toMatchObject({ state: "approved", executable: true });
  });
  test("does not outlive the right to break it, nor a veto", () => {
    const demoted = { ...glass, question: { people: people({ 4: { roles: ["approver"] } }) } };
    expect(ask([[1, 1]], 11, demoted)).toMatchObject({ state: "pending", executable: false });
    const forbidden = { ...glass, question: { rule: { ...rule, breakGlass: null } } };
    expect(ask([[1, 1]], 11, forbidden)).toMatchObject({ state: "pending", executable: false });
    expect(ask([[1, 1, "reject"]], 11, glass)).toMatchObject({ state: "rejected", executable: false });
  });
});

test("executable means: enough distinct people, not the requester, active, accepted, in time", () => {
  const approval = fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 100 }));
  const roles = fc.uniqueArray(fc.constantFrom("approver" as const, "viewer" as const));
  const standing = fc.array(fc.record({ active: fc.boolean(), roles }), { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(
      fc.array(approval, { maxLength: 6 }),
      standing,
      fc.integer({ min: 0, max: 150 }),
      (made, all, now) => {
        const status = ask(made, now, { question: { people: people(Object.fromEntries(all.entries())) } });
        if (!status.executable) return;
        const good = new Set(
          made
            .filter(
              ([by, minute]) =>
                by !== 0 && minute < 60 && all[by]?.active === true && all[by].roles.includes("approver"),
            )
            .map(([by]) => by),
        );
        expect(good.size).toBeGreaterThanOrEqual(2);
        const full = made.filter(([by, minute]) => by !== 0 && minute < 60).map(([, minute]) => minute);
        expect(now).toBeLessThan(Math.max(...full) + 30);
      },
    ),
    { numRuns: 5000 },
  );
});
