import { z } from "zod";

import { COMPARISONS } from "#lib/approvals/schema.ts";
import { encodeReading, reading, type Reading, type ReadingValue } from "#lib/engine/reading.ts";
import { canonicalJson } from "#lib/timestamps/json.ts";

/** One value read twice, as it is stored with an independent reading. */
export const comparedReading = z.strictObject({
  key: z.string(),
  verdict: z.enum(COMPARISONS),
  words: z.string(),
  elsewhere: z.boolean(),
  requested: reading.nullable(),
  independent: reading,
});
export type ComparedReading = z.output<typeof comparedReading>;

/** The list of them, as it is stored. */
export const comparedReadings = z.array(comparedReading);

/**
 * Compares what a request showed with what an approver read for themselves, value by value. Only what matters is compared: a bound and its
 * state, not the server's version or the time. What either side could not read is unknown, never the same.
 */
export function compareReadings(
  requested: readonly Reading[],
  independent: readonly Reading[],
): readonly ComparedReading[] {
  return independent.map((one) => {
    const before = requested.find((other) => other.key === one.key) ?? null;
    const elsewhere =
      before !== null && one.node !== null && before.node !== null && one.node !== before.node;
    return { key: one.key, elsewhere, requested: before, independent: one, ...verdictOf(before, one) };
  });
}

/** The comparison as JSON. */
export function encodeCompared(all: readonly ComparedReading[]): object[] {
  return all.map((one) => ({
    ...one,
    requested: one.requested === null ? null : encodeReading(one.requested),
    independent: encodeReading(one.independent),
  }));
}

function verdictOf(before: Reading | null, after: Reading): Pick<ComparedReading, "verdict" | "words"> {
  if (after.value === null) {
    return {
      verdict: "unknown",
      words: `It could not be read now: ${after.because ?? "no reason was given"}`,
    };
  }
  if (before === null || before.value === null) {
    return { verdict: "unknown", words: "The request shows no value to compare with." };
  }
  if (canonicalJson(essence(before.value)) === canonicalJson(essence(after.value))) {
    return { verdict: "same", words: "Both readings say the same." };
  }
  return {
    verdict: "differs",
    words:
      "The readings differ. While clients run, bounds and punches grow; once they are stopped, nothing may move.",
  };
}

/** What of a value two readings must agree on. */
function essence(value: ReadingValue): unknown {
  switch (value.kind) {
    case "store.bound":
      return { state: value.bound.state, tr: value.bound.tr, identity: value.bound.identity };
    case "store.read-back":
      return value.views.map(({ state, tr, identity }) => ({ state, tr, identity }));
    case "store.punch":
      return value.punch.newest.found === "punch" ? value.punch.newest.timestamp : value.punch.newest.found;
    case "timelock.learned":
      return { state: value.state, bound: value.bound };
    case "timelock.health":
      return { quorum: value.quorum, leader: value.leader };
    default:
      return value;
  }
}
