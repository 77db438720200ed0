import type { OidcRule, Role } from "#lib/people/schema.ts";

/** A role on one environment, or on all where `environmentId` is null. */
export type WantedGrant = { readonly role: Role; readonly environmentId: string | null };

/** Methods that prove possession of a second thing. Source: RFC 8176, section 2 */
const SECOND_FACTOR_METHODS = ["mfa", "otp", "hwk"];

/** How far the provider's clock may be behind ours. */
const CLOCK_SKEW_SECONDS = 60;

/** The grants that the rules give to a person with these claims, each once. */
export function grantsOf(
  claims: Readonly<Record<string, unknown>>,
  rules: readonly OidcRule[],
): readonly WantedGrant[] {
  const wanted = rules.filter((rule) => isMet(claims, rule));
  const byKey = new Map(
    wanted.map(({ role, environmentId }) => [`${role} ${environmentId}`, { role, environmentId }]),
  );
  return [...byKey.values()];
}

/** Whether the provider says that the person used a second factor there. */
export function saysSecondFactor(claims: Readonly<Record<string, unknown>>): boolean {
  return valuesOf(claims["amr"]).some((method) => SECOND_FACTOR_METHODS.includes(method));
}

/**
 * Whether the provider says that it asked the person themselves since `beganAt` (seconds since 1970), and did not just let them
 * through because they were signed in there. Without `auth_time`, it did not.
 */
export function wasAskedSince(claims: Readonly<Record<string, unknown>>, beganAt: number): boolean {
  const at = claims["auth_time"];
  return typeof at === "number" && at >= beganAt - CLOCK_SKEW_SECONDS;
}

/** The claim under a name, or along a path of names joined by dots; a claim whose own name holds dots wins. */
export function claimAt(claims: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  return path.split(".").reduce<unknown>((value, name) => memberOf(value, name), claims);
}

function isMet(claims: Readonly<Record<string, unknown>>, rule: OidcRule): boolean {
  const values = valuesOf(claimAt(claims, rule.claim));
  return rule.value === "*" ? values.length > 0 : values.includes(rule.value);
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}

/** The texts that a claim holds: itself, or its elements. Objects hold none. */
function valuesOf(claim: unknown): readonly string[] {
  const all: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return all.flatMap((value) => {
    if (typeof value === "string") return value === "" ? [] : [value];
    return typeof value === "number" || typeof value === "boolean" ? [`${value}`] : [];
  });
}
