import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

import { z } from "zod";

import { cassandraQualifiedName } from "#lib/atlasdb/cassandra-layout.ts";
import { fromHex } from "#lib/atlasdb/encoding.ts";
import { parseJson } from "#lib/timestamps/json.ts";

/** The golden Cassandra stores: one with transactions of schema 1 throughout, and two that changed to schema 2 and 3 midway. */
export const GOLDEN_CASSANDRA = ["source", "transactions2", "transactions3"] as const;
export type GoldenCassandra = (typeof GOLDEN_CASSANDRA)[number];

/** One raw row. `writeTime` is what `writetime(value)` gave. */
export type CassandraRow = {
  readonly table: string;
  readonly key: Uint8Array;
  readonly column1: Uint8Array;
  readonly column2: bigint;
  readonly value: Uint8Array;
  readonly writeTime: bigint;
};

/** A table as the server's catalogue had it; `columns` with their types, `options` by their CQL names. */
export type GoldenTable = {
  readonly name: string;
  readonly columns: readonly (readonly [name: string, type: string])[];
  readonly options: Readonly<Record<string, unknown>>;
};

export type GoldenStore = { readonly tables: readonly GoldenTable[]; readonly rows: readonly CassandraRow[] };

const line = z.union([
  z.object({
    t: z.string(),
    row: z.tuple([z.string(), z.string(), z.bigint(), z.string(), z.bigint()]),
  }),
  z.object({
    table: z.string(),
    columns: z.array(z.tuple([z.string(), z.string()])),
    options: z.record(z.string(), z.unknown()),
  }),
  z.object({ keyspace: z.string() }),
]);

const digest = z.strictObject({
  table: z.string(),
  metadata: z.string(),
  versions: z.bigint(),
  sha256: z.string(),
});

/** Reads a golden store's tables and rows. */
export async function readGoldenCassandra(name: GoldenCassandra): Promise<GoldenStore> {
  const file = new URL(`../../../e2e/golden/cassandra/${name}.cql.jsonl.gz`, import.meta.url);
  const text = (await promisify(gunzip)(await readFile(file))).toString("utf8");
  const tables: GoldenTable[] = [];
  const rows: CassandraRow[] = [];
  for (const one of text.split("\n").filter((one) => one !== "")) {
    const parsed = line.parse(parseJson(one));
    if ("table" in parsed) tables.push({ ...parsed, name: parsed.table });
    if (!("row" in parsed)) continue;
    const [key, column1, column2, value, writeTime] = parsed.row;
    rows.push({
      table: parsed.t,
      key: fromHex(key),
      column1: fromHex(column1),
      column2,
      value: fromHex(value),
      writeTime,
    });
  }
  return { tables, rows };
}

/** The rows of one table, by its qualified name. */
export function goldenRows(store: GoldenStore, qualified: string): readonly CassandraRow[] {
  return store.rows.filter(({ table }) => cassandraQualifiedName(table) === qualified);
}

/** What AtlasDB's own reader said of a golden store: of each table its metadata, and how many versions of which digest. */
export async function readLogicalDump(name: GoldenCassandra) {
  const file = new URL("../../../e2e/golden/cassandra/logical-dumps.sha256.json.gz", import.meta.url);
  const text = (await promisify(gunzip)(await readFile(file))).toString("utf8");
  return z.record(z.string(), z.array(digest)).parse(parseJson(text))[name] ?? [];
}
