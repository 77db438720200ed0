import { ATOMIC_TABLES } from "#lib/atlasdb/tables.ts";
import type { CellSource } from "#lib/mover/cell-source.ts";
import type { PlannedTable } from "#lib/mover/select-tables.ts";
import type { StoreTable } from "#lib/mover/store-table.ts";

/** A table whose presence or metadata differs, in words for the person. */
export type TableDifference = { readonly name: string; readonly problem: string };

/**
 * Where the two catalogues are not as planned: a table missing or too many in the destination, metadata that is not the same bytes, or a table
 * that the source got since, which nothing copies or compares.
 */
export function compareTables(
  planned: readonly PlannedTable[],
  source: readonly StoreTable[],
  destination: readonly StoreTable[],
): readonly TableDifference[] {
  const here = new Map(source.map((table) => [table.name, table]));
  const there = new Map(destination.map((table) => [table.name, table]));
  const known = new Set(planned.map(({ name }) => name));
  return [
    ...planned.flatMap((table) => problemOf(table, here, there)),
    ...source
      .filter(({ name }) => !known.has(name))
      .map(({ name }) => ({ name, problem: "is in the source, but not in the plan" })),
    ...destination
      .filter(({ name }) => !known.has(name))
      .map(({ name }) => ({ name, problem: "is in the destination, but not in the plan" })),
  ];
}

/**
 * Tables that nothing is copied into and that hold something nevertheless: no range of a comparison reads them, and a client would. The
 * transactions among them hold the copy's own. Every table must be there. @throws AdapterError effect `none`
 */
export async function compareEmpty(
  planned: readonly PlannedTable[],
  destination: Pick<CellSource, "holdsCells">,
): Promise<readonly TableDifference[]> {
  const filled: TableDifference[] = [];
  for (const { name, fate } of planned) {
    if (fate !== "created-empty" || ATOMIC_TABLES.some((one) => one === name)) continue;
    if (await destination.holdsCells(name))
      filled.push({ name, problem: "should be empty, and holds cells" });
  }
  return filled;
}

function problemOf(
  { name, fate }: PlannedTable,
  here: ReadonlyMap<string, StoreTable>,
  there: ReadonlyMap<string, StoreTable>,
): readonly TableDifference[] {
  const copy = there.get(name);
  if (fate === "dropped") return copy === undefined ? [] : [{ name, problem: "is still in the destination" }];
  if (fate === "left-out") return [];
  if (copy === undefined) return [{ name, problem: "is missing in the destination" }];
  if (fate === "kept") return [];
  const original = here.get(name);
  if (original === undefined) return [{ name, problem: "is no longer in the source" }];
  return original.metadata.equals(copy.metadata) ? [] : [{ name, problem: "has other metadata bytes" }];
}
