import {
  cassandraQualifiedName,
  isHiddenInCassandra,
  METADATA_COLUMN,
} from "#lib/atlasdb/cassandra-layout.ts";
import { METADATA_TABLE } from "#lib/atlasdb/tables.ts";
import type { StoreTable } from "#lib/mover/store-table.ts";
import { CellCursor } from "#lib/mover/cell-block.ts";
import { PageSize, readPages, readSome } from "#lib/stores/cassandra/cell-pages.ts";
import type { CopySession } from "#lib/stores/cassandra/copy-session.ts";
import { qualified } from "#lib/stores/cassandra/statements.ts";

/** One entry of `_metadata`: the newest of its row, `millis` being its timestamp. */
export type MetadataEntry = { readonly key: Buffer; readonly millis: bigint; readonly metadata: Buffer };

/**
 * The tables that AtlasDB would list, with their metadata; empty where the store has none for a table, which AtlasDB's own setup refuses.
 * Names keep the case of the table; metadata is found whatever its case. Source: atlasdb-facts E.1, E.4
 * @throws AdapterError effect `none`
 */
export async function listTables(session: CopySession): Promise<readonly StoreTable[]> {
  const names = await physicalNames(session);
  const entries = names.includes(METADATA_TABLE) ? await readMetadata(session) : [];
  return names
    .map((physicalName) => ({ name: cassandraQualifiedName(physicalName), physicalName }))
    .filter(({ name }) => !isHiddenInCassandra(name))
    .map((table) => ({ ...table, metadata: newestFor(entries, table.name)?.metadata ?? Buffer.alloc(0) }));
}

/** Every table of the keyspace. */
export async function physicalNames(session: CopySession): Promise<readonly string[]> {
  const cql =
    session.cluster.generation === "2.2"
      ? "SELECT columnfamily_name AS name FROM system.schema_columnfamilies WHERE keyspace_name = ?"
      : "SELECT table_name AS name FROM system_schema.tables WHERE keyspace_name = ?";
  const rows = await readSome(session, cql, [session.keyspace], { rows: 100_000 });
  return rows.map((row): unknown => row["name"]).filter((name) => typeof name === "string");
}

/** The newest entry for a table, by its qualified name in any case. */
export function newestFor(entries: readonly MetadataEntry[], name: string): MetadataEntry | null {
  const wanted = name.toLowerCase();
  return entries
    .filter(({ key }) => key.toString("utf8").toLowerCase() === wanted)
    .reduce<MetadataEntry | null>(
      (newest, entry) => (newest === null || entry.millis > newest.millis ? entry : newest),
      null,
    );
}

/** Every row of `_metadata`, its newest version alone. @throws AdapterError effect `none` */
export async function readMetadata(session: CopySession): Promise<readonly MetadataEntry[]> {
  const table = qualified({ keyspace: session.keyspace, table: METADATA_TABLE });
  const entries: MetadataEntry[] = [];
  const pages = readPages(session, `SELECT key, column1, column2, value FROM ${table}`, [], {
    size: new PageSize(),
  });
  const cursor = new CellCursor();
  for await (const block of pages) {
    cursor.reset(block);
    while (cursor.next()) {
      const { row: key, column, timestamp: millis, value } = cursor;
      if (!column.equals(METADATA_COLUMN) || entries.at(-1)?.key.equals(key) === true) continue;
      // The records of a block share one buffer, which is not to be kept for a few bytes of it.
      entries.push({ key: Buffer.from(key), millis, metadata: Buffer.from(value) });
    }
  }
  return entries;
}
