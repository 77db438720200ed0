import { cassandraPhysicalName } from "#lib/atlasdb/cassandra-layout.ts";
import type { CellSource } from "#lib/mover/cell-source.ts";
import type { CassandraTarget } from "#lib/stores/cassandra/connection.ts";
import { type CopySession, openCopySession } from "#lib/stores/cassandra/copy-session.ts";
import { listTables } from "#lib/stores/cassandra/list-tables.ts";
import { planCuts } from "#lib/stores/cassandra/plan-cuts.ts";
import { openCommitReader } from "#lib/stores/cassandra/read-commits.ts";
import { readVersions } from "#lib/stores/cassandra/read-versions.ts";
import { RowIndex } from "#lib/stores/cassandra/row-index.ts";
import { qualified } from "#lib/stores/cassandra/statements.ts";

/**
 * A Cassandra store as a source of cells. Reads at LOCAL_QUORUM, and what no commit is found for once more at SERIAL. On a cluster that is
 * not byte-ordered the rows of a table are those that it had when it was first read: open a source anew for each run.
 * @throws AdapterError effect `none`
 */
export async function openCassandraCellSource(target: CassandraTarget): Promise<CellSource> {
  const session = await openCopySession(target);
  try {
    return await sourceOn(session);
  } catch (error) {
    await session.close();
    throw error;
  }
}

async function sourceOn(session: CopySession): Promise<CellSource> {
  const index = session.ordered ? null : new RowIndex(session);
  return {
    commits: await openCommitReader(session),
    listTables: async () => listTables(session),
    planCuts: async (table, size) => planCuts(session, index, cassandraPhysicalName(table), size),
    readVersions: (table, range) => readVersions(session, index, quoted(session, table), range),
    close: session.close,
  };
}

function quoted({ keyspace }: CopySession, table: string): string {
  return qualified({ keyspace, table: cassandraPhysicalName(table) });
}
