import type { Subject } from "#lib/audit/append-entry.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import type { Actor, Context } from "#lib/people/actor.ts";

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

/** Who a person is to everybody. */
export type KnownPerson = { readonly id: string; readonly name: string; readonly email: string };

/** A person as the actor of an audit row, for acts that find out themselves who acts. */
export function personActor({ id, name, email }: KnownPerson): Extract<Actor, { kind: "person" }> {
  return { kind: "person", id, name, email };
}

/** The person who acts on their own account, and the session. @throws AppError `invalid` for machines and visitors */
export function ownAccount(ctx: Context): { readonly actor: KnownPerson; readonly sessionId: string } {
  if (ctx.actor.kind === "person" && ctx.sessionId !== undefined)
    return { actor: ctx.actor, sessionId: ctx.sessionId };
  throw new AppError("invalid", "Only a signed-in person has an account of their own.");
}

/** Locks the row of somebody who signs in FOR SHARE. @throws AppError `unauthenticated` for deactivated people and nobody */
export async function shareActivePerson(tx: Tx, personId: string): Promise<KnownPerson> {
  const rows = await tx.$queryRaw<KnownPerson[]>`
    SELECT id, name, email FROM person WHERE id = ${personId}::uuid AND deactivated_at IS NULL FOR SHARE`;
  const [person] = rows;
  if (person === undefined)
    throw new AppError("unauthenticated", "This account is deactivated. Ask an administrator.");
  return person;
}

/** Locks a person's row FOR UPDATE. @throws AppError `not-found` */
export async function lockPerson(tx: Tx, personId: string): Promise<LockedPerson> {
  const rows = await tx.$queryRaw<LockedPerson[]>`
    SELECT id, name, email, deactivated_at AS "deactivatedAt" FROM person WHERE id = ${personId}::uuid FOR UPDATE`;
  const person = rows[0];
  if (person === undefined) throw new AppError("not-found", "There is no such person. Reload the page.");
  return person;
}
