import type { CopyView } from "#lib/mover/copy-view.ts";

export type ProgressTable = CopyView["tables"][number];

/** What the list can be narrowed to. */
export const TABLE_FILTERS = [
  { id: "all", label: "All" },
  { id: "different", label: "Different" },
  { id: "failed", label: "Standing still" },
  { id: "running", label: "Running" },
  { id: "waiting", label: "Waiting" },
  { id: "done", label: "Done" },
] as const;
export type TableFilter = (typeof TABLE_FILTERS)[number]["id"];

const RANKS: Record<ProgressTable["state"], number> = { failed: 1, running: 2, waiting: 3, done: 4 };

function fits(table: ProgressTable, filter: TableFilter): boolean {
  if (filter === "all") return true;
  return filter === "different" ? table.differences > 0 : table.state === filter;
}

/** How many tables each filter leaves. */
export function countsByFilter(tables: readonly ProgressTable[]): Record<TableFilter, number> {
  const count = (filter: TableFilter) => tables.filter((table) => fits(table, filter)).length;
  return {
    all: tables.length,
    different: count("different"),
    failed: count("failed"),
    running: count("running"),
    waiting: count("waiting"),
    done: count("done"),
  };
}

/** What matters now comes first: differences, what stands still, what runs, the largest of what waits, and what is done last. */
export function shownTables(
  tables: readonly ProgressTable[],
  filter: TableFilter,
  asked: string,
): readonly ProgressTable[] {
  const wanted = asked.trim().toLowerCase();
  return tables
    .filter((table) => fits(table, filter) && table.name.toLowerCase().includes(wanted))
    .toSorted(
      (a, b) =>
        rank(a) - rank(b) || sizeOf(b) - sizeOf(a) || (a.name < b.name ? -1 : Number(a.name > b.name)),
    );
}

function rank(table: ProgressTable): number {
  return table.differences > 0 ? 0 : RANKS[table.state];
}

function sizeOf(table: ProgressTable): number {
  return table.estimatedBytes ?? table.bytes;
}
