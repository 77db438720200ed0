import { listClusters } from "#lib/inventory/list-clusters.ts";
import { listStores } from "#lib/inventory/list-stores.ts";
import type { Context } from "#lib/people/actor.ts";

/** The stores and clusters that a service may be given, with the environment of each. */
export async function loadChoices(context: Context) {
  const [stores, clusters] = await Promise.all([listStores(context, {}), listClusters(context, {})]);
  return { stores: stores.map(asChoice), clusters: clusters.map(asChoice) };
}

function asChoice({ id, name, environment }: { id: string; name: string; environment: { id: string } }) {
  return { id, name, environmentId: environment.id };
}
