import type { KnownInventory } from "#lib/atlasdb/import-match.ts";
import { listClusters } from "#lib/inventory/list-clusters.ts";
import { listServices } from "#lib/inventory/list-services.ts";
import { listStores } from "#lib/inventory/list-stores.ts";
import { addressesOf, storeDatabase } from "#lib/inventory/store-address.ts";
import type { Context } from "#lib/people/actor.ts";

/** What the person's environments have already, as far as it takes to recognise it in a file. */
export async function loadInventory(context: Context): Promise<KnownInventory> {
  const [stores, clusters, services] = await Promise.all([
    listStores(context, {}),
    listClusters(context, {}),
    listServices(context, {}),
  ]);
  return {
    stores: stores.map(({ id, name, environment, connection, tablePrefix }) => ({
      id,
      name,
      environmentId: environment.id,
      kind: connection.kind,
      addresses: addressesOf(connection),
      database: storeDatabase(connection),
      tablePrefix,
    })),
    clusters: clusters.map(({ id, name, environment, basePath, nodes }) => ({
      id,
      name,
      environmentId: environment.id,
      basePath,
      addresses: nodes.flatMap(({ url, alias }) => (alias === null ? [url] : [url, alias])),
    })),
    services: services.map(({ id, name, environment, store, cluster, namespace }) => ({
      id,
      name,
      environmentId: environment.id,
      storeId: store.id,
      clusterId: cluster?.id ?? null,
      namespace,
    })),
  };
}
