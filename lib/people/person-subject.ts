import type { Subject } from "#lib/audit/append-entry.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";

/** What of a person the verbs decide on, from a row that is locked until the transaction ends. */
export type LockedPerson = {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly deactivatedAt: Date | null;
};

/** How the audit log names a person. */
export function personSubject(person: { readonly id: string | null; readonly name: string }): Subject {
  return { kind: "person", id: person.id, name: person.name };
}

/** Locks a person's row FOR UPDATE. @throws AppError `not-found` */
export async function lockPerson(tx: Tx, personId: string): Promise<LockedPerson> {
  const rows = await tx.$queryRaw<LockedPerson[]>`
    SELECT id, name, email, deactivated_at AS "deactivatedAt" FROM person WHERE id = ${personId}::uuid FOR UPDATE`;
  const person = rows[0];
  if (person === undefined) throw new AppError("not-found", "There is no such person. Reload the page.");
  return person;
}
