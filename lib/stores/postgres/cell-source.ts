import type { CellSource } from "#lib/mover/cell-source.ts";
import type { CellKey, KeyRange } from "#lib/mover/key-range.ts";
import {
  listStoreTables,
  readTableSite,
  relationOf,
  type TableSite,
} from "#lib/stores/postgres/cell-tables.ts";
import { postgresCommitReader } from "#lib/stores/postgres/commit-reader.ts";
import { type PostgresTarget, text } from "#lib/stores/postgres/connection.ts";
import { copyOut, RANGE_SETTINGS } from "#lib/stores/postgres/copy-out.ts";
import { keepSession } from "#lib/stores/postgres/kept-session.ts";
import { planCuts } from "#lib/stores/postgres/plan-cuts.ts";
import { SessionPool } from "#lib/stores/postgres/session-pool.ts";

/** The bytes as an SQL expression. COPY takes no parameters; hexadecimal digits need no quoting. */
function bytea(bytes: Buffer): string {
  return `decode('${bytes.toString("hex")}', 'hex')`;
}

function rowExpression({ row, column }: CellKey): string {
  return `ROW(${bytea(row)}, ${bytea(column)})`;
}

/** The condition of a range, as comparisons of (row, column) that the primary key serves; empty for the whole table. */
export function rangeCondition({ from, to }: KeyRange): string {
  const cell = "(s.row_name, s.col_name)";
  const conditions = [
    ...(from === null ? [] : [`${cell} >= ${rowExpression(from)}`]),
    ...(to === null ? [] : [`${cell} < ${rowExpression(to)}`]),
  ];
  return conditions.length === 0 ? "" : ` WHERE ${conditions.join(" AND ")}`;
}

/**
 * All versions of a range as the mover wants them: the order of bytea is that of unsigned bytes. Every name is the table's own: in ORDER BY
 * a bare one means an output column first, and a constant that was put out as ts would sort nothing. Source: atlasdb-facts D.2
 */
export function versionsQuery(relation: string, range: KeyRange): string {
  return `SELECT s.row_name, s.col_name, s.ts, s.val FROM ${relation} AS s${rangeCondition(range)} ORDER BY s.row_name, s.col_name, s.ts DESC`;
}

/** A Postgres DbKVS to copy or compare from. Reads each range on a session of its own, and keeps one for looking up commits; writes nothing. */
export function postgresCellSource(target: PostgresTarget): CellSource {
  const site = once(async () => readTableSite(target));
  const session = keepSession(target);
  const pool = new SessionPool(target);
  return {
    async listTables() {
      const place = await site();
      return pool.ask(async (connection) => listStoreTables(connection, place));
    },
    async planCuts(table, size) {
      const relation = relationOf(await site(), table);
      return pool.ask(async (connection) => planCuts(connection, relation, size));
    },
    async *readVersions(table, range) {
      yield* copyOut(pool, versionsQuery(relationOf(await site(), table), range), RANGE_SETTINGS);
    },
    commits: postgresCommitReader(pool, site, session),
    async close() {
      await Promise.all([session.close(), pool.close()]);
    },
    async holdsCells(table) {
      const relation = relationOf(await site(), table);
      return pool.ask(async (connection) => {
        const rows = await connection.query(`SELECT EXISTS (SELECT 1 FROM ${relation})::text AS found`);
        return text(rows[0], "found") === "true";
      });
    },
  };
}

/** Asks once, and again only after a failure. */
export function once(read: () => Promise<TableSite>): () => Promise<TableSite> {
  let kept: Promise<TableSite> | undefined;
  return async () => {
    kept ??= read();
    try {
      return await kept;
    } catch (error) {
      kept = undefined;
      throw error;
    }
  };
}
