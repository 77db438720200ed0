import type { CassandraTarget, Connection } from "#lib/stores/cassandra/connection.ts";
import { BOUND_KEY, decodeBound, type TableContent } from "#lib/stores/cassandra/decode.ts";
import { optionalHex } from "#lib/stores/cassandra/fields.ts";
import { type Probed, probeNodes } from "#lib/stores/cassandra/nodes.ts";
import { partitionerName } from "#lib/stores/cassandra/partitioner.ts";
import { readContent } from "#lib/stores/cassandra/read-bound.ts";
import { accessFindings } from "#lib/stores/cassandra/rights-access.ts";
import {
  clusterFindings,
  describeReplication,
  nodeFindings,
  quorumFindings,
} from "#lib/stores/cassandra/rights-cluster.ts";
import { blocking, pass, warning } from "#lib/stores/cassandra/rights-words.ts";
import { readSite, type Site, sourceOf, withCoordinator } from "#lib/stores/cassandra/site.ts";
import { qualified } from "#lib/stores/cassandra/statements.ts";
import type { RightsReading, StoreFinding } from "#lib/stores/schema.ts";

/**
 * Everything that would make a later write fail or mean less than it says, found while clients still run.
 * @throws AdapterError effect `none` when the store cannot be read at all
 */
export async function readRights(target: CassandraTarget): Promise<RightsReading> {
  const { config } = target;
  const seen = await withCoordinator(target, async (connection, cluster) => {
    const site = await readSite(connection, cluster, config);
    const content = await readContent(connection, site, "serial");
    return {
      site,
      source: sourceOf(connection, cluster, site.name),
      findings: [
        ...clusterFindings(cluster, site.replication, config.keyspace, config.localDataCenter),
        ...(await tableFindings(connection, site, content)),
        ...(await accessFindings(connection, site, config.user)),
      ],
    };
  });
  const { cluster, replication } = seen.site;
  const probed = await probeNodes(target, cluster);
  return {
    findings: [
      ...seen.findings,
      ...nodeFindings(cluster, probed),
      ...(await quorumFindings(target, cluster, replication)),
    ],
    facts: factsOf(target, seen.site, probed),
    source: seen.source,
    readAt: cluster.readAt,
  };
}

function factsOf({ config }: CassandraTarget, site: Site, probed: readonly Probed[]): RightsReading["facts"] {
  const { cluster, replication } = site;
  const up = probed.filter(({ failure }) => failure === null);
  const centres = [...new Set(cluster.nodes.map(({ dataCenter }) => dataCenter))].toSorted();
  const count = (list: readonly Probed[], name: string) =>
    list.filter(({ node }) => node.dataCenter === name).length;
  return [
    { label: "Server version", value: cluster.version },
    { label: "Cluster", value: cluster.name },
    { label: "Partitioner", value: partitionerName(cluster.partitioner) },
    { label: "Replication", value: describeReplication(replication) },
    {
      label: "Nodes up",
      value: centres.map((name) => `${name}: ${count(up, name)} of ${count(probed, name)}`).join(", "),
    },
    {
      label: "Nodes down",
      value:
        probed
          .filter(({ failure }) => failure !== null)
          .map(({ node }) => `${node.address} (${node.dataCenter})`)
          .join(", ")
          .slice(0, 4000) || "none",
    },
    {
      label: "Schema versions",
      value: [...new Set(up.map(({ schemaVersion }) => schemaVersion ?? "unknown"))]
        .join(", ")
        .slice(0, 4000),
    },
    { label: "Our user", value: config.user ?? "none" },
    { label: "Table id", value: site.table?.id ?? "no table" },
    { label: "Server clock", value: cluster.readAt },
  ];
}

async function tableFindings(
  connection: Connection,
  site: Site,
  content: TableContent | null,
): Promise<StoreFinding[]> {
  const name = `${site.name.keyspace}.${site.name.table}`;
  if (site.table === null || content === null) {
    return [
      warning(
        "table-missing",
        `There is no table ${name}. AtlasDB creates it at its first start, so check cluster and keyspace if the service has run before.`,
      ),
    ];
  }
  const shape = decodeBound({ columns: site.table.columns, cells: [] });
  if (shape.state === "unrecognised") {
    return [blocking("table-shape", `The table ${name} cannot hold a bound: ${shape.detail}.`)];
  }
  return [
    pass("table-found", `The bound is in ${name} (id ${site.table.id}).`),
    ...(await otherRows(connection, site)),
    ...writtenInFuture(content, site.cluster.readAt),
  ];
}

async function otherRows(connection: Connection, { name }: Site): Promise<StoreFinding[]> {
  const rows = await connection.query(`SELECT DISTINCT key FROM ${qualified(name)} LIMIT 20`, "local-quorum");
  const others = rows.map((row) => optionalHex(row, "key")).filter((key) => key !== BOUND_KEY);
  if (others.length === 0) return [];
  return [
    warning(
      "other-rows",
      `The timestamp table has rows that AtlasDB does not write: ${others.map((key) => `0x${key ?? ""}`).join(", ")}. They are left alone; check that this is the service's table.`,
    ),
  ];
}

/** A cell written with a time ahead of the clock hides what a conditional write puts over it. Source: atlasdb-facts H20 */
function writtenInFuture({ cells }: TableContent, readAt: string): StoreFinding[] {
  const now = BigInt(new Date(readAt).getTime()) * 1000n;
  const ahead = cells.filter(({ writtenAt }) => writtenAt !== null && writtenAt > now + 60_000_000n);
  if (ahead.length === 0) return [];
  return [
    blocking(
      "written-in-future",
      "A cell of the bound carries a write time ahead of the server's clock, so a change that the server calls applied would stay invisible. Find out who wrote it with which clock; it can be changed once that time has passed.",
    ),
  ];
}
