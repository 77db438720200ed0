import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { judgeService, type NamespaceFacts, type ServiceFacts } from "#lib/inventory/service-state.ts";
import type { BoundState } from "#lib/stores/schema.ts";
import { LONG_MAX } from "#lib/timestamps/long.ts";

const readable = (bound: bigint): BoundState => ({ state: "readable", bound });
const invalidated = (kept: bigint): BoundState => ({ state: "invalidated", kept });
const onTimelock = (bound: bigint, quorumLost: string | null = null): NamespaceFacts => ({
  state: "bound",
  bound,
  quorumLost,
});
const none: NamespaceFacts = { state: "not-configured" };

const facts = (change: Partial<ServiceFacts>): ServiceFacts => ({
  kind: "postgres",
  recorded: "embedded",
  namespace: "orders",
  store: readable(1_010_001n),
  storeUnknownBecause: null,
  punch: 500_000n,
  timelock: none,
  ...change,
});
const moved = (change: Partial<ServiceFacts>): ServiceFacts =>
  facts({
    recorded: "timelock",
    store: invalidated(1_010_001n),
    timelock: onTimelock(2_010_002n),
    ...change,
  });

describe("judgeService", () => {
  it.each<[string, ServiceFacts, string, string]>([
    ["embedded and healthy", facts({}), "embedded", "pass"],
    [
      "embedded, the intended namespace unknown to TimeLock",
      facts({ timelock: { state: "absent" } }),
      "embedded",
      "pass",
    ],
    [
      "embedded, TimeLock out of reach",
      facts({ timelock: { state: "unknown", reason: "" } }),
      "embedded",
      "pass",
    ],
    ["embedded, bound equal to the punch", facts({ punch: 1_010_001n }), "embedded", "pass"],
    ["embedded, bound below the punch", facts({ punch: 1_010_002n }), "behind", "blocking"],
    [
      "embedded, namespace exists without a bound",
      facts({ timelock: { state: "exists", quorumLost: null } }),
      "embedded",
      "warning",
    ],
    [
      "embedded, TimeLock forwarded to the same value",
      facts({ timelock: onTimelock(1_010_001n) }),
      "both",
      "warning",
    ],
    ["embedded, TimeLock ahead", facts({ timelock: onTimelock(2_010_002n) }), "both", "blocking"],
    ["recorded on TimeLock, store readable", moved({ store: readable(1_010_001n) }), "both", "blocking"],
    ["on TimeLock and healthy", moved({}), "timelock", "pass"],
    [
      "on TimeLock, born there",
      moved({ store: { state: "no-row-invalidated" }, punch: null }),
      "timelock",
      "pass",
    ],
    ["on TimeLock, equal to the kept value", moved({ timelock: onTimelock(1_010_001n) }), "timelock", "pass"],
    ["on TimeLock, below the kept value", moved({ timelock: onTimelock(1_010_000n) }), "behind", "blocking"],
    ["on TimeLock, below the punch", moved({ punch: 3_000_000n }), "behind", "blocking"],
    [
      "on TimeLock, no quorum",
      moved({ timelock: onTimelock(2_010_002n, "one of three answers") }),
      "timelock",
      "blocking",
    ],
    [
      "on TimeLock, bound untold",
      moved({ timelock: { state: "exists", quorumLost: null } }),
      "unknown",
      "unknown",
    ],
    [
      "on TimeLock, out of reach",
      moved({ timelock: { state: "unknown", reason: "no answer" } }),
      "unknown",
      "unknown",
    ],
    ["on TimeLock, namespace gone", moved({ timelock: { state: "absent" } }), "neither", "blocking"],
    [
      "on TimeLock, store without a table",
      moved({ store: { state: "no-table" }, punch: null }),
      "timelock",
      "warning",
    ],
    [
      "on TimeLock, store without a row, namespace gone",
      moved({ store: { state: "no-row" }, timelock: { state: "absent" } }),
      "neither",
      "blocking",
    ],
    [
      "invalidated, recorded embedded, no namespace",
      facts({ store: invalidated(5n), punch: null }),
      "neither",
      "blocking",
    ],
    [
      "invalidated, recorded embedded, TimeLock ahead",
      facts({ store: invalidated(5n), punch: null, timelock: onTimelock(6n) }),
      "disagrees",
      "warning",
    ],
    [
      "invalidated, recorded embedded, TimeLock behind",
      facts({ store: invalidated(5n), punch: null, timelock: onTimelock(4n) }),
      "behind",
      "blocking",
    ],
    ["bound zero", facts({ store: readable(0n), punch: null }), "damaged", "blocking"],
    ["bound negative", facts({ store: readable(-5n), punch: null }), "damaged", "blocking"],
    ["bound at the end", facts({ store: readable(LONG_MAX), punch: null }), "damaged", "blocking"],
    ["never started", facts({ store: { state: "no-table" }, punch: null }), "embedded", "warning"],
    ["bound lost, punches present", facts({ store: { state: "no-row" } }), "behind", "blocking"],
    [
      "several rows",
      facts({ store: { state: "several-rows", readable: true, values: [1n, 2n] } }),
      "damaged",
      "blocking",
    ],
    ["both columns", facts({ store: { state: "both", rows: [] } }), "damaged", "blocking"],
    ["no known shape", facts({ store: { state: "unrecognised", detail: "x" } }), "damaged", "blocking"],
    ["store out of reach", facts({ store: null, storeUnknownBecause: "refused" }), "unknown", "unknown"],
    [
      "store out of reach, on TimeLock",
      moved({ store: null, storeUnknownBecause: "refused" }),
      "unknown",
      "unknown",
    ],
  ])("%s", (_name, given, state, level) => {
    const verdict = judgeService(given);
    expect([verdict.state, verdict.level]).toEqual([state, level]);
    expect(verdict.title).not.toBe("");
    expect(level === "blocking" && verdict.remedy === null).toBe(false);
  });

  const long = fc.bigInt({ min: 1n, max: 2n ** 62n });
  const store = fc.oneof(
    long.map(readable),
    long.map(invalidated),
    fc.constant<BoundState | null>(null),
    fc.constant<BoundState>({ state: "no-row" }),
    fc.constant<BoundState>({ state: "no-row-invalidated" }),
  );
  const timelock = fc.oneof(
    fc.constantFrom<NamespaceFacts>(
      none,
      { state: "absent" },
      { state: "unknown", reason: "r" },
      { state: "exists", quorumLost: null },
    ),
    long.map((bound) => onTimelock(bound)),
  );

  it("is green only where exactly one sequence can issue and nothing known lies above it", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("embedded" as const, "timelock" as const),
        store,
        fc.option(long),
        timelock,
        (recorded, state, punch, namespace) => {
          const verdict = judgeService(
            facts({
              recorded,
              store: state,
              punch,
              timelock: namespace,
              storeUnknownBecause: state === null ? "r" : null,
            }),
          );
          if (verdict.level !== "pass") return;
          const embeddedAlone =
            state?.state === "readable" &&
            recorded === "embedded" &&
            namespace.state !== "bound" &&
            (punch ?? 0n) <= state.bound;
          const kept = state?.state === "invalidated" ? state.kept : 0n;
          const invalid = state?.state === "invalidated" || state?.state === "no-row-invalidated";
          const timelockAlone =
            invalid &&
            recorded === "timelock" &&
            namespace.state === "bound" &&
            namespace.bound >= kept &&
            namespace.bound >= (punch ?? 0n);
          expect(embeddedAlone || timelockAlone).toBe(true);
        },
      ),
    );
  });
});
