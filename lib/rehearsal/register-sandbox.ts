import { createCluster } from "#lib/inventory/create-cluster.ts";
import { createSandboxEnvironment } from "#lib/inventory/create-environment.ts";
import { createService } from "#lib/inventory/create-service.ts";
import { createStore } from "#lib/inventory/create-store.ts";
import { listClusters } from "#lib/inventory/list-clusters.ts";
import { listServices } from "#lib/inventory/list-services.ts";
import { listStores } from "#lib/inventory/list-stores.ts";
import {
  type ClusterDto,
  type StoreDto,
  createClusterInput,
  createEnvironmentInput,
  createServiceInput,
  createStoreInput,
  updateClusterInput,
  updateStoreInput,
} from "#lib/inventory/schema.ts";
import { updateCluster } from "#lib/inventory/update-cluster.ts";
import { updateStore } from "#lib/inventory/update-store.ts";
import { database } from "#lib/db/client.ts";
import type { Context } from "#lib/people/actor.ts";
import type { SandboxOffer } from "#lib/rehearsal/schema.ts";

const QUIET_WINDOW_SECONDS = 10;
const NO_CERTIFICATES = { caCertificates: "", clientCertificate: "", clientKey: "" } as const;

/**
 * Enters the sandbox into the inventory: its environment, TimeLock, stores and services. What is there already, by name and whether
 * archived or not, is left as people made it; only addresses that the sandbox itself had to change are mended. Needs the system as actor.
 * Returns the environment, or null where a person has archived it.
 */
export async function registerSandbox(ctx: Context, offer: SandboxOffer): Promise<string | null> {
  const environmentId = await ensureEnvironment(ctx);
  if (environmentId === null) return null;
  const clusterId = await ensureCluster(ctx, environmentId, offer.cluster);
  const stores = new Map<string, string>();
  for (const store of offer.stores) stores.set(store.name, await ensureStore(ctx, environmentId, store));
  const filter = { environment: environmentId, archived: "yes" } as const;
  const known = new Set((await listServices(ctx, filter)).map((service) => service.name));
  for (const service of offer.services.filter(({ name }) => !known.has(name))) {
    const onTimelock = service.source === "timelock";
    await createService(
      ctx,
      createServiceInput.parse({
        environmentId,
        name: service.name,
        storeId: stores.get(service.store),
        timestampSource: service.source,
        clusterId: onTimelock ? clusterId : "",
        namespace: onTimelock ? service.namespace : "",
        atlasdbVersion: "0.1175.0",
        notes: service.description,
        nodes: service.nodes.map((name) => ({ id: null, name, address: "", kind: "node" })),
        dependents: [],
      }),
    );
  }
  return environmentId;
}

async function ensureEnvironment(ctx: Context): Promise<string | null> {
  const found = await database().environment.findFirst({
    where: { sandbox: true },
    orderBy: { archivedAt: { sort: "asc", nulls: "first" } },
  });
  if (found !== null) return found.archivedAt === null ? found.id : null;
  const input = createEnvironmentInput.parse({
    name: await freeName("Sandbox"),
    tier: "development",
    colour: "teal",
    contact: "Nobody has to be called: this is a rehearsal.",
    quietWindowSeconds: QUIET_WINDOW_SECONDS,
  });
  return (await createSandboxEnvironment(ctx, input)).id;
}

/** Somebody may have given the name to an environment of their own. */
async function freeName(wanted: string): Promise<string> {
  const taken = await database().environment.findFirst({ where: { name: wanted, archivedAt: null } });
  return taken === null ? wanted : `${wanted} (rehearsal)`;
}

async function ensureCluster(
  ctx: Context,
  environmentId: string,
  cluster: SandboxOffer["cluster"],
): Promise<string> {
  const known = await listClusters(ctx, { environment: environmentId, archived: "yes" });
  const found = known.find(({ name }) => name === cluster.name);
  const nodes = cluster.nodes.map(({ url }) => ({ url, alias: "" }));
  if (found === undefined) {
    const { name, basePath, token } = cluster;
    const fresh = { environmentId, name, basePath, token, nodes, serverName: "", ...NO_CERTIFICATES };
    return (await createCluster(ctx, createClusterInput.parse(fresh))).id;
  }
  if (found.archivedAt === null && hasMoved(found, cluster)) {
    const mended = { ...formOf(found), token: "", nodes, ...NO_CERTIFICATES };
    await updateCluster(ctx, updateClusterInput.parse(mended));
  }
  return found.id;
}

/** The sandbox's own nodes have other ports than recorded. A person's other addresses are not touched. */
function hasMoved(found: ClusterDto, cluster: SandboxOffer["cluster"]): boolean {
  const isOurs = found.nodes.every(({ url }) => new URL(url).hostname === "127.0.0.1");
  const same = found.nodes.map(({ url }) => url).join() === cluster.nodes.map(({ url }) => url).join();
  return isOurs && !same && found.nodes.length === cluster.nodes.length;
}

function formOf(found: ClusterDto) {
  return {
    id: found.id,
    seenVersion: found.version,
    name: found.name,
    basePath: found.basePath,
    balancer: found.balancer,
    serverName: found.serverName ?? "",
  };
}

async function ensureStore(
  ctx: Context,
  environmentId: string,
  store: SandboxOffer["stores"][number],
): Promise<string> {
  const known = await listStores(ctx, { environment: environmentId, archived: "yes" });
  const found = known.find(({ name }) => name === store.name);
  const fields = fieldsOf(store);
  if (found === undefined)
    return (await createStore(ctx, createStoreInput.parse({ environmentId, ...fields }))).id;
  if (found.archivedAt === null && isElsewhere(found, store)) {
    const mended = { id: found.id, seenVersion: found.version, ...fields };
    await updateStore(ctx, updateStoreInput.parse(mended));
  }
  return found.id;
}

function fieldsOf(store: SandboxOffer["stores"][number]) {
  if (store.kind === "postgres")
    return { ...store, tlsMode: "disable", tablePrefix: "", schema: "", ...NO_CERTIFICATES };
  const { host, port, ...others } = store;
  return {
    ...others,
    contactPoints: [{ host, port }],
    tlsMode: "disable",
    serverName: "",
    ...NO_CERTIFICATES,
  };
}

/** The same database or keyspace of the sandbox, at another port than recorded. */
function isElsewhere({ connection }: StoreDto, store: SandboxOffer["stores"][number]): boolean {
  if (connection.kind === "postgres" && store.kind === "postgres") {
    const isOurs = connection.host === store.host && connection.database === store.database;
    return isOurs && connection.port !== store.port;
  }
  if (connection.kind !== "cassandra" || store.kind !== "cassandra") return false;
  const [point] = connection.contactPoints;
  const isOurs = point?.host === store.host && connection.keyspace === store.keyspace;
  return isOurs && point.port !== store.port;
}
