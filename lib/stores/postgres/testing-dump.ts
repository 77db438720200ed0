import { readFile } from "node:fs/promises";
import path from "node:path";
import { gunzipSync } from "node:zlib";

import { parseTableReference, postgresPhysicalName } from "#lib/atlasdb/tables.ts";
import { postgresCellSink } from "#lib/stores/postgres/cell-sink.ts";
import { configFor, withSession } from "#lib/stores/postgres/testing.ts";
import { parseJson } from "#lib/timestamps/json.ts";

/** A logical dump: metadata by table, and versions of cells by table, each as one line of row, column, timestamp and value. */
export type Dump = {
  readonly metadata: ReadonlyMap<string, string>;
  readonly cells: ReadonlyMap<string, readonly string[]>;
};

/** A dump that was read through AtlasDB's own API. Lines in order. */
export async function readGoldenDump(name: "destination-after-migrate"): Promise<Dump> {
  const file = path.join(import.meta.dirname, "../../../e2e/golden/postgres", `${name}.jsonl.gz`);
  const metadata = new Map<string, string>();
  const cells = new Map<string, string[]>();
  for (const line of gunzipSync(await readFile(file))
    .toString("utf8")
    .trim()
    .split("\n")) {
    const entry = parseJson(line) as Record<string, string | bigint>;
    if (entry["table"] !== undefined) metadata.set(String(entry["table"]), String(entry["metadata"]));
    else add(cells, String(entry["t"]), `${entry["r"]} ${entry["c"]} ${entry["ts"]} ${entry["v"]}`);
  }
  for (const [name, lines] of cells) cells.set(name, lines.toSorted());
  return { metadata, cells };
}

function add(cells: Map<string, string[]>, table: string, line: string): void {
  const lines = cells.get(table);
  if (lines === undefined) cells.set(table, [line]);
  else lines.push(line);
}

/** Everything that a store's catalogue lists, read by plain SQL. Lines in order. */
export async function dumpStore(url: string): Promise<Dump> {
  return withSession(url, async (client) => {
    const metadata = new Map<string, string>();
    const cells = new Map<string, string[]>();
    const tables = await client.query<{ name: string; metadata: string }>(
      "SELECT table_name AS name, encode(value, 'hex') AS metadata FROM _metadata",
    );
    for (const table of tables.rows) {
      metadata.set(table.name, table.metadata);
      const relation = postgresPhysicalName("", parseTableReference(table.name));
      const found = await client.query<Record<string, string>>(
        `SELECT encode(row_name, 'hex') AS r, encode(col_name, 'hex') AS c, ts::text AS ts, encode(val, 'hex') AS v
         FROM "${relation}"`,
      );
      const lines = found.rows.map(({ r, c, ts, v }) => `${r} ${c} ${ts} ${v}`);
      if (lines.length > 0) cells.set(table.name, lines.toSorted());
    }
    return { metadata, cells };
  });
}

/** Makes an empty database the store that a dump was read from: the same tables, metadata bytes and versions of cells. */
export async function restoreDump(url: string, { metadata, cells }: Dump): Promise<void> {
  const sink = postgresCellSink({ config: configFor(url) });
  await sink.createTables(
    [...metadata].map(([name, bytes]) => ({ name, metadata: Buffer.from(bytes, "hex") })),
  );
  await sink.close();
  await withSession(url, async (client) => {
    for (const [name, lines] of cells) {
      const relation = postgresPhysicalName("", parseTableReference(name));
      const columns = [0, 1, 2, 3].map((index) => lines.map((line) => line.split(" ")[index] ?? ""));
      await client.query(
        `INSERT INTO "${relation}" (row_name, col_name, ts, val)
         SELECT decode(r, 'hex'), decode(c, 'hex'), ts, decode(v, 'hex')
         FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[]) AS cell (r, c, ts, v)`,
        columns,
      );
    }
  });
}

/** Every table of the catalogue as the server has it: columns, types, key and its name, and the catalogue's own row. */
export async function layoutOf(url: string): Promise<ReadonlyMap<string, readonly string[]>> {
  return withSession(url, async (client) => {
    const { rows } = await client.query<{ name: string; relation: string; line: string }>(
      `SELECT m.table_name AS name, 'size ' || m.table_size AS line FROM _metadata m`,
    );
    const layout = new Map<string, string[]>();
    for (const { name, line } of rows) {
      const relation = postgresPhysicalName("", parseTableReference(name));
      const columns = await client.query<{ line: string }>(
        `SELECT format('%s %s %s %s %s %s', c.relname, c.relkind, a.attnum, a.attname,
           format_type(a.atttypid, a.atttypmod), a.attnotnull) AS line
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
         WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND c.relname = $1
         UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = $1
         UNION ALL SELECT format('%s %s', conname, pg_get_constraintdef(oid)) FROM pg_constraint
           WHERE contype = 'p' AND conrelid = to_regclass(format('public.%I', $1::text))`,
        [relation],
      );
      layout.set(name, [line, ...columns.rows.map((row) => row.line).toSorted()]);
    }
    return layout;
  });
}
