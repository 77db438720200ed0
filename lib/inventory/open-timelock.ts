import { database } from "#lib/db/client.ts";
import { AppError } from "#lib/errors.ts";
import { clusterKeyPlace, clusterTokenPlace } from "#lib/inventory/inventory-secrets.ts";
import { guardedLookup, readNetworkRules } from "#lib/inventory/network-rules.ts";
import { openField } from "#lib/secrets/sealed-field.ts";
import { createHttpTimelock } from "#lib/timelock/http-timelock.ts";
import { type TimelockConfig, type TimelockConfigInput, timelockConfigSchema } from "#lib/timelock/schema.ts";
import type { Timelock } from "#lib/timelock/timelock.ts";

/** How to reach a cluster, secrets in the clear: never leaves the process, never logged. */
export type ClusterAccess = {
  readonly name: string;
  readonly basePath: string;
  readonly balancer: boolean;
  readonly nodes: readonly { readonly url: string; readonly alias: string | null }[];
  readonly serverName: string | null;
  readonly caCertificates: string | null;
  readonly clientCertificate: string | null;
  readonly clientKey: string | null;
  readonly token: string | null;
};

/** How long a client waits; absent: the defaults, which outlast the loss of a quorum. In milliseconds. */
export type TimelockPatience = TimelockConfigInput["timeouts"];

/** Enough for a page that is read again soon; a cluster without quorum counts as lost at once. */
export const PAGE_PATIENCE = {
  connectMs: 2_500,
  answerMs: 5_000,
  searchMs: 8_000,
} as const satisfies TimelockPatience;

/**
 * A client of a stored cluster, which connects only to addresses that the network rules allow. Close it after use.
 * @throws AppError `not-found`, `conflict` when the cluster is archived, `unavailable` when a secret cannot be opened
 */
export async function openTimelock(clusterId: string, patience?: TimelockPatience): Promise<Timelock> {
  return connectTimelock(await readClusterAccess(clusterId), patience);
}

/** A client for an access that may not be stored. @throws AppError `invalid` when the access makes no configuration */
export function connectTimelock(access: ClusterAccess, patience?: TimelockPatience): Timelock {
  return createHttpTimelock(timelockConfigOf(access, patience), {
    lookup: guardedLookup(readNetworkRules()),
  });
}

/** The access of a stored cluster with its secrets opened. @throws AppError as `openTimelock` */
export async function readClusterAccess(clusterId: string): Promise<ClusterAccess> {
  const row = await database().timelockCluster.findUnique({
    where: { id: clusterId },
    include: { nodes: { orderBy: { position: "asc" } } },
  });
  if (row === null) throw new AppError("not-found", "There is no such TimeLock cluster.");
  if (row.archivedAt !== null)
    throw new AppError("conflict", `The TimeLock cluster ${row.name} is archived. Restore it to use it.`);
  const { name, basePath, balancer, nodes, serverName, caCertificates, clientCertificate } = row;
  return {
    name,
    basePath,
    balancer,
    nodes,
    serverName,
    caCertificates,
    clientCertificate,
    clientKey: row.clientKeySealed === null ? null : openField(clusterKeyPlace(row.id), row.clientKeySealed),
    token: row.tokenSealed === null ? null : openField(clusterTokenPlace(row.id), row.tokenSealed),
  };
}

function timelockConfigOf(access: ClusterAccess, patience: TimelockPatience): TimelockConfig {
  const { caCertificates: ca, clientCertificate: cert, clientKey: key, serverName, token } = access;
  const parsed = timelockConfigSchema.safeParse({
    nodes: access.nodes.map(({ url, alias }) => ({ url, ...(alias === null ? {} : { alias }) })),
    basePath: access.basePath,
    balancer: access.balancer,
    tls: {
      ...(ca === null ? {} : { ca }),
      ...(cert === null ? {} : { cert }),
      ...(key === null ? {} : { key }),
      ...(serverName === null ? {} : { serverName }),
    },
    ...(token === null ? {} : { token }),
    ...(patience === undefined ? {} : { timeouts: patience }),
  });
  if (parsed.success) return parsed.data;
  const words = parsed.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`).join("; ");
  throw new AppError(
    "invalid",
    `The TimeLock cluster ${access.name} cannot be reached as it is described: ${words}.`,
  );
}
