import { database } from "#lib/db/client.ts";
import { sqlStateOf } from "#lib/db/transact-errors.ts";
import type { Reader, Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";

/** What a verb decides on: a row of the inventory that stays as it is until the transaction ends. */
export type LockedRow = {
  readonly id: string;
  readonly name: string;
  readonly environmentId: string;
  readonly version: number;
  readonly archivedAt: Date | null;
};

/** The kinds of things in the inventory, with the words that refusals use. */
export const INVENTORY_WORDS = {
  environment: "environment",
  cluster: "TimeLock cluster",
  store: "store",
  service: "service",
} as const;
export type InventoryKind = keyof typeof INVENTORY_WORDS;

/** One thing as the audit log names it, with the environment that it belongs to; read without a lock. */
export type InventorySubject = {
  readonly subject: { readonly kind: InventoryKind; readonly id: string; readonly name: string };
  readonly environmentId: string;
};

/** Names a thing for the audit row before anything is decided. @throws AppError `not-found` */
export async function subjectOf(kind: InventoryKind, id: string): Promise<InventorySubject> {
  const { name, environmentId } = found(kind, await selectRow(database(), kind, id));
  return { subject: { kind, id, name }, environmentId };
}

/** Locks one row for changing it. @throws AppError `not-found` */
export async function lockRow(tx: Tx, kind: InventoryKind, id: string): Promise<LockedRow> {
  return found(kind, await selectForUpdate(tx, kind, id));
}

/**
 * Locks a row that another one is about to refer to, so that it cannot be archived meanwhile.
 * @throws AppError `not-found`, or `conflict` when it is archived; `field` says beside which form field
 */
export async function lockReferred(
  tx: Tx,
  kind: InventoryKind,
  id: string,
  field: string,
): Promise<LockedRow> {
  const row = found(kind, await selectForShare(tx, kind, id));
  if (row.archivedAt === null) return row;
  const words = `The ${INVENTORY_WORDS[kind]} ${row.name} is archived. Restore it, or choose another.`;
  throw new AppError("conflict", words, { fields: { [field]: words } });
}

/** Makes sure that the person saw the row as it is. @throws AppError `stale` otherwise */
export function requireSeen(kind: InventoryKind, row: LockedRow, seenVersion: number): void {
  if (row.version === seenVersion) return;
  throw new AppError(
    "stale",
    `The ${INVENTORY_WORDS[kind]} ${row.name} was changed since this page was loaded. Nothing was saved. Reload the page, look at the change, then try again.`,
  );
}

/** @throws AppError `conflict` when the row is archived */
export function requireUnarchived(kind: InventoryKind, row: LockedRow): void {
  if (row.archivedAt === null) return;
  throw new AppError(
    "conflict",
    `The ${INVENTORY_WORDS[kind]} ${row.name} is archived. Nothing was saved. Restore it first.`,
  );
}

/** @throws AppError `conflict` when the row is not archived */
export function requireArchived(kind: InventoryKind, row: LockedRow): void {
  if (row.archivedAt !== null) return;
  throw new AppError(
    "conflict",
    `The ${INVENTORY_WORDS[kind]} ${row.name} is not archived. Nothing was changed.`,
  );
}

/** Does a write that gives a name; a name that is taken is refused beside its field. @throws AppError `conflict` */
export async function withUniqueName<T>(
  kind: InventoryKind,
  name: string,
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    if (!isUniqueViolation(cause)) throw cause;
    const where = kind === "environment" ? "" : " in this environment";
    const article = kind === "environment" ? "an" : "a";
    const words = `There is already ${article} ${INVENTORY_WORDS[kind]} called ${name}${where}. Choose another name.`;
    throw new AppError("conflict", words, { cause, fields: { name: words } });
  }
}

function isUniqueViolation(error: unknown): boolean {
  if (sqlStateOf(error) === "23505") return true;
  return error instanceof Error && "code" in error && error.code === "P2002";
}

function found(kind: InventoryKind, rows: readonly LockedRow[]): LockedRow {
  const [row] = rows;
  if (row !== undefined) return row;
  throw new AppError(
    "not-found",
    `There is no such ${INVENTORY_WORDS[kind]}. It may never have existed in this console.`,
  );
}

async function selectForUpdate(tx: Tx, kind: InventoryKind, id: string): Promise<LockedRow[]> {
  switch (kind) {
    case "environment":
      return tx.$queryRaw`SELECT id, name, id AS "environmentId", version, archived_at AS "archivedAt" FROM environment WHERE id = ${id}::uuid FOR UPDATE`;
    case "cluster":
      return tx.$queryRaw`SELECT id, name, environment_id AS "environmentId", version, archived_at AS "archivedAt" FROM timelock_cluster WHERE id = ${id}::uuid FOR UPDATE`;
    case "store":
      return tx.$queryRaw`SELECT id, name, environment_id AS "environmentId", version, archived_at AS "archivedAt" FROM store WHERE id = ${id}::uuid FOR UPDATE`;
    case "service":
      return tx.$queryRaw`SELECT id, name, environment_id AS "environmentId", version, archived_at AS "archivedAt" FROM service WHERE id = ${id}::uuid FOR UPDATE`;
  }
}

async function selectForShare(tx: Tx, kind: InventoryKind, id: string): Promise<LockedRow[]> {
  switch (kind) {
    case "environment":
      return tx.$queryRaw`SELECT id, name, id AS "environmentId", version, archived_at AS "archivedAt" FROM environment WHERE id = ${id}::uuid FOR SHARE`;
    case "cluster":
      return tx.$queryRaw`SELECT id, name, environment_id AS "environmentId", version, archived_at AS "archivedAt" FROM timelock_cluster WHERE id = ${id}::uuid FOR SHARE`;
    case "store":
      return tx.$queryRaw`SELECT id, name, environment_id AS "environmentId", version, archived_at AS "archivedAt" FROM store WHERE id = ${id}::uuid FOR SHARE`;
    case "service":
      return tx.$queryRaw`SELECT id, name, environment_id AS "environmentId", version, archived_at AS "archivedAt" FROM service WHERE id = ${id}::uuid FOR SHARE`;
  }
}

async function selectRow(reader: Reader, kind: InventoryKind, id: string): Promise<LockedRow[]> {
  const select = { id: true, name: true, version: true, archivedAt: true } as const;
  switch (kind) {
    case "environment":
      return (await reader.environment.findMany({ where: { id }, select })).map((row) => ({
        ...row,
        environmentId: row.id,
      }));
    case "cluster":
      return reader.timelockCluster.findMany({ where: { id }, select: { ...select, environmentId: true } });
    case "store":
      return reader.store.findMany({ where: { id }, select: { ...select, environmentId: true } });
    case "service":
      return reader.service.findMany({ where: { id }, select: { ...select, environmentId: true } });
  }
}
