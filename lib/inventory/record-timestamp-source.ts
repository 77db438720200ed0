import type { Tx } from "#lib/db/transact-handle.ts";

/** Where a service takes its timestamps from after a migration. */
export type NewTimestampSource =
  | { readonly source: "timelock"; readonly clusterId: string; readonly namespace: string }
  | { readonly source: "embedded" };

/**
 * Records, inside the transaction of the step that made it true, where a service takes its timestamps from now. An embedded service
 * keeps its cluster and namespace on record, so that its status still watches the namespace.
 */
export async function recordTimestampSource(
  tx: Tx,
  serviceId: string,
  to: NewTimestampSource,
): Promise<void> {
  const place = to.source === "timelock" ? { clusterId: to.clusterId, namespace: to.namespace } : {};
  await tx.service.update({
    where: { id: serviceId },
    data: { timestampSource: to.source, ...place, version: { increment: 1 }, updatedAt: new Date() },
  });
}
