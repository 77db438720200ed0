import {
  cassandraPhysicalName,
  cassandraQualifiedName,
  isHiddenInCassandra,
} from "#lib/atlasdb/cassandra-layout.ts";
import { METADATA_TABLE, TIMESTAMP_TABLE } from "#lib/atlasdb/tables.ts";
import { AdapterError } from "#lib/errors.ts";
import type { CoordinationSurvey, StoreSurvey, StoreSurveyor } from "#lib/mover/store-survey.ts";
import type { CassandraTarget } from "#lib/stores/cassandra/connection.ts";
import { type CopySession, openCopySession } from "#lib/stores/cassandra/copy-session.ts";
import { listTables, physicalNames } from "#lib/stores/cassandra/list-tables.ts";
import { readCoordination } from "#lib/stores/cassandra/read-commits.ts";

/** Looks at a Cassandra store as a whole. It shows no marks: host ids tell clusters apart, whatever address led there. */
export function cassandraSurveyor(target: CassandraTarget): StoreSurveyor {
  return {
    async survey() {
      const session = await openCopySession(target);
      try {
        return await surveyStore(session);
      } finally {
        await session.close();
      }
    },
    physicalName: cassandraPhysicalName,
    showMark: async (work) => work(null),
    seesMark: async () => false,
  };
}

async function surveyStore(session: CopySession): Promise<StoreSurvey> {
  const { cluster, keyspace } = session;
  const names = await physicalNames(session);
  return {
    place: {
      kind: "cassandra",
      cluster: cluster.name,
      hostIds: cluster.nodes.flatMap(({ hostId }) => (hostId === null ? [] : [hostId])),
      keyspace,
    },
    version: cluster.version,
    catalogue: names.includes(METADATA_TABLE) ? "present" : "absent",
    tables: await listTables(session),
    missing: [],
    strangers: names.filter(
      (name) =>
        isHiddenInCassandra(cassandraQualifiedName(name)) &&
        name !== METADATA_TABLE &&
        name !== TIMESTAMP_TABLE,
    ),
    otherPrefixes: [],
    unreadable: null,
    undroppable: null,
    mayCreate: null,
    coordination: await surveyCoordination(session),
    serverTransactions: null,
    readAt: cluster.readAt,
  };
}

async function surveyCoordination(session: CopySession): Promise<CoordinationSurvey> {
  try {
    const state = await readCoordination(session);
    if (state === null) return { state: "absent" };
    return {
      state: "read",
      schemas: [...new Set(state.mapping.map(({ schema }) => schema))].toSorted((a, b) => a - b),
    };
  } catch (error) {
    if (error instanceof AdapterError && error.code === "coordination-unreadable")
      return { state: "unreadable", message: error.message };
    throw error;
  }
}
