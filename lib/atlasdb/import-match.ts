import type { ImportProposal, ProposedCluster, ProposedStore } from "#lib/atlasdb/import-proposal.ts";

/** A store of the inventory as far as it takes to recognise it; `addresses` are `host:port` in lower case. */
export type KnownStore = {
  readonly id: string;
  readonly name: string;
  readonly environmentId: string;
  readonly kind: ProposedStore["kind"];
  readonly addresses: readonly string[];
  readonly database: string;
  readonly tablePrefix: string;
};

/** A TimeLock cluster of the inventory; `addresses` are its nodes' addresses and own names, without path. */
export type KnownCluster = {
  readonly id: string;
  readonly name: string;
  readonly environmentId: string;
  readonly basePath: string;
  readonly addresses: readonly string[];
};

/** A service of the inventory. */
export type KnownService = {
  readonly id: string;
  readonly name: string;
  readonly environmentId: string;
  readonly storeId: string;
  readonly clusterId: string | null;
  readonly namespace: string | null;
};

/** What an environment has already. */
export type KnownInventory = {
  readonly stores: readonly KnownStore[];
  readonly clusters: readonly KnownCluster[];
  readonly services: readonly KnownService[];
};

/** What of a proposal is there already; `services` are those that it would repeat, or share a store or sequence with. */
export type ImportMatch = {
  readonly store: KnownStore | null;
  readonly cluster: KnownCluster | null;
  readonly services: readonly { readonly service: KnownService; readonly because: string }[];
};

/**
 * Recognises what an environment has already of what the files name: a store by address, database and prefix; a cluster by an address and
 * the base path; services by the same store or the same namespace of the same cluster. Pure.
 */
export function matchInventory(
  { store, cluster, service }: ImportProposal,
  environmentId: string,
  known: KnownInventory,
): ImportMatch {
  const here = <T extends { readonly environmentId: string }>(all: readonly T[]) =>
    all.filter((one) => one.environmentId === environmentId);
  const sameStore = store === null ? null : (here(known.stores).find((one) => isStore(one, store)) ?? null);
  const sameCluster =
    cluster === null ? null : (here(known.clusters).find((one) => isCluster(one, cluster)) ?? null);
  const services = here(known.services).flatMap((one) => {
    const isNamespace =
      sameCluster !== null && one.clusterId === sameCluster.id && one.namespace === service.namespace;
    if (isNamespace) return [{ service: one, because: "uses this namespace of this TimeLock cluster" }];
    if (sameStore !== null && one.storeId === sameStore.id)
      return [{ service: one, because: "is on this store" }];
    return [];
  });
  return { store: sameStore, cluster: sameCluster, services };
}

function isStore(known: KnownStore, store: ProposedStore): boolean {
  if (known.kind !== store.kind) return false;
  if (store.kind === "cassandra") {
    const hosts = new Set(known.addresses.map((address) => hostOf(address)));
    return (
      known.database === store.keyspace &&
      store.contactPoints.some(({ host }) => hosts.has(host.toLowerCase()))
    );
  }
  return (
    known.addresses.includes(`${store.host.toLowerCase()}:${store.port}`) &&
    known.database === store.database &&
    known.tablePrefix.toLowerCase() === store.tablePrefix.toLowerCase()
  );
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(":"));
}

function isCluster(known: KnownCluster, cluster: ProposedCluster): boolean {
  return known.basePath === cluster.basePath && cluster.urls.some((url) => known.addresses.includes(url));
}
