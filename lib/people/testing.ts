import { randomUUID } from "node:crypto";

import { database } from "#lib/db/client.ts";
import { createTestDatabase, type TestDatabase } from "#lib/db/testing.ts";
import type { Context } from "#lib/people/actor.ts";
import { setPassword } from "#lib/people/password.ts";
import type { Role } from "#lib/people/schema.ts";

/** A context of the machine itself. */
export const systemContext: Context = {
  actor: { kind: "system", id: "test" },
  sourceAddress: null,
  requestId: "test-request",
};

/** A fresh console database that `database()` works on in this test file, as the application's role. */
export async function useTestDatabase(): Promise<TestDatabase & { close: () => Promise<void> }> {
  const made = await createTestDatabase();
  process.env["DATABASE_URL"] = made.appUrl;
  process.env["LOCKSTEP_SECRET_KEY"] ??= "11".repeat(32);
  return {
    ...made,
    close: async () => {
      await database().$disconnect();
      await made.drop();
    },
  };
}

/** A person with these grants, and the context in which they act. `environmentId` null: on all environments. */
export async function makePerson(
  name: string,
  grants: readonly { role: Role; environmentId?: string | null }[] = [],
): Promise<Context & { readonly actor: Extract<Context["actor"], { kind: "person" }> }> {
  const email = `${name.toLowerCase().replaceAll(/[^a-z]/g, "")}-${randomUUID().slice(0, 8)}@example.com`;
  const person = await database().person.create({
    data: {
      name,
      email,
      grants: {
        create: grants.map(({ role, environmentId }) => ({ role, environmentId: environmentId ?? null })),
      },
    },
  });
  return {
    actor: { kind: "person", id: person.id, name, email },
    sourceAddress: "127.0.0.1",
    requestId: randomUUID(),
  };
}

/** The context of a person in a new session, signed in just now; `secondFactor` as if one had been used. */
export async function inNewSession<C extends Context>(
  person: C,
  options: { readonly secondFactor?: boolean } = {},
): Promise<C & { readonly sessionId: string }> {
  const rows = await database().$queryRaw<{ id: string }[]>`
    INSERT INTO session (id, token, person_id, expires_at, confirmed_at, second_factor_at)
    VALUES (gen_random_uuid(), ${randomUUID()}, ${person.actor.id}::uuid, now() + interval '12 hours', now(),
      CASE WHEN ${options.secondFactor === true} THEN now() END)
    RETURNING id`;
  return { ...person, sessionId: rows[0]?.id ?? "" };
}

/** Lets the proofs of a session age, as if they were this long ago: `6 minutes`; a negative age lies in the future. */
export async function ageProofs(sessionId: string, age: string): Promise<void> {
  await database().$executeRaw`
    UPDATE session SET confirmed_at = now() - ${age}::interval,
      second_factor_at = CASE WHEN second_factor_at IS NOT NULL THEN now() - ${age}::interval END
    WHERE id = ${sessionId}::uuid`;
}

/** The latest row of the audit log. */
export async function lastEntry() {
  return database().auditEntry.findFirstOrThrow({ orderBy: { sequence: "desc" } });
}

/** Gives a person a password to sign in with. */
export async function givePassword(person: Context, password: string): Promise<void> {
  await database().$transaction(async (tx) => setPassword(tx, person.actor.id, password));
}
