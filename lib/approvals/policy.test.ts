import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { judgeApproval, type RequestFacts } from "#lib/approvals/judge-approval.ts";
import {
  defaultPolicy,
  effective,
  judgeFeasibility,
  NOBODY_ASKED_POLICY,
  notEligible,
  stricter,
  type EffectivePolicy,
  type PersonFacts,
  whoWords,
} from "#lib/approvals/policy.ts";
import type { ApprovalPolicy, LevelRule } from "#lib/approvals/schema.ts";
import { approvalPolicy } from "#lib/approvals/schema.ts";
import { canonicalJson } from "#lib/timestamps/json.ts";

const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const person = (n: number, roles: PersonFacts["roles"], active = true): PersonFacts => ({
  id: uuid(n),
  name: `P${n}`,
  active,
  roles,
});

function destructive(rule: Partial<LevelRule>, change: Partial<ApprovalPolicy> = {}): EffectivePolicy {
  const base = NOBODY_ASKED_POLICY.levels.destructive;
  const levels = { ...NOBODY_ASKED_POLICY.levels, destructive: { ...base, people: 1, ...rule } };
  return effective({ ...NOBODY_ASKED_POLICY, ...change, levels });
}

describe("the default policy", () => {
  test.each([
    { tier: "production", sandbox: true, safe: 0, reversible: 0, destructive: 0 },
    { tier: "development", sandbox: false, safe: 0, reversible: 0, destructive: 0 },
    { tier: "staging", sandbox: false, safe: 0, reversible: 0, destructive: 1 },
    { tier: "production", sandbox: false, safe: 0, reversible: 1, destructive: 1 },
  ])("of $tier (sandbox: $sandbox)", ({ tier, sandbox, ...people }) => {
    const policy = defaultPolicy({ tier, sandbox });
    expect(approvalPolicy.parse(policy)).toEqual(policy);
    expect(policy.levels.safe.people).toBe(people.safe);
    expect(policy.levels.reversible.people).toBe(people.reversible);
    expect(policy.levels.destructive.people).toBe(people.destructive);
  });
});

describe("who counts", () => {
  const rule = [{ roles: ["approver" as const], people: [uuid(9)] }];
  test("a role, or a name with any role in the environment, while the account is active", () => {
    expect(notEligible(person(1, ["approver"]), rule)).toBeNull();
    expect(notEligible(person(9, ["viewer"]), rule)).toBeNull();
    expect(notEligible(person(9, []), rule)).toMatch(/no role/);
    expect(notEligible(person(1, ["operator"]), rule)).toMatch(/does not accept/);
    expect(notEligible(person(1, ["approver"], false), rule)).toMatch(/deactivated/);
    expect(notEligible(undefined, rule)).toMatch(/does not exist/);
  });
  test("every list of a folded policy must accept a person", () => {
    const two = [...rule, { roles: ["administrator" as const], people: [] }];
    expect(notEligible(person(1, ["approver"]), two)).not.toBeNull();
    expect(notEligible(person(1, ["approver", "administrator"]), two)).toBeNull();
    expect(whoWords(two, () => "Ada")).toBe("every approver or Ada, and also every administrator");
  });
});

describe("feasibility", () => {
  const rule = { people: 2, approvers: { roles: ["approver" as const], people: [] } };
  const operator = person(1, ["operator"]);
  test.each([
    { name: "two others", people: [operator, person(2, ["approver"]), person(3, ["approver"])], problems: 0 },
    { name: "one other", people: [operator, person(2, ["approver"])], problems: 1 },
    {
      name: "the operator is one of the two",
      people: [person(1, ["operator", "approver"]), person(2, ["approver"])],
      problems: 1,
    },
    {
      name: "one of them is deactivated",
      people: [operator, person(2, ["approver"]), person(3, ["approver"], false)],
      problems: 1,
    },
    { name: "nobody at all", people: [], problems: 1 },
  ])("$name", ({ people, problems }) => {
    expect(judgeFeasibility(destructive(rule), people).problems).toHaveLength(problems);
  });
  test("a requester who is one of the approvers is a warning while another operator could ask", () => {
    const people = [operator, person(2, ["operator", "approver"]), person(3, ["approver"])];
    const judged = judgeFeasibility(destructive(rule), people);
    expect(judged.problems).toEqual([]);
    expect(judged.warnings).toEqual([expect.stringContaining("When P2 asks, only 1 person")]);
  });
  test("a glass that nobody can break is a warning", () => {
    const people = [operator, person(2, ["approver"])];
    const policy = destructive({ breakGlass: { roles: ["administrator"], people: [] } });
    expect(judgeFeasibility(policy, people).warnings).toEqual([expect.stringContaining("break the glass")]);
  });
});

