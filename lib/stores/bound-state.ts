import type { BoundState, StoreIdentity, StoreKind } from "#lib/stores/schema.ts";

/** What AtlasDB writes as the first bound of a store without one; it then issues 10001. Source: atlasdb-facts 0.3 */
export const INITIAL_BOUND = 10_000n;

/** Every value that the store holds as bound or as kept bound, in the store's order; empty where it holds none. */
export function heldValues(state: BoundState): readonly bigint[] {
  switch (state.state) {
    case "readable":
      return [state.bound];
    case "invalidated":
      return [state.kept];
    case "several-rows":
      return state.values;
    case "both":
      return state.rows.flatMap((row) => [row.bound, row.kept].filter((value) => value !== null));
    case "neither":
      return state.tr === null ? [] : [state.tr];
    case "no-row":
    case "no-row-invalidated":
    case "no-table":
    case "unrecognised":
      return [];
  }
}

/** The largest value that the store holds, or null where it holds none (or none that we can recognise). */
export function largestHeld(state: BoundState): bigint | null {
  return heldValues(state).reduce<bigint | null>(
    (largest, value) => (largest === null || value > largest ? value : largest),
    null,
  );
}

/**
 * What an AtlasDB client without a timelock block would do on this store: read a bound and serve from it, create the initial bound
 * 10000 and serve from that, or fail. `unknown` where the shape is none that AtlasDB writes. Source: atlasdb-facts C, D.1
 */
export function embeddedStart(state: BoundState): "reads" | "creates-initial" | "fails" | "unknown" {
  switch (state.state) {
    case "readable":
      return "reads";
    case "no-row":
    case "no-table":
      return "creates-initial";
    case "invalidated":
    case "no-row-invalidated":
    case "neither":
      return "fails";
    case "several-rows":
      return state.readable ? "reads" : "fails";
    case "both":
      return state.rows.some((row) => row.bound !== null) ? "reads" : "creates-initial";
    case "unrecognised":
      return "unknown";
  }
}

/** True if both hold the same state with the same values; rows are compared in any order. */
export function sameBoundState(a: BoundState, b: BoundState): boolean {
  return stateKey(a) === stateKey(b);
}

function stateKey(state: BoundState): string {
  switch (state.state) {
    case "readable":
      return `readable ${state.bound}`;
    case "invalidated":
      return `invalidated ${state.kept}`;
    case "several-rows":
      return `several-rows ${state.readable} ${state.values.map(String).toSorted().join(",")}`;
    case "both":
      return `both ${state.rows
        .map((row) => `${row.bound}/${row.kept}`)
        .toSorted()
        .join(",")}`;
    case "neither":
      return `neither ${state.tr}`;
    case "unrecognised":
      return `unrecognised ${state.detail}`;
    case "no-row":
    case "no-row-invalidated":
    case "no-table":
      return state.state;
  }
}

/** True if both name the same table of the same store. A hidden system identifier matches only a hidden one. */
export function sameIdentity(a: StoreIdentity, b: StoreIdentity): boolean {
  return (
    a.kind === b.kind &&
    a.system === b.system &&
    a.database === b.database &&
    a.schema === b.schema &&
    a.table === b.table &&
    a.tableId === b.tableId
  );
}

/** A write that may follow from a state, or why not. */
export type Transition =
  | { readonly ok: true; readonly after: BoundState }
  | {
      readonly ok: false;
      readonly reason: "would-decrease" | "not-applicable";
      readonly message: string;
    };

/**
 * The state that an invalidation leads to. The value is kept. Where there is none, a Cassandra store gets the initial bound as its backup,
 * as AtlasDB's own migrator writes it; the others are left without a value. Source: atlasdb-facts C (state machine), D.1
 */
export function afterInvalidate(state: BoundState, kind: StoreKind): Transition {
  if (state.state === "readable") return { ok: true, after: { state: "invalidated", kept: state.bound } };
  if (state.state === "no-row" || state.state === "no-table") {
    return {
      ok: true,
      after:
        kind === "cassandra"
          ? { state: "invalidated", kept: INITIAL_BOUND }
          : { state: "no-row-invalidated" },
    };
  }
  return refuse(`A bound that is ${describeBoundState(state)} cannot be invalidated.`);
}

/**
 * The state that a restore to `to` leads to; refused below any value that the store holds, and at or below 0. A bound that is unreadable
 * without a backup can be restored too: it is the way out for a store whose value is known from elsewhere.
 */
export function afterRestore(state: BoundState, to: bigint): Transition {
  const largest = largestHeld(state);
  if (to <= 0n || (largest !== null && to < largest)) {
    return {
      ok: false,
      reason: "would-decrease",
      message: `The bound must not be set to ${to}: the store holds ${largest ?? "none"}, and a bound never decreases.`,
    };
  }
  const restorable = ["invalidated", "no-row-invalidated", "no-row", "no-table", "readable", "neither"];
  if (restorable.includes(state.state)) return { ok: true, after: { state: "readable", bound: to } };
  return refuse(
    `A bound that is ${describeBoundState(state)} cannot be restored. Repair it first, then restore it.`,
  );
}

/** The state that a repair leads to: one row, one column, the largest value. Never lowers a value. */
export function afterRepair(state: BoundState, leave: "readable" | "invalidated"): Transition {
  const readable = leave === "readable";
  if (state.state === "several-rows" || state.state === "both") {
    const largest = largestHeld(state);
    if (largest === null) return { ok: true, after: { state: readable ? "no-row" : "no-row-invalidated" } };
    return {
      ok: true,
      after: readable ? { state: "readable", bound: largest } : { state: "invalidated", kept: largest },
    };
  }
  if (state.state === "neither" && state.tr !== null && !readable) {
    return { ok: true, after: { state: "invalidated", kept: state.tr } };
  }
  return refuse(`Nothing is known to repair in a bound that is ${describeBoundState(state)}.`);
}

function refuse(message: string): Transition {
  return { ok: false, reason: "not-applicable", message };
}

/** The state in a few words that fit after "the bound is". */
export function describeBoundState(state: BoundState): string {
  switch (state.state) {
    case "readable":
      return `readable with ${state.bound}`;
    case "invalidated":
      return `invalidated, ${state.kept} kept`;
    case "no-row":
      return "absent: the table is there without a bound";
    case "no-row-invalidated":
      return "invalidated without a value: the service was born on TimeLock";
    case "no-table":
      return "absent: there is no timestamp table";
    case "several-rows":
      return `ambiguous: ${state.values.length} rows (${state.values.join(", ")}), ${state.readable ? "readable" : "invalidated"}`;
    case "both":
      return `${state.rows.length > 0 && state.rows.every((row) => row.bound === null) ? "absent" : "readable"} and backed up at once (${state.rows.map((row) => `${row.bound ?? "no bound"} and ${row.kept ?? "no backup"}`).join("; ") || "no row"})`;
    case "neither":
      return state.tr === null
        ? "unreadable without a backup"
        : `unreadable, with ${state.tr} backed up where AtlasDB does not look`;
    case "unrecognised":
      return `in no known shape: ${state.detail}`;
  }
}
