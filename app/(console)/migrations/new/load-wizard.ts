import { connectionLine } from "#components/inventory/store-words.ts";
import type { WizardService, WizardStore } from "#components/migrations/new-migration.tsx";
import { getStarts } from "#lib/freeze/get-starts.ts";
import { listClusters } from "#lib/inventory/list-clusters.ts";
import { listEnvironmentsFor } from "#lib/inventory/list-environments-for.ts";
import { listServices } from "#lib/inventory/list-services.ts";
import { listStores } from "#lib/inventory/list-stores.ts";
import type { ServiceDto, StoreDto } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { readableEnvironments } from "#lib/people/authorise.ts";
import { RUNBOOKS } from "#lib/runbooks/registry.ts";

/** What can be chosen from: services with whether this person may operate them, clusters, stores, and runbooks. */
export async function loadWizard(context: Context) {
  const [services, clusters, stores, operable, addable] = await Promise.all([
    listServices(context, {}),
    listClusters(context, {}),
    listStores(context, {}),
    readableEnvironments(context, ["operator"]),
    listEnvironmentsFor(context, ["administrator"]),
  ]);
  const environmentIds = [...new Set(services.map(({ environment }) => environment.id))];
  const starts = await Promise.all(environmentIds.map(async (id) => getStarts(context, id)));
  return {
    starts: starts.map(({ environment, status }) => ({ environment, status })),
    services: services.map((service) => ({
      ...wizardService(service),
      canOperate: operable === "all" || operable.has(service.environment.id),
    })),
    clusters: clusters.map(({ id, name, environment }) => ({ id, name, environmentId: environment.id })),
    stores: stores.map(wizardStore),
    mayAddStores: addable.map(({ id }) => id),
    runbooks: RUNBOOKS.map(({ id, title, summary, asks, offeredTo, mends }) => ({
      id,
      title,
      description: summary,
      asks,
      offeredTo: [...offeredTo],
      mends: mends === undefined ? null : { ...mends },
    })),
  };
}

function wizardService(service: ServiceDto): Omit<WizardService, "canOperate"> {
  const { id, name, environment, store, cluster, namespace, nodes } = service;
  const source =
    service.timestampSource === "embedded"
      ? "embedded timestamps"
      : `timestamps from ${cluster?.name ?? "TimeLock"}`;
  const count = `${nodes.length} ${nodes.length === 1 ? "node" : "nodes"}`;
  return {
    id,
    name,
    environment,
    description: `${environment.tier}: store ${store.name} (${store.kind}), ${source}, ${count}.`,
    timestampSource: service.timestampSource,
    clusterId: cluster?.id ?? null,
    namespace,
    storeId: store.id,
  };
}

function wizardStore(store: StoreDto): WizardStore {
  const { id, name, environment, connection, services } = store;
  return {
    id,
    name,
    environmentId: environment.id,
    kind: connection.kind,
    place: connectionLine(store),
    keyspace: connection.kind === "cassandra" ? connection.keyspace : null,
    usedBy: services.map((service) => ({ id: service.id, name: service.name })),
  };
}
