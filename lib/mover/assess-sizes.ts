import type { AssessedTable, Assessment, DroppedTable, DurationRange } from "#lib/mover/assess-report.ts";
import type { TableProbe } from "#lib/mover/probe-table.ts";
import type { PlannedTable } from "#lib/mover/select-tables.ts";
import type { StorePlace } from "#lib/mover/store-survey.ts";

/** Versions and bytes a second of one process, as fast as was measured and as slow as a loaded server makes it. */
type Rates = { readonly fast: number; readonly slow: number };

/** Source: throughput, section 4 (small cells, everything on two cores) */
const VERSIONS_A_SECOND: Readonly<Record<string, Rates>> = {
  "postgres postgres": { fast: 400_000, slow: 100_000 },
  "postgres cassandra": { fast: 110_000, slow: 25_000 },
  "cassandra postgres": { fast: 200_000, slow: 40_000 },
  "cassandra cassandra": { fast: 110_000, slow: 20_000 },
};

/** Where cells are large, bytes decide. */
const BYTES_A_SECOND: Rates = { fast: 150_000_000, slow: 20_000_000 };

/** Opening, cutting and the last checkpoint, in seconds. */
const LEAST_SECONDS = 0.1;

/** How long a table of that size takes; null while its size is unknown. */
export function durationOf(
  pair: readonly [StorePlace["kind"], StorePlace["kind"]],
  versions: number | null,
  bytes: number | null,
): DurationRange {
  if (versions === null || bytes === null) return null;
  const rates = VERSIONS_A_SECOND[pair.join(" ")] ?? { fast: 110_000, slow: 20_000 };
  const seconds = (speed: "fast" | "slow") =>
    Math.max(LEAST_SECONDS, versions / rates[speed], bytes / BYTES_A_SECOND[speed]);
  return { least: seconds("fast"), most: seconds("slow") };
}

/** The planned tables with the sizes that decide about them: of the source where a table is copied, else of the destination. */
export function assessTables(
  pair: readonly [StorePlace["kind"], StorePlace["kind"]],
  planned: readonly PlannedTable[],
  source: ReadonlyMap<string, TableProbe>,
  destination: ReadonlyMap<string, TableProbe>,
): readonly AssessedTable[] {
  return planned.map((table) => {
    const probe = (table.fate === "copied" ? source : destination).get(table.name);
    const { versions = null, cells = null, bytes = null } = probe ?? {};
    const duration = table.fate === "copied" ? durationOf(pair, versions, bytes) : null;
    return { ...table, versions, cells, bytes, duration };
  });
}

/** What the setup drops, with the sizes of the destination's tables. */
export function droppedTables(
  planned: readonly PlannedTable[],
  destination: ReadonlyMap<string, TableProbe>,
): readonly DroppedTable[] {
  return planned
    .filter(({ replaces }) => replaces)
    .map(({ name }) => {
      const { versions = null, bytes = null } = destination.get(name) ?? {};
      return { name, versions, bytes };
    });
}

/** All copied tables together; unknown as soon as one of them is. */
export function totalOf(tables: readonly AssessedTable[]): Assessment["total"] {
  const copied = tables.filter(({ fate }) => fate === "copied");
  const duration = copied.reduce<DurationRange>(
    (sum, one) =>
      sum === null || one.duration === null
        ? null
        : { least: sum.least + one.duration.least, most: sum.most + one.duration.most },
    { least: 0, most: 0 },
  );
  return {
    cells: sumOf(copied.map(({ cells }) => cells)),
    bytes: sumOf(copied.map(({ bytes }) => bytes)),
    duration,
  };
}

function sumOf(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((sum, one) => (sum === null || one === null ? null : sum + one), 0);
}

/** A size in words. */
export function describeBytes(bytes: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log(bytes) / Math.log(1_024)));
  const scaled = bytes / 1_024 ** power;
  return `${power === 0 ? scaled : scaled.toFixed(1)} ${units[power] ?? ""}`;
}
