import { randomUUID } from "node:crypto";

import {
  clusterKeyPlace,
  clusterTokenPlace,
  effectiveSecret,
  nextSecret,
  type StoredSecret,
} from "#lib/inventory/inventory-secrets.ts";
import { requireReadableTls } from "#lib/inventory/readable-tls.ts";
import type { CreateClusterInput, UpdateClusterInput } from "#lib/inventory/schema.ts";

type Fields = CreateClusterInput | UpdateClusterInput;

/** The secrets that a cluster has before it is saved. */
export type ClusterSecrets = { readonly clientKey: StoredSecret; readonly token: StoredSecret };

/** The columns of a cluster as a form asks for them, secrets sealed. @throws AppError `invalid` as `requireReadableTls` */
export function clusterColumns(id: string, input: Fields, stored: ClusterSecrets) {
  const keyWish = { given: input.clientKey, remove: input.removeClientKey };
  requireReadableTls({
    ...input,
    clientKey: effectiveSecret(clusterKeyPlace(id), keyWish, stored.clientKey),
  });
  const clientKey = nextSecret(clusterKeyPlace(id), keyWish, stored.clientKey);
  const token = nextSecret(
    clusterTokenPlace(id),
    { given: input.token, remove: input.removeToken },
    stored.token,
  );
  return {
    name: input.name,
    basePath: input.basePath,
    balancer: input.balancer && input.nodes.length === 1,
    serverName: input.serverName,
    caCertificates: input.caCertificates,
    clientCertificate: input.clientCertificate,
    clientKeySealed: clientKey.sealed,
    clientKeySetAt: clientKey.setAt,
    tokenSealed: token.sealed,
    tokenSetAt: token.setAt,
  };
}

/** The rows of a cluster's nodes, in the given order. */
export function nodeRows(clusterId: string, nodes: Fields["nodes"]) {
  return nodes.map((node, position) => ({
    id: randomUUID(),
    clusterId,
    url: node.url,
    alias: node.alias,
    position,
  }));
}
