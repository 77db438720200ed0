import { AdapterError } from "#lib/errors.ts";
import {
  type CassandraTarget,
  type Connection,
  type Consistency,
  type Endpoint,
  withConnection,
} from "#lib/stores/cassandra/connection.ts";
import {
  backupOfTheDocuments,
  type Cell,
  decodeBound,
  rawCells,
  type TableContent,
} from "#lib/stores/cassandra/decode.ts";
import { optionalHex, optionalLong } from "#lib/stores/cassandra/fields.ts";
import {
  identityOf,
  readSite,
  serverOf,
  type Site,
  sourceOf,
  withCoordinator,
} from "#lib/stores/cassandra/site.ts";
import { readCellsCql } from "#lib/stores/cassandra/statements.ts";
import { type Cluster, readCluster, replicaDataCenters } from "#lib/stores/cassandra/topology.ts";
import type { BoundReading } from "#lib/stores/schema.ts";

/** The cells of the row `ts`; null where there is no table. */
export async function readContent(
  connection: Connection,
  site: Site,
  consistency: Consistency,
): Promise<TableContent | null> {
  if (site.table === null) return null;
  const { columns } = site.table;
  // A table of another shape cannot be asked for these columns; the state says so.
  if (decodeBound({ columns, cells: [] }).state === "unrecognised") return { columns, cells: [] };
  const rows = await connection.query(readCellsCql(site.name), consistency);
  const cells = rows.flatMap((row): readonly Cell[] => {
    const value = optionalHex(row, "value");
    const column1 = optionalHex(row, "column1");
    const column2 = optionalLong(row, "column2");
    if (value === null || column1 === null || column2 === null) return [];
    return [{ column1, column2, value, writtenAt: optionalLong(row, "written_at") }];
  });
  return { columns, cells };
}

async function read(
  connection: Connection,
  cluster: Cluster,
  { config }: CassandraTarget,
  consistency: "serial" | "local-quorum",
): Promise<BoundReading> {
  const site = await readSite(connection, cluster, config);
  const content = await readContent(connection, site, consistency);
  return {
    state: decodeBound(content),
    tr: backupOfTheDocuments(content),
    identity: identityOf(site),
    server: serverOf(connection, cluster),
    view: consistency === "serial" ? "serial" : `${cluster.self.dataCenter} local quorum`,
    raw: content === null ? [] : rawCells(content),
    source: sourceOf(connection, cluster, site.name),
    provenance: "observed",
    readAt: cluster.readAt,
  };
}

/**
 * The state of the bound, read at SERIAL: it sees every conditional write that was acknowledged, and finishes or discards one that hangs
 * half-way, as the next such write would. Source: atlasdb-facts C, H20
 * @throws AdapterError effect `none`
 */
export async function readBound(target: CassandraTarget): Promise<BoundReading> {
  return withCoordinator(target, (connection, cluster) => read(connection, cluster, target, "serial"));
}

/**
 * The bound as AtlasDB reads it, at LOCAL_QUORUM, once in every data centre that holds the keyspace, after a reading at SERIAL; each on a
 * connection of its own. Source: atlasdb-facts C (bound read), H20, H21
 * @throws AdapterError effect `none` when any of them cannot be read
 */
export async function readBack(target: CassandraTarget): Promise<readonly BoundReading[]> {
  const { cluster, serial, dataCenters } = await withCoordinator(target, async (connection, found) => {
    const site = await readSite(connection, found, target.config);
    return {
      cluster: found,
      serial: await read(connection, found, target, "serial"),
      dataCenters: replicaDataCenters(found, site.replication, target.config.localDataCenter),
    };
  });
  const readings = [serial];
  for (const dataCenter of dataCenters) readings.push(await readLocally(target, cluster, dataCenter));
  return readings;
}

/** One reading at LOCAL_QUORUM from the first node of a data centre that answers. */
export async function readLocally(
  target: CassandraTarget,
  cluster: Cluster,
  dataCenter: string,
): Promise<BoundReading> {
  return withNodeOf(target, cluster, dataCenter, (connection, seen) =>
    read(connection, seen, target, "local-quorum"),
  );
}

async function withNodeOf<T>(
  target: CassandraTarget,
  cluster: Cluster,
  dataCenter: string,
  work: (connection: Connection, cluster: Cluster) => Promise<T>,
): Promise<T> {
  const endpoints = endpointsIn(target, cluster, dataCenter);
  const failures: AdapterError[] = [];
  for (const endpoint of endpoints) {
    try {
      return await withConnection(target, endpoint, async (connection) => {
        const seen = await readCluster(connection, target.config);
        if (seen.self.dataCenter !== dataCenter) throw misplaced(endpoint, seen, dataCenter);
        return work(connection, seen);
      });
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      failures.push(error);
    }
  }
  const [first] = failures;
  throw new AdapterError(
    first?.code ?? "nodes-down",
    "none",
    `The bound cannot be read in the data centre ${dataCenter} (${endpoints.length} nodes tried). ${first?.message ?? "No node of it is known. Nothing was changed in the store."}`,
    { cause: first?.cause },
  );
}

function misplaced({ host, port }: Endpoint, { self }: Cluster, dataCenter: string): AdapterError {
  return new AdapterError(
    "data-centre-unknown",
    "none",
    `The node at ${host}:${port} says that it is in ${self.dataCenter}, the others say ${dataCenter}. Nothing was changed in the store.`,
  );
}

/** At most three nodes of a data centre are tried, contact points first. */
function endpointsIn(
  { config }: CassandraTarget,
  { nodes }: Cluster,
  dataCenter: string,
): readonly Endpoint[] {
  const given = new Set(config.contactPoints.map(({ host, port }) => `${host}:${port}`));
  return nodes
    .filter((node) => node.dataCenter === dataCenter)
    .map(({ endpoint }) => endpoint)
    .filter((endpoint) => endpoint !== null)
    .toSorted((a, b) => rank(a) - rank(b))
    .slice(0, 3);

  function rank({ host, port }: Endpoint): number {
    return given.has(`${host}:${port}`) ? 0 : 1;
  }
}
