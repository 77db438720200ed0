import { randomUUID } from "node:crypto";

import { database } from "#lib/db/client.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";

/** How long a lease lasts unless it is renewed, in seconds of the console database's clock. */
const LEASE_SECONDS = 60;
const RENEW_EVERY_MS = 15_000;
/** What must be left of the lease, by this process's own clock, when an operation is sent: longer than the sending takes. */
const LEFT_TO_SEND_MS = 25_000;

/** The right to act on some things, held by one run. Each scope has an epoch that rises whenever the lease changes hands. */
export type Lease = {
  readonly holder: string;
  readonly scopes: readonly string[];
  readonly epochs: ReadonlyMap<string, bigint>;
  /** This process's monotonic time before the last renewal was asked for: the lease lasts at least from then. */
  readonly renewed: { at: number };
};

/** The scopes of a lease: a migration, a store, a sequence of TimeLock. */
export const leaseScope = {
  migration: (id: string): string => `migration:${id}`,
  store: (id: string): string => `store:${id}`,
  sequence: (clusterId: string, namespace: string): string => `sequence:${clusterId}/${namespace}`,
} as const;

type Row = { readonly scope: string; readonly epoch: bigint };

/**
 * T1 of a step: takes all scopes in one statement and raises their epochs, if none is held by another run.
 * @throws AppError `conflict` with the holder's label when one is
 */
export async function takeLease(scopes: readonly string[], label: string): Promise<Lease> {
  const holder = randomUUID();
  const renewed = { at: performance.now() };
  const sorted = scopes.toSorted();
  const rows = await database().$queryRaw<Row[]>`
    INSERT INTO lease (scope, epoch, holder, label, expires_at)
    SELECT scope, 1, ${holder}, ${label}, clock_timestamp() + make_interval(secs => ${LEASE_SECONDS}::float8)
    FROM unnest(${sorted}::text[]) AS scope ORDER BY scope
    ON CONFLICT (scope) DO UPDATE
      SET epoch = lease.epoch + 1, holder = EXCLUDED.holder, label = EXCLUDED.label, expires_at = EXCLUDED.expires_at
      WHERE lease.expires_at <= clock_timestamp()
    RETURNING scope, epoch`;
  const epochs = new Map(rows.map(({ scope, epoch }) => [scope, epoch]));
  const lease = { holder, scopes: sorted, epochs, renewed };
  if (rows.length === sorted.length) return lease;
  await releaseLease(lease);
  const other = await database().lease.findFirst({
    where: { scope: { in: [...sorted] }, holder: { not: holder } },
    orderBy: { expiresAt: "desc" },
  });
  throw new AppError(
    "conflict",
    `${other?.label ?? "Another run"} is acting on this migration, its store or its namespace just now. Nothing was done. Try again in a moment.`,
  );
}

/** Gives the lease back. Its epochs stay; whoever takes it next raises them. */
export async function releaseLease(lease: Lease): Promise<void> {
  await database().$executeRaw`
    UPDATE lease SET expires_at = clock_timestamp() WHERE holder = ${lease.holder} AND expires_at > clock_timestamp()`;
}

/**
 * Inside T2 and T3: makes sure that the lease is still this run's, with the same epochs and not expired, and locks it.
 * @throws AppError `conflict` when another run has taken over
 */
export async function requireLease(tx: Tx, lease: Lease): Promise<void> {
  const rows = await tx.$queryRaw<Row[]>`
    SELECT scope, epoch FROM lease
    WHERE holder = ${lease.holder} AND expires_at > clock_timestamp() ORDER BY scope FOR UPDATE`;
  const held = rows.filter(({ scope, epoch }) => lease.epochs.get(scope) === epoch);
  if (held.length === lease.scopes.length) return;
  throw new AppError(
    "conflict",
    "The lease was lost to another run, which settles what was begun. Look at the new state before doing anything.",
  );
}

/** The epoch of one scope, recorded with an attempt. */
export function epochOf(lease: Lease, scope: string): bigint {
  return lease.epochs.get(scope) ?? 0n;
}

/** Renews the lease while `work` runs, and gives it back afterwards, whatever came of it. */
export async function underLease<T>(
  scopes: readonly string[],
  label: string,
  work: (lease: Lease) => Promise<T>,
): Promise<T> {
  const lease = await takeLease(scopes, label);
  const timer = setInterval(() => {
    renew(lease).catch(() => {});
  }, RENEW_EVERY_MS);
  timer.unref();
  try {
    return await work(lease);
  } finally {
    clearInterval(timer);
    await releaseLease(lease);
  }
}

/** A renewal that fails or comes too late is noticed by `requireLease`, where it matters. */
async function renew(lease: Lease): Promise<void> {
  const asked = performance.now();
  const rows = await database().$executeRaw`
    UPDATE lease SET expires_at = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS}::float8)
    WHERE holder = ${lease.holder} AND expires_at > clock_timestamp()`;
  if (rows === lease.scopes.length) lease.renewed.at = asked;
}

/**
 * Right before an operation is sent: a process that was frozen since T2 must not send what another run has settled meanwhile. Needs
 * no network, so nothing can come between.
 * @throws AppError `conflict`; nothing was sent, and the open attempt is settled by the worker
 */
export function requireTimeToSend(lease: Lease): void {
  if (performance.now() - lease.renewed.at <= LEASE_SECONDS * 1000 - LEFT_TO_SEND_MS) return;
  throw new AppError(
    "conflict",
    "This console stood still for so long that its right to act has run out. Nothing was sent. The attempt is settled by reading the systems; then try again.",
  );
}

/** True while some run holds the scope. */
export async function isHeld(scope: string): Promise<boolean> {
  const rows = await database().$queryRaw<unknown[]>`
    SELECT 1 FROM lease WHERE scope = ${scope} AND expires_at > clock_timestamp()`;
  return rows.length > 0;
}
