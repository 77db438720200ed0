import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import { clusterReport } from "#lib/inventory/cluster-report.ts";
import {
  clusterKeyPlace,
  clusterTokenPlace,
  effectiveSecret,
  NO_SECRET,
} from "#lib/inventory/inventory-secrets.ts";
import { type ClusterAccess, connectTimelock } from "#lib/inventory/open-timelock.ts";
import { requireReadableTls } from "#lib/inventory/readable-tls.ts";
import type { ClusterTestReport, TestClusterInput } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

const PATIENCE = { connectMs: 4_000, answerMs: 8_000, searchMs: 20_000 } as const;

/**
 * Tries to reach every node of a cluster with the values of a form and says of each what failed; blank secrets are those of the stored
 * cluster. Names no namespace, so it creates none, and allocates nothing. Needs an administrator, since it connects to whatever
 * addresses are given.
 * @throws AppError `not-found`, `forbidden`, `invalid` (certificates that cannot be read); never for what a node or the network does
 */
export async function testClusterConnection(
  ctx: Context,
  input: TestClusterInput,
): Promise<ClusterTestReport> {
  const { clusterId, environmentId } = input;
  const access = await transact(
    ctx,
    {
      action: "test-cluster-connection",
      subject: { kind: "cluster", id: clusterId, name: input.nodes.map(({ url }) => url).join(", ") },
      environmentId,
      input,
      allow: async (tx) => {
        await requireRole(tx, ctx, ["administrator"], environmentId);
        return prepare(tx, input);
      },
      conclude: (prepared: ClusterAccess) =>
        clusterId === null ? {} : { subject: { kind: "cluster", id: clusterId, name: prepared.name } },
    },
    async (_tx, prepared: ClusterAccess) => prepared,
  );
  requireReadableTls(access);
  const timelock = connectTimelock(access, PATIENCE);
  try {
    const [health, listed] = await Promise.all([timelock.health(null), timelock.namespaces()]);
    return clusterReport(health, listed, new Date());
  } finally {
    await timelock.close();
  }
}

async function prepare(tx: Tx, input: TestClusterInput): Promise<ClusterAccess> {
  const { clusterId, basePath, balancer, nodes, serverName, caCertificates, clientCertificate } = input;
  const place = { basePath, balancer, nodes, serverName, caCertificates, clientCertificate };
  const wishes = {
    clientKey: { given: input.clientKey, remove: input.removeClientKey },
    token: { given: input.token, remove: input.removeToken },
  };
  if (clusterId === null) {
    const clientKey = effectiveSecret(clusterKeyPlace(""), wishes.clientKey, NO_SECRET);
    return {
      ...place,
      name: "as entered",
      clientKey,
      token: effectiveSecret(clusterTokenPlace(""), wishes.token, NO_SECRET),
    };
  }
  const row = await tx.timelockCluster.findUnique({
    where: { id: clusterId, environmentId: input.environmentId },
  });
  if (row === null) throw new AppError("not-found", "There is no such TimeLock cluster in this environment.");
  const clientKey = effectiveSecret(clusterKeyPlace(clusterId), wishes.clientKey, {
    sealed: row.clientKeySealed,
    setAt: row.clientKeySetAt,
  });
  const token = effectiveSecret(clusterTokenPlace(clusterId), wishes.token, {
    sealed: row.tokenSealed,
    setAt: row.tokenSetAt,
  });
  return { ...place, name: row.name, clientKey, token };
}
