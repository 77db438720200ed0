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

/** Asks for a test of a store exactly as it is stored. */
export function storeTestInput(store: StoreDto) {
  const { kind, host, port, database, user, tlsMode, caCertificates, clientCertificate } = store.connection;
  return {
    environmentId: store.environment.id,
    storeId: store.id,
    kind,
    host,
    port,
    database,
    user,
    password: "",
    tlsMode,
    caCertificates: caCertificates ?? "",
    clientCertificate: clientCertificate ?? "",
    clientKey: "",
    tablePrefix: store.tablePrefix,
    schema: store.schema ?? "",
  };
}
