import { randomUUID } from "node:crypto";

import { AppError } from "#lib/errors.ts";
import {
  clusterKeyPlace,
  clusterTokenPlace,
  nextSecret,
  type StoredSecret,
} from "#lib/inventory/inventory-secrets.ts";
import type { CreateClusterInput, UpdateClusterInput } from "#lib/inventory/schema.ts";

type Fields = CreateClusterInput | UpdateClusterInput;

/** The secrets that a cluster has before it is saved. */
export type ClusterSecrets = { readonly clientKey: StoredSecret; readonly token: StoredSecret };

/** The columns of a cluster as a form asks for them, secrets sealed. @throws AppError `invalid` for a certificate without a key or a key without one */
export function clusterColumns(id: string, input: Fields, stored: ClusterSecrets) {
  const clientKey = nextSecret(
    clusterKeyPlace(id),
    { given: input.clientKey, remove: input.removeClientKey },
    stored.clientKey,
  );
  const token = nextSecret(
    clusterTokenPlace(id),
    { given: input.token, remove: input.removeToken },
    stored.token,
  );
  requirePair(input.clientCertificate, clientKey);
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

/** A client certificate and its key belong together. @throws AppError `invalid` beside the field that is missing */
export function requirePair(certificate: string | null, key: StoredSecret): void {
  if ((certificate === null) === (key.sealed === null)) return;
  const [field, words] =
    certificate === null
      ? ["clientCertificate", "Enter the certificate that belongs to the client key, or remove the key."]
      : ["clientKey", "Enter the key that belongs to the client certificate."];
  throw new AppError("invalid", words, { fields: { [field]: words } });
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
