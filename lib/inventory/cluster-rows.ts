import type { Reader } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import { environmentRefOf } from "#lib/inventory/environment-rows.ts";
import { LIST_ORDER } from "#lib/inventory/inventory-scope.ts";
import { markOf } from "#lib/inventory/inventory-secrets.ts";
import { clusterDto, type ClusterDto } from "#lib/inventory/schema.ts";

/** A condition on clusters, as Prisma takes it. */
export type ClusterWhere = NonNullable<
  NonNullable<Parameters<Reader["timelockCluster"]["findMany"]>[0]>["where"]
>;

/** The clusters that match, without their secrets. */
export async function findClusters(reader: Reader, where: ClusterWhere): Promise<readonly ClusterDto[]> {
  const rows = await reader.timelockCluster.findMany({
    where,
    include: {
      environment: true,
      nodes: { orderBy: { position: "asc" } },
      services: { where: { archivedAt: null }, select: { id: true, name: true }, orderBy: { name: "asc" } },
    },
    orderBy: [...LIST_ORDER],
  });
  return rows.map((row) =>
    clusterDto.parse({
      id: row.id,
      environment: environmentRefOf(row.environment),
      name: row.name,
      basePath: row.basePath,
      nodes: row.nodes.map(({ id, url, alias, position }) => ({ id, url, alias, position })),
      balancer: row.balancer,
      serverName: row.serverName,
      caCertificates: row.caCertificates,
      clientCertificate: row.clientCertificate,
      clientKey: markOf({ sealed: row.clientKeySealed, setAt: row.clientKeySetAt }),
      token: markOf({ sealed: row.tokenSealed, setAt: row.tokenSetAt }),
      services: row.services,
      archivedAt: row.archivedAt?.toISOString() ?? null,
      version: row.version,
    }),
  );
}

/** One cluster, archived or not. @throws AppError `not-found` */
export async function findCluster(reader: Reader, id: string): Promise<ClusterDto> {
  const [cluster] = await findClusters(reader, { id });
  if (cluster === undefined) throw new AppError("not-found", "There is no such TimeLock cluster.");
  return cluster;
}
