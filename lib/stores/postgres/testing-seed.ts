import type { Client } from "pg";

import { encodeVarLong, toHex } from "#lib/atlasdb/encoding.ts";
import { SOME_METADATA } from "#lib/mover/testing-store.ts";

/** How a seeded table's keys lie: hashed over the whole range, one after the other, behind a long common prefix, or all in one row. */
export const KEY_SHAPES = {
  hashed: { row: "decode(md5(i::text), 'hex')", column: "'\\x63'::bytea" },
  sequential: { row: "decode(lpad(to_hex(i), 16, '0'), 'hex')", column: "'\\x63'::bytea" },
  prefix: {
    row: "convert_to('a/very/long/common/prefix/' || lpad(i::text, 12, '0'), 'UTF8')",
    column: "'\\x63'::bytea",
  },
  hot: { row: "'\\x686f74'::bytea", column: "decode(lpad(to_hex(i), 16, '0'), 'hex')" },
} as const;

/** A seeded store: `cells` in each of its tables, one a shape, `versions` of each; every tenth cell's newest version is uncommitted. */
export type Seed = { readonly cells: number; readonly versions: number; readonly valueBytes: number };

/** Starts of the seeded transactions: version n of cell i was written by one of these 20. */
const FIRST_START = 10_001n;
const STARTS_PER_VERSION = 20;

/** A timestamp above everything seeded: S of a copy. */
export const SEED_START = 9_100_000_000_000_001n;

/** Fills an empty database with an AtlasDB-shaped store. */
export async function seedStore(client: Client, seed: Seed): Promise<void> {
  await client.query(
    "CREATE TABLE _metadata (table_name VARCHAR(2000) NOT NULL, table_size BIGINT NOT NULL, value BYTEA, CONSTRAINT pk__metadata PRIMARY KEY (table_name))",
  );
  await createTable(client, "_transactions");
  for (const shape of Object.keys(KEY_SHAPES)) await createTable(client, `app.${shape}`);
  await seedTransactions(client, seed.versions);
  for (const [shape, { row, column }] of Object.entries(KEY_SHAPES)) {
    await client.query(
      `INSERT INTO app__${shape}
       SELECT ${row}, ${column}, ${FIRST_START} + (v * ${STARTS_PER_VERSION} + i % ${STARTS_PER_VERSION}) * 10 +
           CASE WHEN v = ${seed.versions} AND i % 10 = 0 THEN 5 ELSE 0 END,
         decode(left(repeat(md5(v || '/' || i), ${Math.ceil(seed.valueBytes / 16)}), ${seed.valueBytes * 2}), 'hex')
       FROM generate_series(1, ${seed.cells}) AS i, generate_series(1, ${seed.versions}) AS v`,
    );
  }
  await client.query("ANALYZE");
}

async function createTable(client: Client, name: string): Promise<void> {
  const relation = name.replace(".", "__");
  await client.query(
    `CREATE TABLE ${relation} (row_name BYTEA NOT NULL, col_name BYTEA NOT NULL, ts INT8 NOT NULL, val BYTEA,
       CONSTRAINT pk_${relation} PRIMARY KEY (row_name, col_name, ts))`,
  );
  await client.query("INSERT INTO _metadata VALUES ($1, 3, decode($2, 'hex'))", [name, toHex(SOME_METADATA)]);
}

async function seedTransactions(client: Client, versions: number): Promise<void> {
  for (let version = 1; version <= versions; version += 1) {
    for (let at = 0; at < STARTS_PER_VERSION; at += 1) {
      const start = FIRST_START + BigInt(version * STARTS_PER_VERSION + at) * 10n;
      await client.query("INSERT INTO _transactions VALUES ($1, '\\x74', 0, $2)", [
        Buffer.from(encodeVarLong(start)),
        Buffer.from(encodeVarLong(start + 1n)),
      ]);
    }
  }
}

const CHECKSUM =
  "count(*) || '/' || coalesce(sum(hashtext(encode(row_name, 'hex') || '/' || encode(col_name, 'hex') || '/' || encode(val, 'hex'))::numeric), 0)";

/**
 * The tables that are not a copy of the seeded ones, as two plain SQL statements a table see it: other cells or values than the newest
 * committed ones, or any version beside those at S.
 */
export async function wrongTables(source: Client, destination: Client): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const shape of Object.keys(KEY_SHAPES)) {
    const wanted = await source.query<{ sum: string }>(
      `SELECT ${CHECKSUM} AS sum FROM (
         SELECT DISTINCT ON (row_name, col_name) * FROM app__${shape} s WHERE (s.ts - ${FIRST_START}) % 10 = 0
         ORDER BY row_name, col_name, s.ts DESC) AS newest`,
    );
    const made = await destination.query<{ sum: string; others: boolean }>(
      `SELECT ${CHECKSUM} AS sum, coalesce(bool_or(ts <> ${SEED_START}), false) AS others FROM app__${shape}`,
    );
    if (made.rows[0]?.others !== false || wanted.rows[0]?.sum !== made.rows[0].sum) wrong.push(shape);
  }
  return wrong;
}
