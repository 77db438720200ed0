import { z } from "zod";

import type { ShardSize, TableCuts } from "#lib/mover/cell-source.ts";
import type { CellKey } from "#lib/mover/key-range.ts";
import { type Connection, text } from "#lib/stores/postgres/connection.ts";

/** A statistic; far below 2^53. `reltuples` may come as 1e+06. */
const statistic = z.coerce.number();

/** Pages read to find cuts: some for each shard, so that every one has several samples. */
const SAMPLE_PAGES_MIN = 100;
const SAMPLE_PAGES_PER_SHARD = 4;

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
  // None on some pages is what was counted before the table was filled, or what older servers say of one that never was.
  const isCounted = tuples > 0;
  if (parts < 2) return { estimate: { versions: isCounted ? tuples : null, bytes }, places: [] };
  const wanted = Math.max(SAMPLE_PAGES_MIN, parts * SAMPLE_PAGES_PER_SHARD);
  const fraction = Math.min(1, wanted / pages);
  const { sampled, places } = await readQuantiles(connection, relation, fraction, parts);
  const versions = isCounted ? tuples : Math.round(sampled / fraction);
  return { estimate: { versions, bytes }, places };
}

/**
 * Places that cut the sample into parts of about equal weight. The server sorts and chooses: a sample of a large table is far more than the
 * places, and sorting it here would hold everything else up.
 */
async function readQuantiles(
  connection: Connection,
  relation: string,
  fraction: number,
  parts: number,
): Promise<{ readonly sampled: number; readonly places: readonly CellKey[] }> {
  const rows = await connection.query(
    `WITH sample AS MATERIALIZED (SELECT s.row_name, s.col_name FROM ${relation} AS s TABLESAMPLE SYSTEM ($1::real) REPEATABLE (1)),
       numbered AS (
         SELECT row_name, col_name, row_number() OVER (ORDER BY row_name, col_name) AS n, count(*) OVER () AS sampled FROM sample)
     SELECT encode(row_name, 'hex') AS row, encode(col_name, 'hex') AS col, sampled::text AS sampled FROM numbered
     WHERE n = 1 OR ((n - 1) * $2::bigint) / sampled <> ((n - 2) * $2::bigint) / sampled ORDER BY n`,
    [String(fraction * 100), String(parts)],
  );
  const [first, ...others] = rows;
  const places = others.map((row) => ({
    row: Buffer.from(text(row, "row"), "hex"),
    column: Buffer.from(text(row, "col"), "hex"),
  }));
  return { sampled: first === undefined ? 0 : statistic.parse(text(first, "sampled")), places };
}
