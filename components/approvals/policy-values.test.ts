import { describe, expect, it } from "vitest";

import { policyOf, valuesOf } from "#components/approvals/policy-values.ts";
import {
  approvalPolicy,
  setPolicyInput,
  type ApprovalPolicy,
  type LevelRule,
} from "#lib/approvals/schema.ts";

const rule: LevelRule = {
  people: 2,
  approvers: { roles: ["approver"], people: ["00000000-0000-4000-8000-000000000001"] },
  requestMinutes: 4320,
  executionMinutes: 90,
  breakGlass: { roles: ["administrator"], people: [] },
};
const policy: ApprovalPolicy = {
  levels: { safe: { ...rule, people: 0, breakGlass: null }, reversible: rule, destructive: rule },
  unobservedProofs: false,
  secondFactor: true,
};

describe("the form of a policy", () => {
  it("comes back as the policy that it was made of", () => {
    expect(policyOf(valuesOf(policy))).toEqual(policy);
    expect(approvalPolicy.parse(policyOf(valuesOf(policy)))).toEqual(policy);
  });

  it("shows clocks in the largest whole unit", () => {
    const { request, execution } = valuesOf(policy).levels.destructive;
    expect([request, execution]).toEqual([
      { count: "3", unit: "days" },
      { count: "90", unit: "minutes" },
    ]);
  });

  it("keeps who may break the glass while the box is off", () => {
    const values = valuesOf(policy);
    values.levels.destructive = { ...values.levels.destructive, breakable: false };
    expect(policyOf(values).levels.destructive.breakGlass).toBeNull();
    values.levels.destructive = { ...values.levels.destructive, breakable: true };
    expect(policyOf(values).levels.destructive.breakGlass).toEqual(rule.breakGlass);
  });

  it.each(["", "soon", "1.5", "-1", "0x10"])("has %j refused beside its field", (count) => {
    const values = valuesOf(policy);
    values.levels.destructive = { ...values.levels.destructive, execution: { count, unit: "hours" } };
    const parsed = setPolicyInput.safeParse({
      environmentId: "00000000-0000-4000-8000-000000000002",
      seenVersion: 0,
      policy: policyOf(values),
      reason: "a test",
    });
    expect(parsed.error?.issues.map(({ path }) => path.join("."))).toEqual([
      "policy.levels.destructive.executionMinutes",
    ]);
  });
});
