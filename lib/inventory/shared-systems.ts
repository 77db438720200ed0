import type { Tx } from "#lib/db/transact-handle.ts";
import type { StoreIdentity } from "#lib/stores/schema.ts";

/** Another service that is on the same system, and its environment. */
export type SharingService = { readonly id: string; readonly name: string; readonly environment: string };

type Reader = Pick<Tx, "timelockCluster" | "service" | "store" | "migration">;

const UNFINISHED = ["open", "watching"];
const NEIGHBOURS_MAX = 50;
const NAMED = { id: true, name: true, environment: { select: { name: true } } } as const;

/**
 * The clusters of the inventory that are this very TimeLock, itself among them: entered in several environments or under several names,
 * they have an address and the base path in common.
 */
export async function sameTimelock(tx: Reader, clusterId: string): Promise<readonly string[]> {
  const cluster = await tx.timelockCluster.findUnique({
    where: { id: clusterId },
    select: { basePath: true, nodes: { select: { url: true } } },
  });
  if (cluster === null) return [clusterId];
  const sharing = await tx.timelockCluster.findMany({
    where: {
      basePath: cluster.basePath,
      nodes: { some: { url: { in: cluster.nodes.map(({ url }) => url) } } },
    },
    select: { id: true },
  });
  return [clusterId, ...sharing.map(({ id }) => id).filter((id) => id !== clusterId)];
}

/** Services other than `serviceId` that use this namespace of this TimeLock, as recorded or by a migration that is not over. */
export async function servicesOnNamespace(
  tx: Reader,
  place: { readonly clusterId: string; readonly namespace: string },
  serviceId: string,
): Promise<readonly SharingService[]> {
  const on = {
    clusterId: { in: [...(await sameTimelock(tx, place.clusterId))] },
    namespace: place.namespace,
  };
  const moving = await tx.migration.findMany({
    where: { ...on, state: { in: UNFINISHED }, serviceId: { not: serviceId } },
    select: { serviceId: true },
  });
  const rows = await tx.service.findMany({
    where: {
      id: { not: serviceId },
      OR: [{ ...on, archivedAt: null }, { id: { in: moving.map((one) => one.serviceId) } }],
    },
    select: NAMED,
    orderBy: { name: "asc" },
  });
  return rows.map(named);
}

/** The other services that are recorded on this TimeLock, with their namespaces, at most fifty. */
export async function neighboursOf(
  tx: Reader,
  clusterId: string,
  serviceId: string,
): Promise<readonly { readonly service: string; readonly namespace: string }[]> {
  const rows = await tx.service.findMany({
    where: {
      id: { not: serviceId },
      clusterId: { in: [...(await sameTimelock(tx, clusterId))] },
      timestampSource: "timelock",
      namespace: { not: null },
      archivedAt: null,
    },
    select: { name: true, namespace: true },
    orderBy: { name: "asc" },
    take: NEIGHBOURS_MAX,
  });
  return rows.flatMap(({ name, namespace }) => (namespace === null ? [] : [{ service: name, namespace }]));
}

/** Services other than `serviceId` on this store, or on one that was pinned to the same table. An unknown system is like no other. */
export async function servicesOnStore(
  tx: Reader,
  place: { readonly storeId: string; readonly identity: StoreIdentity | null },
  serviceId: string,
): Promise<readonly SharingService[]> {
  const { storeId, identity } = place;
  const twins =
    identity === null || identity.system === null
      ? []
      : await tx.store.findMany({
          where: {
            identitySystem: identity.system,
            identityDatabase: identity.database,
            identitySchema: identity.schema,
            identityTable: identity.table,
            archivedAt: null,
          },
          select: { id: true },
        });
  const rows = await tx.service.findMany({
    where: {
      id: { not: serviceId },
      storeId: { in: [storeId, ...twins.map(({ id }) => id)] },
      archivedAt: null,
    },
    select: NAMED,
    orderBy: { name: "asc" },
  });
  return rows.map(named);
}

function named(row: {
  readonly id: string;
  readonly name: string;
  readonly environment: { readonly name: string };
}): SharingService {
  return { id: row.id, name: row.name, environment: row.environment.name };
}
