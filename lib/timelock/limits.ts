import { z } from "zod";

import { AdapterError } from "#lib/errors.ts";
import { LONG_MAX } from "#lib/timestamps/long.ts";
import { namespaceNameProblem } from "#lib/timelock/namespace-name.ts";

/** TimeLock hands out at most this many timestamps a request and cuts larger requests silently. Source: atlasdb-facts A.5 */
export const FRESH_COUNT_MAX = 10_000;

/**
 * The largest value that Lockstep fast-forwards to: above Long.MAX - 1,000,000 TimeLock breaks the namespace, and one more buffer
 * and one value are kept so that the namespace survives its next leader change. Source: atlasdb-facts A.6, runbooks section 1 (caps)
 */
export const FAST_FORWARD_MAX = LONG_MAX - 2_000_001n;

const freshCount = z.int().min(1).max(FRESH_COUNT_MAX);

/** @throws AdapterError `invalid-namespace`, effect none, when the name must not be sent to TimeLock */
export function requireNamespace(namespace: string): void {
  const problem = namespaceNameProblem(namespace);
  if (problem !== null) {
    throw new AdapterError("invalid-namespace", "none", `Nothing was sent to TimeLock: ${problem}.`);
  }
}

/** @throws AdapterError `value-out-of-range`, effect none, when a fast-forward to this value could break the namespace or means nothing */
export function requireFastForwardValue(to: bigint): void {
  if (to >= 1n && to <= FAST_FORWARD_MAX) return;
  const why = to < 1n ? "a timestamp is at least 1" : `the largest safe value is ${FAST_FORWARD_MAX}`;
  throw new AdapterError(
    "value-out-of-range",
    "none",
    `Nothing was sent to TimeLock: ${why}, and ${to} was asked for.`,
  );
}

/** @throws AdapterError `value-out-of-range`, effect none, unless the count is a whole number from 1 to 10,000 */
export function requireFreshCount(count: number): void {
  if (freshCount.safeParse(count).success) return;
  const words = `Nothing was sent to TimeLock: it issues 1 to ${FRESH_COUNT_MAX} timestamps a request, not ${count}.`;
  throw new AdapterError("value-out-of-range", "none", words);
}
