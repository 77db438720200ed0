import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { claimAt, grantsOf, saysSecondFactor, wasAskedSince } from "#lib/people/oidc-rules.ts";
import type { OidcRule } from "#lib/people/schema.ts";

const rule = (claim: string, value: string, role: OidcRule["role"] = "viewer"): OidcRule => ({
  claim,
  value,
  role,
  environmentId: null,
});

describe("the rules of a provider", () => {
  const claims = {
    sub: "ada",
    groups: ["ops", "dba"],
    department: "platform",
    realm_access: { roles: ["approver"] },
    "https://example.com/team": "blue",
    level: 7,
    empty: [],
    __proto__: { inherited: "yes" },
  };

  it.each([
    ["groups", "ops"],
    ["department", "platform"],
    ["realm_access.roles", "approver"],
    ["https://example.com/team", "blue"],
    ["level", "7"],
    ["groups", "*"],
    ["sub", "*"],
  ])("are met by %s = %s", (claim, value) => {
    expect(grantsOf(claims, [rule(claim, value)])).toEqual([{ role: "viewer", environmentId: null }]);
  });

  it.each([
    ["groups", "op"],
    ["groups", "OPS"],
    ["groups.0", "ops"],
    ["groups.length", "2"],
    ["missing", "*"],
    ["empty", "*"],
    ["realm_access", "*"],
    ["realm_access.roles.0", "approver"],
    ["constructor.name", "Object"],
    ["toString", "*"],
  ])("are not met by %s = %s", (claim, value) => {
    expect(grantsOf(claims, [rule(claim, value)])).toEqual([]);
  });

  it("give each grant once", () => {
    const rules = [rule("groups", "ops"), rule("groups", "dba"), rule("groups", "ops", "operator")];
    expect(grantsOf(claims, rules)).toEqual([
      { role: "viewer", environmentId: null },
      { role: "operator", environmentId: null },
    ]);
  });

  it("give nothing that no rule asks for, whatever the claims are", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (any, value) => {
        const given = grantsOf(any, [rule("groups", value, "administrator")]);
        const holds = claimAt(any, "groups");
        if (given.length > 0) expect([holds].flat().map(String).includes(value) || value === "*").toBe(true);
      }),
    );
  });
});

it.each([
  [["pwd", "mfa"], true],
  [["otp"], true],
  ["hwk", true],
  [["pwd"], false],
  [undefined, false],
  [{ mfa: true }, false],
])("amr %j says second factor: %s", (amr, says) => {
  expect(saysSecondFactor({ amr })).toBe(says);
});

it.each([
  [1000, 1000, true],
  [940, 1000, true],
  [939, 1000, false],
  [2000, 1000, true],
  ["1000", 1000, false],
  [undefined, 1000, false],
])("auth_time %j after a beginning at %s: %s", (auth_time, beganAt, asked) => {
  expect(wasAskedSince({ auth_time }, beganAt)).toBe(asked);
});
