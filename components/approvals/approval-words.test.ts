import { describe, expect, it } from "vitest";

import {
  APPROVAL_LOOKS,
  approversWords,
  canAskAgain,
  minutesWords,
  shortHash,
  tallyWords,
} from "#components/approvals/approval-words.ts";
import { APPROVAL_STATES, type ApprovalStatus } from "#lib/engine/unit.ts";

function status(rest: Partial<ApprovalStatus>): ApprovalStatus {
  return {
    state: "pending",
    executable: false,
    needed: 2,
    counted: 1,
    missing: 1,
    until: null,
    countedBy: [],
    notCounted: [],
    reason: "",
    ...rest,
  };
}

describe("tallyWords", () => {
  it("counts while counting helps, and else names the standing", () => {
    expect(tallyWords(status({}))).toBe("Approvals 1 of 2");
    expect(tallyWords(status({ state: "approved", counted: 2 }))).toBe("Approvals 2 of 2");
    expect(tallyWords(status({ state: "none", counted: 0 }))).toBe("Approvals 0 of 2");
    expect(tallyWords(status({ state: "void" }))).toBe("Approval: void");
  });
});

it("asks again exactly where the request is over and something is still needed", () => {
  expect(APPROVAL_STATES.filter(canAskAgain)).toEqual([
    "none",
    "rejected",
    "withdrawn",
    "expired-request",
    "expired-execution",
    "void",
    "consumed",
  ]);
});

it("shows nothing as passed but what is approved", () => {
  expect(APPROVAL_STATES.filter((state) => APPROVAL_LOOKS[state].state === "pass")).toEqual(["approved"]);
});

it("says durations in the largest whole unit", () => {
  expect([1, 45, 60, 90, 1440, 4320, 20_160].map(minutesWords)).toEqual([
    "1 minute",
    "45 minutes",
    "1 hour",
    "90 minutes",
    "1 day",
    "3 days",
    "14 days",
  ]);
});

it("names whom a list accepts, also who is not there any more", () => {
  const people = [{ id: "a", name: "Grace Hopper", email: "grace@example.org" }];
  expect(approversWords({ roles: ["approver"], people: ["a", "gone"] }, people)).toBe(
    "every approver, Grace Hopper, somebody who left",
  );
  expect(approversWords({ roles: [], people: [] }, people)).toBe("nobody");
});

it("shortens a hash at both ends", () => {
  expect(shortHash("7f3a0c5e9d1b4f6a21f")).toBe("7f3a0c…21f");
});
