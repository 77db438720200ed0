import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";

/** Services whose migration is not over: nothing that they use may change its identity. */
export type UnderMigration = { readonly serviceId: string; readonly serviceName: string };

/** Which services that use this service, store or cluster have an open migration; in a stable order. */
export async function openMigrations(
  tx: Tx,
  kind: "service" | "store" | "cluster",
  id: string,
): Promise<readonly UnderMigration[]> {
  return tx.$queryRaw<UnderMigration[]>`
    SELECT DISTINCT s.id AS "serviceId", s.name AS "serviceName"
    FROM migration m JOIN service s ON s.id = m.service_id
    WHERE m.state IN ('open', 'watching')
      AND CASE ${kind} WHEN 'service' THEN s.id = ${id}::uuid WHEN 'store' THEN s.store_id = ${id}::uuid ELSE s.cluster_id = ${id}::uuid OR m.cluster_id = ${id}::uuid END
    ORDER BY s.name`;
}

/** @throws AppError `conflict` while a migration is open; `what` says what cannot be done meanwhile, as "be archived" */
export async function refuseDuringMigration(
  tx: Tx,
  kind: "service" | "store" | "cluster",
  id: string,
  what: string,
): Promise<void> {
  const [first] = await openMigrations(tx, kind, id);
  if (first === undefined) return;
  throw new AppError(
    "conflict",
    `The migration of ${first.serviceName} is open and uses this, so it cannot ${what}. Nothing was saved. Finish or abandon the migration first.`,
  );
}