const roles = ["approver", "operator", "administrator"] as const;
const someApprovers = fc.record({
  roles: fc.uniqueArray(fc.constantFrom(...roles)),
  people: fc.uniqueArray(fc.constantFrom(uuid(1), uuid(2), uuid(3))),
});
const someRule = fc.record({
  people: fc.integer({ min: 0, max: 3 }),
  approvers: someApprovers,
  requestMinutes: fc.integer({ min: 1, max: 30 }),
  executionMinutes: fc.integer({ min: 1, max: 30 }),
  breakGlass: fc.option(someApprovers),
});
const somePolicy = fc
  .record({ rule: someRule, unobservedProofs: fc.boolean(), secondFactor: fc.boolean() })
  .map(({ rule, ...rest }) =>
    effective({ levels: { safe: rule, reversible: rule, destructive: rule }, ...rest }),
  );
const minute = fc.integer({ min: 0, max: 60 });
const somePeople = fc
  .array(fc.record({ roles: fc.uniqueArray(fc.constantFrom(...roles)), active: fc.boolean() }), {
    minLength: 5,
    maxLength: 5,
  })
  .map((all) => new Map(all.map((one, n) => [uuid(n), { ...person(n, one.roles), active: one.active }])));
const at = (minutes: number) => new Date(Date.UTC(2026, 0, 1) + minutes * 60_000);
const someRequest = fc
  .record({
    requester: fc.integer({ min: 0, max: 4 }),
    approvals: fc.array(fc.record({ by: fc.integer({ min: 0, max: 4 }), minute }), { maxLength: 5 }),
    glass: fc.option(fc.record({ by: fc.integer({ min: 0, max: 4 }), minute })),
  })
  .map(({ requester, approvals, glass }): RequestFacts => ({
    id: uuid(100),
    unit: "u",
    planHash: "h",
    requesterId: uuid(requester),
    requestedAt: at(0),
    closed: null,
    begun: false,
    decisions: approvals.map((one) => ({
      personId: uuid(one.by),
      name: `P${one.by}`,
      decision: "approve",
      at: at(one.minute),
    })),
    breakGlass: glass === null ? null : { personId: uuid(glass.by), name: "P", at: at(glass.minute) },
  }));

describe("the stricter of two policies", () => {
  test("lets nothing pass that one of them alone would not", () => {
    fc.assert(
      fc.property(somePolicy, somePolicy, someRequest, somePeople, minute, (a, b, request, people, now) => {
        const allows = (policy: EffectivePolicy) =>
          judgeApproval({
            unit: "u",
            planHash: "h",
            rule: policy.levels.destructive,
            request,
            people,
            now: at(now),
          }).executable;
        if (!allows(stricter(a, b))) return;
        expect(allows(a)).toBe(true);
        expect(allows(b)).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
  test("is the same whichever comes first, and however they are grouped", () => {
    fc.assert(
      fc.property(somePolicy, somePolicy, somePolicy, (a, b, c) => {
        const same = (x: EffectivePolicy, y: EffectivePolicy) =>
          expect(canonicalJson(x)).toBe(canonicalJson(y));
        same(stricter(a, b), stricter(b, a));
        same(stricter(stricter(a, b), c), stricter(a, stricter(b, c)));
        same(stricter(a, a), a);
      }),
    );
  });
  test("takes each field from the stricter side", () => {
    const left = destructive({ people: 1, requestMinutes: 10, executionMinutes: 60 });
    const right = destructive(
      {
        people: 2,
        requestMinutes: 20,
        executionMinutes: 30,
        breakGlass: { roles: ["operator"], people: [] },
      },
      { unobservedProofs: false, secondFactor: true },
    );
    expect(stricter(left, right)).toMatchObject({
      levels: { destructive: { people: 2, requestMinutes: 10, executionMinutes: 30, breakGlass: null } },
      unobservedProofs: false,
      secondFactor: true,
    });
    expect(stricter(left, effective(NOBODY_ASKED_POLICY)).levels.destructive).toEqual(
      left.levels.destructive,
    );
  });
});
