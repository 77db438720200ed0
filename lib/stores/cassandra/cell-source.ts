import { cassandraPhysicalName } from "#lib/atlasdb/cassandra-layout.ts";
import type { CellSource } from "#lib/mover/cell-source.ts";
import { PageSize, readSome } from "#lib/stores/cassandra/cell-pages.ts";
import type { CassandraTarget } from "#lib/stores/cassandra/connection.ts";
import { type CopySession, openCopySession } from "#lib/stores/cassandra/copy-session.ts";
import { listTables } from "#lib/stores/cassandra/list-tables.ts";
import { planCuts } from "#lib/stores/cassandra/plan-cuts.ts";
import { openCommitReader } from "#lib/stores/cassandra/read-commits.ts";
import { readVersions } from "#lib/stores/cassandra/read-versions.ts";
import { SpooledTables } from "#lib/stores/cassandra/spooled-tables.ts";
import { qualified } from "#lib/stores/cassandra/statements.ts";

/**
 * A Cassandra store as a source of cells. Reads at LOCAL_QUORUM, and what no commit is found for once more at SERIAL. On a cluster that is
 * not byte-ordered a table is what it was when it was first read, sorted in temporary files: open a source anew for each run.
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
  const sizes = new Map<string, PageSize>();
  const spooled = session.ordered ? null : new SpooledTables(session);
  const nameOf = (table: string) =>
    qualified({ keyspace: session.keyspace, table: cassandraPhysicalName(table) });
  return {
    commits: await openCommitReader(session),
    listTables: async () => listTables(session),
    planCuts: async (table, size) => planCuts(session, cassandraPhysicalName(table), size),
    async *readVersions(table, range) {
      const name = nameOf(table);
      if (spooled !== null) {
        yield* (await spooled.of(name)).read(range);
        return;
      }
      const size = sizes.get(name) ?? new PageSize();
      sizes.set(name, size);
      yield* readVersions(session, name, range, size);
    },
    readAhead: (tables) => spooled?.expect(tables.map(nameOf)),
    async holdsCells(table) {
      return (await readSome(session, `SELECT key FROM ${nameOf(table)} LIMIT 1`, [])).length > 0;
    },
    close: async () => {
      await spooled?.close();
      await session.close();
    },
  };
}
