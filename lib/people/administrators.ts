import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";

const ADMINISTRATORS_LOCK = 6_021_023_114_150_923n;

/**
 * Makes changes of administrators happen one after the other until the transaction ends: two people who each take the other's
 * role away would otherwise both see one administrator left.
 */
export async function lockAdministrators(tx: Tx): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${ADMINISTRATORS_LOCK})`;
}

/**
 * How many people can administrate everything: active, granted on all environments, none of the sandbox's, and with a way in: a
 * password, or an account of the provider that is turned on.
 */
export async function countAdministrators(tx: Pick<Tx, "$queryRaw">): Promise<number> {
  const rows = await tx.$queryRaw<{ count: number }[]>`
    SELECT count(DISTINCT p.id)::int AS count FROM person p
    JOIN role_grant g ON g.person_id = p.id AND g.role = 'administrator' AND g.environment_id IS NULL
    JOIN account a ON a.person_id = p.id
    WHERE p.deactivated_at IS NULL AND NOT p.sandbox
      AND (a.provider_id = 'credential' OR EXISTS (SELECT FROM oidc_settings o
        WHERE o.enabled AND a.provider_id = 'oidc' AND starts_with(a.account_id, o.issuer || ' ')))`;
  return rows[0]?.count ?? 0;
}

/**
 * Runs a change that may take an administrator away, and refuses it if it took the last one. Needs `lockAdministrators`.
 * @throws AppError `conflict`
 */
export async function keepAnAdministrator(tx: Tx, change: () => Promise<unknown>): Promise<void> {
  const before = await countAdministrators(tx);
  await change();
  if (before === 0 || (await countAdministrators(tx)) > 0) return;
  throw new AppError(
    "conflict",
    "This is the last administrator, and without one nobody could let people in. Nothing was changed. Make somebody else an administrator of all environments first.",
  );
}
