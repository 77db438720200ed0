import { setTimeout as sleep } from "node:timers/promises";

import { types } from "cassandra-driver";

import {
  CASSANDRA_NAME_MAX,
  cassandraPhysicalName,
  cassandraTableOptions,
  column2Of,
  METADATA_COLUMN,
  metadataRow,
} from "#lib/atlasdb/cassandra-layout.ts";
import { METADATA_TABLE } from "#lib/atlasdb/tables.ts";
import { AdapterError, AppError } from "#lib/errors.ts";
import type { NewTable, StoreTable } from "#lib/mover/store-table.ts";
import { copyFailure } from "#lib/stores/cassandra/copy-errors.ts";
import type { CopySession } from "#lib/stores/cassandra/copy-session.ts";
import { listTables, newestFor, physicalNames, readMetadata } from "#lib/stores/cassandra/list-tables.ts";
import { createTableCql, qualified } from "#lib/stores/cassandra/statements.ts";

/**
 * Refuses tables that Cassandra or AtlasDB on it cannot hold. Source: atlasdb-facts E.1, G.7 (H38)
 * @throws AdapterError effect `none`: `name-too-long`, `name-taken`, `metadata-unreadable`
 */
export function checkTables(tables: readonly NewTable[]): void {
  refuseNames(tables);
  refuseTaken(
    [],
    tables.map(({ name }) => ({ name: cassandraPhysicalName(name) })),
  );
  for (const { name, metadata } of tables) readOptions(name, metadata);
}

/**
 * Creates tables with AtlasDB's options and id, and puts their metadata bytes into `_metadata`; what is there already with the same bytes is
 * left alone. Everything is read back. Source: atlasdb-facts E.2, E.4
 * @throws AdapterError effect `none` before anything was created (`name-too-long`, `name-taken`, `metadata-unreadable`), else `unknown`
 */
export async function createTables(session: CopySession, tables: readonly NewTable[]): Promise<void> {
  checkTables(tables);
  const present = await listTables(session);
  refuseOthers(present, tables);
  const missing = tables.filter(
    ({ name, metadata }) => !present.some((one) => one.name === name && one.metadata.equals(metadata)),
  );
  const options = missing.map(({ name, metadata }) => ({
    name: cassandraPhysicalName(name),
    options: readOptions(name, metadata),
  }));
  refuseTaken(await physicalNames(session), options);
  if (missing.length > 0) await createTable(session, METADATA_TABLE);
  for (const { name, options: chosen } of options) await createTable(session, name, chosen);
  await putMetadata(session, missing);
  await readBack(session, missing);
}

/** One without metadata was left by an interrupted creation, and is completed. */
function refuseOthers(present: readonly StoreTable[], wanted: readonly NewTable[]): void {
  const other = wanted.find(({ name, metadata }) =>
    present.some((one) => one.name === name && one.metadata.length > 0 && !one.metadata.equals(metadata)),
  );
  if (other === undefined) return;
  throw new AppError(
    "conflict",
    `The destination already has a table ${other.name} with other metadata. Nothing was changed. Run the setup, which drops it first.`,
  );
}

function readOptions(name: string, metadata: Buffer): ReturnType<typeof cassandraTableOptions> {
  try {
    if (metadata.length > 0) return cassandraTableOptions(metadata);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
  }
  throw new AdapterError(
    "metadata-unreadable",
    "none",
    `The source has no metadata for the table ${name} that AtlasDB would understand. Nothing was changed in the store.`,
  );
}

function refuseNames(tables: readonly NewTable[]): void {
  const long = tables.find(({ name }) => cassandraPhysicalName(name).length > CASSANDRA_NAME_MAX);
  if (long !== undefined) {
    throw new AdapterError(
      "name-too-long",
      "none",
      `Cassandra takes table names of at most ${CASSANDRA_NAME_MAX} characters, and ${cassandraPhysicalName(long.name)} is longer. This store cannot be moved to Cassandra as it is. Nothing was changed in the store.`,
    );
  }
}

