import { cassandraPhysicalName } from "#lib/atlasdb/cassandra-layout.ts";
import type { CellSink } from "#lib/mover/cell-sink.ts";
import { CassandraShardWriter } from "#lib/stores/cassandra/cell-writer.ts";
import type { CassandraTarget } from "#lib/stores/cassandra/connection.ts";
import { openCopySession } from "#lib/stores/cassandra/copy-session.ts";
import { checkTables, createTables, dropTables } from "#lib/stores/cassandra/create-tables.ts";
import { listTables } from "#lib/stores/cassandra/list-tables.ts";
import { putCommit } from "#lib/stores/cassandra/put-commit.ts";
import { qualified } from "#lib/stores/cassandra/statements.ts";
import { WriteGate } from "#lib/stores/cassandra/write-gate.ts";

/**
 * A Cassandra store as a destination of cells. Writes at EACH_QUORUM, as AtlasDB does, every cell with write time S; keeps no checkpoints,
 * because cells may be written again without harm. @throws AdapterError effect `none`
 */
export async function openCassandraCellSink(target: CassandraTarget): Promise<CellSink> {
  const session = await openCopySession(target);
  const gate = new WriteGate();
  const { keyspace } = session;
  return {
    keepsCheckpoints: false,
    listTables: async () => listTables(session),
    checkTables,
    createTables: async (tables) => createTables(session, tables),
    dropTables: async (names) => dropTables(session, names),
    putCommit: async (start, commit) => putCommit(session, start, commit),
    openShard: async ({ shard, start }) => {
      const table = qualified({ keyspace, table: cassandraPhysicalName(shard.table) });
      return new CassandraShardWriter(session, table, start, gate);
    },
    // A cell that is written twice at S is one cell, so nothing is kept beside.
    forget: async () => undefined,
    close: session.close,
  };
}
