import { AppError } from "#lib/errors.ts";
import type { CellSink } from "#lib/mover/cell-sink.ts";
import type { CellSource } from "#lib/mover/cell-source.ts";
import { createdTables, droppedNames, type PlannedTable, selectTables } from "#lib/mover/select-tables.ts";
import { compareTables, type TableDifference } from "#lib/mover/compare-tables.ts";
import type { StoreTable } from "#lib/mover/store-table.ts";

/** What a setup is about to do, as it was shown and approved. */
export type SetUpPlan = { readonly tables: readonly PlannedTable[] };

/** Reads both catalogues and decides; changes nothing. @throws AdapterError, AppError as `selectTables` */
export async function planSetUp(
  source: CellSource,
  sink: CellSink,
  only: readonly string[] | null = null,
): Promise<SetUpPlan> {
  const [here, there] = await Promise.all([source.listTables(), sink.listTables()]);
  return { tables: selectTables(here, there, only) };
}

/**
 * `only`: the tables that were asked for. `lastLook`: throws what speaks against dropping anything, when everything else is read and judged
 * and nothing is changed yet.
 */
export type SetUpGuards = {
  readonly only?: readonly string[] | null;
  readonly lastLook?: () => Promise<void>;
};

/**
 * Drops and creates the destination's tables as planned, and proves it by reading both catalogues again. The drop list is read again first:
 * a destination that has changed since the plan is not touched. May be repeated after an interruption while no cell was copied.
 * @throws AppError `stale` when the destination changed or the source got tables, `conflict` when the source lacks metadata or the proof fails; AdapterError when
 * the destination cannot hold a table, before anything is dropped; what `lastLook` throws
 */
export async function setUp(
  source: CellSource,
  sink: CellSink,
  plan: SetUpPlan,
  { only = null, lastLook }: SetUpGuards = {},
): Promise<void> {
  const here = await source.listTables();
  requireAllPlanned(plan.tables, here);
  const create = createdTables(plan.tables, here);
  sink.checkTables(create);
  const now = selectTables(here, await sink.listTables(), only);
  requireNoOthers(droppedNames(plan.tables), droppedNames(now));
  await lastLook?.();
  await sink.dropTables(droppedNames(plan.tables));
  await sink.createTables(create);
  const differences = compareTables(plan.tables, here, await sink.listTables());
  if (differences.length > 0) throw notAsPlanned(differences);
}

/** A table that the source got since the plan would be neither copied nor compared. */
function requireAllPlanned(planned: readonly PlannedTable[], here: readonly StoreTable[]): void {
  const known = new Set(planned.map(({ name }) => name));
  const others = here.flatMap(({ name }) => (known.has(name) ? [] : [name]));
  if (others.length === 0) return;
  throw new AppError(
    "stale",
    `Since the plan was made the source got tables that would not be copied: ${others.join(", ")}. Nothing was changed. Start over: plan this again.`,
  );
}

/** Less to drop than planned is an interrupted setup; more would be data that nobody agreed to lose. */
function requireNoOthers(planned: readonly string[], now: readonly string[]): void {
  const others = now.filter((name) => !planned.includes(name));
  if (others.length === 0) return;
  throw new AppError(
    "stale",
    `Since the plan was made the destination got tables that would be dropped now: ${others.join(", ")}. Nothing was changed. Look at the plan again.`,
  );
}

/**
 * What was approved as empty still is: a drop list of the same names may stand for data that nobody agreed to lose. A table that is gone, as
 * after an interrupted setup, holds nothing.
 * @throws AppError `stale` when one of them holds cells; AdapterError effect `none`
 */
export async function requireStillEmpty(
  empty: readonly string[],
  destination: Pick<CellSource, "listTables" | "holdsCells">,
): Promise<void> {
  if (empty.length === 0) return;
  const there = new Set((await destination.listTables()).map(({ name }) => name));
  const filled: string[] = [];
  for (const name of empty.filter((one) => there.has(one))) {
    if (await destination.holdsCells(name)) filled.push(name);
  }
  if (filled.length === 0) return;
  throw new AppError(
    "stale",
    `Tables of the destination that were empty when the plan was made hold data now, and would be dropped: ${filled.join(", ")}. Nothing was changed. Find out what writes there, then look at the plan again.`,
  );
}

function notAsPlanned(differences: readonly TableDifference[]): AppError {
  const words = differences.slice(0, 10).map(({ name, problem }) => `${name}: ${problem}`);
  return new AppError(
    "conflict",
    `After the setup the destination's tables are not as planned (${words.join("; ")}). No cell was copied. Something else may be changing that store: stop it, then run the setup again.`,
  );
}

/**
 * Commits the migration's own transaction (S, C) in the destination and reads it back, before the first cell.
 * @throws AppError `conflict` when another commit stands there: S was used before
 */
export async function commitStart(sink: CellSink, start: bigint, commit: bigint): Promise<void> {
  if (start < 1n || commit <= start) {
    throw new AppError(
      "invalid",
      `S (${start}) and C (${commit}) must be timestamps in that order. Nothing was changed.`,
    );
  }
  const found = await sink.putCommit(start, commit);
  if (found === commit) return;
  throw new AppError(
    "conflict",
    `The destination already records ${found} for the start timestamp ${start}, so that timestamp was used before. Nothing was changed. Start over with a new S and C.`,
  );
}
