import { fromHex } from "#lib/atlasdb/encoding.ts";
import { decodedOrNull, decodePunchRow, decodePunchValue } from "#lib/atlasdb/punch.ts";
import { postgresPhysicalName, PUNCH_TABLE } from "#lib/atlasdb/tables.ts";
import { sourceOf } from "#lib/stores/postgres/catalog.ts";
import { type Connection, type PostgresTarget, readOnly, text } from "#lib/stores/postgres/connection.ts";
import { readSite } from "#lib/stores/postgres/read-bound.ts";
import { qualified } from "#lib/stores/postgres/statements.ts";
import type { PunchReading } from "#lib/stores/schema.ts";
import { maxLong, parseLong } from "#lib/timestamps/long.ts";

/**
 * The newest punched timestamp beside the bound. Both the cell's timestamp and its value hold it; where they differ the larger one counts.
 * @throws AdapterError effect `none`
 */
export async function readPunch(target: PostgresTarget): Promise<PunchReading> {
  return readOnly(target, async (connection) => {
    const { facts, located } = await readSite(connection, target);
    const table = postgresPhysicalName(target.config.tablePrefix, { namespace: "", table: PUNCH_TABLE });
    const name = { schema: located.schema, table };
    return {
      newest: (await tableExists(connection, qualified(name)))
        ? await readNewest(connection, qualified(name))
        : { found: "absent", why: "no-table" },
      source: sourceOf(target.config, name),
      provenance: "observed",
      readAt: facts.readAt,
    };
  });
}

/** Whether a relation of this quoted name exists. */
export async function tableExists(connection: Connection, quotedName: string): Promise<boolean> {
  const rows = await connection.query("SELECT (to_regclass($1) IS NOT NULL)::text AS found", [quotedName]);
  return text(rows[0], "found") === "true";
}

async function readNewest(connection: Connection, table: string): Promise<PunchReading["newest"]> {
  const rows = await connection.query(
    // Qualified: a bare ts would be the text of the output column, by which 9999 is above 10000.
    `SELECT encode(p.row_name, 'hex') AS row_name, encode(coalesce(p.val, ''), 'hex') AS val, p.ts::text AS ts
     FROM ${table} p ORDER BY p.ts DESC, p.row_name LIMIT 1`,
  );
  const row = rows[0];
  if (row === undefined) return { found: "absent", why: "no-rows" };
  const cellTimestamp = parseLong(text(row, "ts")) ?? 0n;
  const value = decodedOrNull(() => decodePunchValue(fromHex(text(row, "val"))));
  return {
    found: "punch",
    timestamp: maxLong(cellTimestamp, value ?? cellTimestamp),
    wallMillis: decodedOrNull(() => decodePunchRow(fromHex(text(row, "row_name")))),
    rawRow: `0x${text(row, "row_name")}`,
    rawValue: `0x${text(row, "val")}`,
  };
}
