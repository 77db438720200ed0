import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";

const OPEN_STATES = ["open", "watching"];

/** What an open migration holds on to, and the column that names it. */
export type HeldKind = "service" | "store" | "cluster";

/** The names of the services whose open migration uses this service, store or cluster, in alphabetical order. */
export async function openMigrations(tx: Tx, kind: HeldKind, id: string): Promise<readonly string[]> {
  const open = await tx.migration.findMany({
    where: { state: { in: OPEN_STATES }, ...heldBy(kind, id) },
    select: { serviceId: true },
  });
  const services = await tx.service.findMany({
    where: { id: { in: open.map(({ serviceId }) => serviceId) } },
    select: { name: true },
    orderBy: { name: "asc" },
  });
  return services.map(({ name }) => name);
}

/** A move has two stores, and may have sequences on two clusters: all of them are claimed. */
function heldBy(kind: HeldKind, id: string) {
  switch (kind) {
    case "service":
      return { serviceId: id };
    case "store":
      return { OR: [{ storeId: id }, claimOf({ kind, subject: id })] };
    case "cluster":
      return { OR: [{ clusterId: id }, claimOf({ kind: "sequence", subject: { startsWith: `${id}/` } })] };
  }
}

function claimOf(of: { readonly kind: string; readonly subject: string | { readonly startsWith: string } }) {
  return { claims: { some: { ...of, releasedAt: null } } };
}

/** @throws AppError `conflict` while a migration is open; `what` says what cannot be done meanwhile, as "be archived" */
export async function refuseDuringMigration(tx: Tx, kind: HeldKind, id: string, what: string): Promise<void> {
  const [first] = await openMigrations(tx, kind, id);
  if (first === undefined) return;
  throw new AppError(
    "conflict",
    `The migration of ${first} is open and uses this, so it cannot ${what}. Nothing was saved. Finish or abandon the migration first.`,
  );
}
