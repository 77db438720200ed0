import { ATOMIC_TABLES, HIDDEN_TABLES } from "#lib/atlasdb/tables.ts";
import { AppError } from "#lib/errors.ts";
import type { NewTable, StoreTable } from "#lib/mover/store-table.ts";

/** Left behind by AtlasDB's own migrator when it is interrupted. Source: atlasdb-facts F.4 (KeyValueServiceMigratorUtils) */
export const MIGRATOR_CHECKPOINT_TABLE = "kvs_migrate.tmp_migrate_progress";

/** Of the namespace `sweep`; they belong to one store's history. Source: atlasdb-facts F.4 (TargetedSweepSchema) */
export const TARGETED_SWEEP_TABLES: readonly string[] = [
  "sweep.sweepableCells",
  "sweep.sweepableTimestamps",
  "sweep.sweepProgressPerShard",
  "sweep.sweepProgressPerBucket",
  "sweep.sweepAssignedBuckets",
  "sweep.sweepNameToId",
  "sweep.sweepIdToName",
  "sweep.tableClears",
];

/**
 * What becomes of a table. `copied`: created anew with the source's metadata, cells copied. `created-empty`: created anew, nothing copied.
 * `kept`: the destination's own stays as it is. `dropped`: goes away with its data. `left-out`: stays behind in the source.
 */
export type TableFate = "copied" | "created-empty" | "kept" | "dropped" | "left-out";

/** One table's fate, why, and whether a destination's table of this name is dropped first. */
export type PlannedTable = {
  readonly name: string;
  readonly fate: TableFate;
  readonly reason: string;
  readonly replaces: boolean;
};

/**
 * Every table of both stores with what becomes of it, as AtlasDB's migrator decides, ordered by name. The atomic tables of the destination are
 * kept; where it has none yet they are created, because the migration's own transaction must be committed there. `only` restricts what is
 * copied to these names; the others are created empty. Source: atlasdb-facts G.3, G.4
 * @throws AppError `invalid` when a name of `only` is no table that can be copied
 */
export function selectTables(
  source: readonly Pick<StoreTable, "name">[],
  destination: readonly Pick<StoreTable, "name">[],
  only: readonly string[] | null = null,
): readonly PlannedTable[] {
  const there = new Set(destination.map(({ name }) => name));
  const here = new Set(source.map(({ name }) => name));
  const fromSource = source.map(({ name }) => fateOf(name, there.has(name), only));
  const onlyThere = destination.filter(({ name }) => !here.has(name)).map(({ name }) => fateThere(name));
  const planned = [...fromSource, ...onlyThere].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const impossible = (only ?? []).filter(
    (name) => !planned.some((table) => table.name === name && table.fate === "copied"),
  );
  if (impossible.length > 0) {
    throw new AppError(
      "invalid",
      `These are no tables of the source that can be copied: ${impossible.join(", ")}. Nothing was changed. Check their names and case.`,
    );
  }
  return planned;
}

function fateOf(name: string, isThere: boolean, only: readonly string[] | null): PlannedTable {
  if (isAtomic(name)) {
    return isThere
      ? { name, fate: "kept", reason: "The destination keeps its own transactions.", replaces: false }
      : { name, fate: "created-empty", reason: "The destination does not have it yet.", replaces: false };
  }
  if (name === MIGRATOR_CHECKPOINT_TABLE) {
    const reason = "A left-over of an interrupted AtlasDB migration.";
    return { name, fate: isThere ? "dropped" : "left-out", reason, replaces: isThere };
  }
  const empty = whyEmpty(name, only);
  return empty === null
    ? { name, fate: "copied", reason: "A table of the service.", replaces: isThere }
    : { name, fate: "created-empty", reason: empty, replaces: isThere };
}

function whyEmpty(name: string, only: readonly string[] | null): string | null {
  if (isOneOf(HIDDEN_TABLES, name)) return "AtlasDB's own; it fills it again.";
  if (TARGETED_SWEEP_TABLES.includes(name))
    return "Targeted sweep's queue; what is copied has nothing to sweep.";
  if (only !== null && !only.includes(name)) return "Not among the tables chosen.";
  return null;
}

function fateThere(name: string): PlannedTable {
  if (isAtomic(name)) {
    return { name, fate: "kept", reason: "The destination keeps its own transactions.", replaces: false };
  }
  return { name, fate: "dropped", reason: "The source has no such table.", replaces: true };
}

function isAtomic(name: string): boolean {
  return isOneOf(ATOMIC_TABLES, name);
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

/** The names to be dropped in the destination, in order. */
export function droppedNames(planned: readonly PlannedTable[]): readonly string[] {
  return planned.filter(({ replaces }) => replaces).map(({ name }) => name);
}

/**
 * The tables to be created in the destination, with the source's metadata bytes. Decided before anything is dropped.
 * @throws AppError `conflict` when the source has no metadata for one of them (facts G.4)
 */
export function createdTables(
  planned: readonly PlannedTable[],
  source: readonly StoreTable[],
): readonly NewTable[] {
  const bytes = new Map(source.map(({ name, metadata }) => [name, metadata]));
  const created = planned.filter(({ fate }) => fate === "copied" || fate === "created-empty");
  const without = created.filter(({ name }) => (bytes.get(name)?.length ?? 0) === 0);
  if (without.length > 0) {
    throw new AppError(
      "conflict",
      `The source has no metadata for ${without.map(({ name }) => name).join(", ")}. Nothing was changed in either store.`,
    );
  }
  return created.map(({ name }) => ({ name, metadata: bytes.get(name) ?? Buffer.alloc(0) }));
}