/** AtlasDB looks tables up whatever their case, so two that differ by it alone cannot be told apart. Source: atlasdb-facts E.1 */
function refuseTaken(present: readonly string[], wanted: readonly { readonly name: string }[]): void {
  const names = [...new Set([...present, ...wanted.map(({ name }) => name)])];
  for (const [index, name] of names.entries()) {
    const other = names.slice(index + 1).find((one) => one.toLowerCase() === name.toLowerCase());
    if (other === undefined) continue;
    throw new AdapterError(
      "name-taken",
      "none",
      `The tables ${name} and ${other} differ by upper and lower case only, which AtlasDB on Cassandra cannot tell apart. Nothing was changed in the store.`,
    );
  }
}

async function createTable(
  session: CopySession,
  table: string,
  options?: ReturnType<typeof cassandraTableOptions>,
): Promise<void> {
  const { keyspace, cluster } = session;
  await define(session, createTableCql({ keyspace, table }, cluster.generation, options));
}

/** One change of the schema; the driver waits until all nodes agree on it. */
async function define(session: CopySession, cql: string): Promise<void> {
  try {
    await session.client.execute(cql, [], { prepare: false, isIdempotent: false, readTimeout: 120_000 });
  } catch (error) {
    throw copyFailure(error, "unknown");
  }
}

/** Entries bear the wall clock, twice; one that replaces another must be later than it. Source: atlasdb-facts E.4, golden */
async function putMetadata(session: CopySession, tables: readonly NewTable[]): Promise<void> {
  const entries = await readMetadata(session);
  const now = BigInt(Date.now());
  for (const { name, metadata } of tables) {
    const before = newestFor(entries, name)?.millis ?? 0n;
    const millis = before >= now ? before + 1n : now;
    await write(
      session,
      `INSERT INTO ${metadataTable(session)} (key, column1, column2, value) VALUES (?, ?, ?, ?) USING TIMESTAMP ${millis}`,
      [Buffer.from(metadataRow(name)), Buffer.from(METADATA_COLUMN), column2Of(millis), metadata],
    );
  }
}

async function readBack(session: CopySession, tables: readonly NewTable[]): Promise<void> {
  const entries = tables.length === 0 ? [] : await readMetadata(session);
  const wrong = tables.find(
    ({ name, metadata }) => newestFor(entries, name)?.metadata.equals(metadata) !== true,
  );
  if (wrong === undefined) return;
  throw new AdapterError(
    "metadata-not-kept",
    "unknown",
    `The metadata of ${wrong.name} was written and cannot be read back: an earlier deletion bears a later time. Compare the clocks of this machine and of the cluster, wait until this one is ahead, and set up again.`,
  );
}

/**
 * Drops tables and their metadata; missing ones are skipped. Each is emptied first, because the id that AtlasDB gives a table is the same
 * when it is made again. Source: atlasdb-facts E.2 (CassandraTableDropper)
 * @throws AdapterError effect `unknown`: calling it again is safe
 */
export async function dropTables(session: CopySession, names: readonly string[]): Promise<void> {
  const present = await physicalNames(session);
  for (const name of names) {
    const table = qualified({ keyspace: session.keyspace, table: cassandraPhysicalName(name) });
    if (!present.includes(cassandraPhysicalName(name))) continue;
    await define(session, `TRUNCATE ${table}`);
    await define(session, `DROP TABLE IF EXISTS ${table}`);
  }
  if (!present.includes(METADATA_TABLE)) return;
  const entries = await readMetadata(session);
  const dropped = new Set(names.map((name) => name.toLowerCase()));
  const now = BigInt(Date.now());
  for (const { key, millis } of entries) {
    if (!dropped.has(key.toString("utf8").toLowerCase())) continue;
    const at = millis > now ? millis : now;
    await write(session, `DELETE FROM ${metadataTable(session)} USING TIMESTAMP ${at} WHERE key = ?`, [key]);
  }
  // What is created again from now on must bear a later time than the deletion.
  await sleep(2);
}

function metadataTable({ keyspace }: CopySession): string {
  return qualified({ keyspace, table: METADATA_TABLE });
}

async function write(session: CopySession, cql: string, params: readonly (Buffer | bigint)[]): Promise<void> {
  try {
    await session.client.execute(cql, [...params], {
      prepare: true,
      consistency: types.consistencies.eachQuorum,
      isIdempotent: true,
    });
  } catch (error) {
    throw copyFailure(error, "unknown");
  }
}
