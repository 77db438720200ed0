import { fromHex } from "#lib/atlasdb/encoding.ts";
import {
  internalTableName,
  METADATA_TABLE,
  parseTableReference,
  TIMESTAMP_TABLE,
} from "#lib/atlasdb/tables.ts";
import type { Session } from "#lib/sandbox/cassandra/session.ts";
import { PLAIN_TABLE_METADATA, SYSTEM_TABLES } from "#lib/sandbox/system-tables.ts";
import { createTableCql, qualified } from "#lib/stores/cassandra/statements.ts";

/** Metadata that AtlasDB writes for the table of the bound. Source: golden data, cassandra/source.cql.jsonl (`_metadata`) */
const TIMESTAMP_METADATA =
  "0a1c0a180a0e74696d657374616d705f6e616d651003180120013001180012200a1e0a027473120e63757272656e745f6d61785f74731a0608021801200320011801204030004000480158006000";
const METADATA_COLUMN = Uint8Array.of(0x6d);

type Listed = { readonly name: string; readonly metadata: string };

/** AtlasDB's own tables; on Cassandra `_metadata` and `_timestamp` are listed too. Source: atlasdb-observed (Cassandra stores) */
const OWN_TABLES: readonly Listed[] = [
  { name: METADATA_TABLE, metadata: "" },
  { name: TIMESTAMP_TABLE, metadata: TIMESTAMP_METADATA },
  ...SYSTEM_TABLES,
];

/**
 * Creates what a start of AtlasDB creates and then the service's own tables, leaving alone what `_metadata` already lists.
 * Source: atlasdb-facts E.1, E.2, E.4
 */
export async function createTables(session: Session, userTables: readonly string[]): Promise<void> {
  const wanted = [...OWN_TABLES, ...userTables.map((name) => ({ name, metadata: PLAIN_TABLE_METADATA }))];
  await session.define(createTableCql(nameOf(session, METADATA_TABLE), session.generation));
  const rows = await session.run(
    `SELECT DISTINCT key FROM ${relation(session, METADATA_TABLE)}`,
    [],
    "local-quorum",
  );
  const known = new Set(rows.map((row) => (row["key"] as Buffer).toString("utf8")));
  for (const table of wanted.filter(({ name }) => !known.has(name.toLowerCase()))) {
    await session.define(createTableCql(nameOf(session, table.name), session.generation));
    await writeMetadata(session, table);
  }
}

/** Empties every table of the keyspace. Tables keep their ids, so they are never dropped. Source: atlasdb-facts E.2 */
export async function emptyTables(session: Session): Promise<void> {
  const rows = await session.run(
    `SELECT columnfamily_name AS name FROM system.schema_columnfamilies WHERE keyspace_name = '${session.keyspace}'`,
    [],
    "local-quorum",
  );
  for (const { name } of rows) {
    if (typeof name !== "string") continue;
    await session.define(`TRUNCATE ${qualified({ keyspace: session.keyspace, table: name })}`);
  }
}

/** The relation of a qualified table name, quoted and in its keyspace. */
export function relation(session: Session, table: string): string {
  return qualified(nameOf(session, table));
}

function nameOf(session: Session, table: string) {
  return { keyspace: session.keyspace, table: internalTableName(parseTableReference(table)) };
}

/** Written at the wall clock, newest wins. Source: atlasdb-facts E.4 */
async function writeMetadata(session: Session, { name, metadata }: Listed): Promise<void> {
  const millis = BigInt(Date.now());
  await session.run(
    `INSERT INTO ${relation(session, METADATA_TABLE)} (key, column1, column2, value) VALUES (?, ?, ?, ?) USING TIMESTAMP ?`,
    [new TextEncoder().encode(name.toLowerCase()), METADATA_COLUMN, ~millis, fromHex(metadata), millis],
    "each-quorum",
  );
}
