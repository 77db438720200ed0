import { bytesWords, countWords, secondsWords } from "#components/copy/copy-words.ts";
import type { MoveTables } from "#lib/mover/schema.ts";

type PlannedTable = MoveTables["tables"][number];

/** What becomes of a table, as on the page. */
export const FATE_WORDS: Record<PlannedTable["fate"], string> = {
  copied: "Copied",
  "created-empty": "Created empty",
  kept: "Kept",
  dropped: "Dropped",
  "left-out": "Left out",
};

/** What the list can be narrowed to; `lost`: every table of the destination that the setup drops, also where another takes its place. */
export const FATES = [
  { id: "all", label: "All" },
  { id: "lost", label: "Lost in the destination" },
  { id: "copied", label: "Copied" },
  { id: "created-empty", label: "Created empty" },
  { id: "kept", label: "Kept" },
  { id: "left-out", label: "Left out" },
] as const;
export type FateFilter = (typeof FATES)[number]["id"];

const RANKS: Record<PlannedTable["fate"], number> = {
  dropped: 1,
  copied: 1,
  "left-out": 2,
  kept: 3,
  "created-empty": 4,
};

function fits({ fate, name }: PlannedTable, filter: FateFilter, dropped: ReadonlySet<string>): boolean {
  if (filter === "all") return true;
  return filter === "lost" ? dropped.has(name) : fate === filter;
}

function droppedNames({ dropped }: MoveTables): ReadonlySet<string> {
  return new Set(dropped.map(({ name }) => name));
}

/** How many tables each filter leaves. */
export function countsByFate(all: MoveTables): Record<FateFilter, number> {
  const dropped = droppedNames(all);
  const count = (filter: FateFilter) => all.tables.filter((table) => fits(table, filter, dropped)).length;
  return {
    all: all.tables.length,
    lost: count("lost"),
    copied: count("copied"),
    "created-empty": count("created-empty"),
    kept: count("kept"),
    "left-out": count("left-out"),
  };
}

/** The tables that a filter leaves. What is lost comes first, with the size that it has in the destination; then what is copied, the largest first. */
export function plannedTables(all: MoveTables, filter: FateFilter, asked: string): readonly PlannedTable[] {
  const dropped = droppedNames(all);
  const there = new Map(all.dropped.map((one) => [one.name, one]));
  const wanted = asked.trim().toLowerCase();
  return all.tables
    .filter((table) => fits(table, filter, dropped) && table.name.toLowerCase().includes(wanted))
    .map((table) =>
      filter === "lost" ? { ...table, ...there.get(table.name), cells: null, duration: null } : table,
    )
    .toSorted(
      (a, b) =>
        Number(dropped.has(b.name)) - Number(dropped.has(a.name)) ||
        RANKS[a.fate] - RANKS[b.fate] ||
        (b.bytes ?? 0) - (a.bytes ?? 0) ||
        (a.name < b.name ? -1 : 1),
    );
}

/** "18 tables are copied, about 1 200 000 cells and 3.4 GB in 2 to 5 min. 3 are created empty. 4 in the destination are dropped." */
export function fateLine(all: MoveTables): string {
  const counts = countsByFate(all);
  const { cells, bytes, duration } = all.total;
  const sizes = [
    ...(cells === null ? [] : [`${countWords(cells)} cells`]),
    ...(bytes === null ? [] : [bytesWords(bytes)]),
  ];
  const about = sizes.length === 0 ? "" : `, about ${sizes.join(" and ")}`;
  const time = duration === null ? "" : ` in ${secondsWords(duration)}`;
  const sentences = [
    `${isOrAre(counts.copied, "table")} copied${about}${time}.`,
    ...(counts["created-empty"] === 0 ? [] : [`${isOrAre(counts["created-empty"])} created empty.`]),
    ...(counts.kept === 0 ? [] : [`${isOrAre(counts.kept)} kept as in the destination.`]),
    ...(counts["left-out"] === 0 ? [] : [`${isOrAre(counts["left-out"])} left out.`]),
    counts.lost === 0
      ? "Nothing in the destination is dropped."
      : `${isOrAre(counts.lost)} dropped in the destination with everything in ${counts.lost === 1 ? "it" : "them"}.`,
  ];
  return sentences.join(" ");
}

function isOrAre(count: number, noun?: string): string {
  const named = noun === undefined ? "" : ` ${noun}${count === 1 ? "" : "s"}`;
  return `${countWords(count)}${named} ${count === 1 ? "is" : "are"}`;
}
