import { hashPassword, verifyPassword } from "better-auth/crypto";

import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";

/**
 * Makes this the person's password (better-auth's scrypt hash, in the account of the provider "credential", where sign-in looks
 * for it). Ends no session: whoever calls it decides that.
 */
export async function setPassword(tx: Tx, personId: string, password: string): Promise<void> {
  const hash = await hashPassword(password);
  await tx.account.upsert({
    where: { providerId_accountId: { providerId: "credential", accountId: personId } },
    create: { providerId: "credential", accountId: personId, userId: personId, password: hash },
    update: { password: hash },
  });
}

/** Makes sure that this is the person's password. @throws AppError `forbidden`, with the words beside `field`, otherwise */
export async function requirePassword(
  tx: Tx,
  personId: string,
  password: string,
  field: string,
): Promise<void> {
  if (await isPassword(tx, personId, password)) return;
  throw new AppError("forbidden", "The password is wrong. Nothing was changed.", {
    fields: { [field]: "This is not your password." },
  });
}

/** Whether this is the person's password. Takes about as long for people without one, and for nobody (null). */
export async function isPassword(tx: Tx, personId: string | null, password: string): Promise<boolean> {
  const account =
    personId === null
      ? null
      : await tx.account.findUnique({
          where: { providerId_accountId: { providerId: "credential", accountId: personId } },
          select: { password: true },
        });
  const hash = account?.password ?? null;
  if (hash !== null) return verifyPassword({ hash, password });
  await hashPassword(password);
  return false;
}
