import type { CellSink } from "#lib/mover/cell-sink.ts";
import type { CellSource } from "#lib/mover/cell-source.ts";
import type { StoreSurveyor } from "#lib/mover/store-survey.ts";
import type { BoundStore } from "#lib/stores/bound-store.ts";
import type { Timelock } from "#lib/timelock/timelock.ts";

/** Where a side takes its timestamps: the bound in its own store, or a namespace on a TimeLock cluster. */
export type SideTimestamps =
  | { readonly kind: "embedded" }
  | { readonly kind: "timelock"; readonly timelock: Timelock; readonly namespace: string };

/**
 * One of the two stores of a move with everything that reads or changes it. Nothing is connected before one of the parts is used. `name` is
 * for people (`ordersdb on db-1:5432`), without secrets; whoever opened a source or sink closes it.
 */
export type MoveSide = {
  readonly name: string;
  readonly bound: BoundStore;
  readonly timestamps: SideTimestamps;
  readonly surveyor: StoreSurveyor;
  readonly openSource: () => Promise<CellSource>;
  readonly openSink: () => Promise<CellSink>;
};
