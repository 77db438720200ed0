import type { WizardService } from "#components/migrations/new-migration.tsx";
import { getStarts } from "#lib/freeze/get-starts.ts";
import { listClusters } from "#lib/inventory/list-clusters.ts";
import { listServices } from "#lib/inventory/list-services.ts";
import type { ServiceDto } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { readableEnvironments } from "#lib/people/authorise.ts";
import { RUNBOOKS } from "#lib/runbooks/registry.ts";

/** What can be chosen from: services with whether this person may operate them, clusters, and runbooks. */
export async function loadWizard(context: Context) {
  const [services, clusters, operable] = await Promise.all([
    listServices(context, {}),
    listClusters(context, {}),
    readableEnvironments(context, ["operator"]),
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
    runbooks: RUNBOOKS.flatMap(({ id, title, summary, asks, offeredTo }) =>
      // This form does not ask for another store.
      asks === "destination-store"
        ? []
        : [{ id, title, description: summary, asks, offeredTo: [...offeredTo] }],
    ),
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
  };
}
