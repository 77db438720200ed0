import { z } from "zod";

import type { ShardSize, TableCuts } from "#lib/mover/cell-source.ts";
import { type CellKey, compareKeys } from "#lib/mover/key-range.ts";
import { type Connection, text } from "#lib/stores/postgres/connection.ts";

/** A statistic; far below 2^53. `reltuples` may come as 1e+06. */
const statistic = z.coerce.number();

/** Pages read to find cuts: some for each shard, so that every one has several samples. */
const SAMPLE_PAGES_MIN = 100;
const SAMPLE_PAGES_PER_SHARD = 4;

/** Places that cut the sorted sample into `parts` parts of about equal weight. */
export function quantiles(sample: readonly CellKey[], parts: number): readonly CellKey[] {
  const sorted = sample.toSorted(compareKeys);
  const places: CellKey[] = [];
  for (let part = 1; part < parts; part += 1) {
    const place = sorted[Math.floor((part * sorted.length) / parts)];
    if (place !== undefined) places.push(place);
  }
  return places;
}

/**
 * Where to cut a relation: quantiles of cells on randomly chosen pages, so that hot rows are cut inside and common prefixes do no harm.
 * The versions are estimated from the same pages where the relation was never analysed.
 */
export async function planCuts(
  connection: Connection,
  relation: string,
  size: ShardSize,
): Promise<TableCuts> {
  const rows = await connection.query(
    `SELECT reltuples::text AS tuples, pg_catalog.pg_table_size(oid)::text AS bytes,
       (pg_catalog.pg_relation_size(oid) / current_setting('block_size')::int)::text AS pages
     FROM pg_catalog.pg_class WHERE oid = to_regclass($1)`,
    [relation],
  );
  const row = rows[0];
  if (row === undefined) return { estimate: { versions: null, bytes: null }, places: [] };
  const tuples = statistic.parse(text(row, "tuples"));
  const bytes = statistic.parse(text(row, "bytes"));
  const pages = statistic.parse(text(row, "pages"));
  if (pages === 0) return { estimate: { versions: 0, bytes }, places: [] };
  const parts = Math.min(size.shardsMax, Math.ceil(bytes / size.bytes));
  if (parts < 2) return { estimate: { versions: tuples < 0 ? null : tuples, bytes }, places: [] };
  const wanted = Math.max(SAMPLE_PAGES_MIN, parts * SAMPLE_PAGES_PER_SHARD);
  const fraction = Math.min(1, wanted / pages);
  const sample = await readSample(connection, relation, fraction);
  const versions = tuples < 0 ? Math.round(sample.length / fraction) : tuples;
  return { estimate: { versions, bytes }, places: quantiles(sample, parts) };
}

async function readSample(connection: Connection, relation: string, fraction: number): Promise<CellKey[]> {
  const rows = await connection.query(
    `SELECT encode(row_name, 'hex') AS row, encode(col_name, 'hex') AS col
     FROM ${relation} TABLESAMPLE SYSTEM ($1::real) REPEATABLE (1)`,
    [String(fraction * 100)],
  );
  return rows.map((row) => ({
    row: Buffer.from(text(row, "row"), "hex"),
    column: Buffer.from(text(row, "col"), "hex"),
  }));
}
