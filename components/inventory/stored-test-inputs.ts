import type { ClusterDto, StoreDto } from "#lib/inventory/schema.ts";

/** Asks for a test of a cluster exactly as it is stored. */
export function clusterTestInput(cluster: ClusterDto) {
  return {
    environmentId: cluster.environment.id,
    clusterId: cluster.id,
    basePath: cluster.basePath,
    nodes: cluster.nodes.map(({ url, alias }) => ({ url, alias: alias ?? "" })),
    balancer: cluster.balancer,
    serverName: cluster.serverName ?? "",
    caCertificates: cluster.caCertificates ?? "",
    clientCertificate: cluster.clientCertificate ?? "",
    clientKey: "",
    token: "",
  };
}

/** Asks for a test of a store exactly as it is stored; null where nothing is ever tried. */
export function storeTestInput(store: StoreDto) {
  const { connection } = store;
  if (connection.kind === "oracle") return null;
  const common = {
    environmentId: store.environment.id,
    storeId: store.id,
    password: "",
    caCertificates: connection.caCertificates ?? "",
    clientCertificate: connection.clientCertificate ?? "",
    clientKey: "",
  };
  if (connection.kind === "cassandra")
    return {
      ...connection,
      ...common,
      user: connection.user ?? "",
      serverName: connection.serverName ?? "",
    };
  return { ...connection, ...common, tablePrefix: store.tablePrefix, schema: store.schema ?? "" };
}
