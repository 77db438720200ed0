import type { Actor, Context } from "#lib/people/actor.ts";
import { inNewSession, makePerson } from "#lib/people/testing.ts";
import { authenticateToken } from "#lib/tokens/authenticate-token.ts";
import { createToken } from "#lib/tokens/create-token.ts";
import { type CreateTokenInput, createTokenInput } from "#lib/tokens/schema.ts";

/** What the dialog sends for a new token. */
export const tokenFields = (change: Partial<CreateTokenInput> = {}): CreateTokenInput =>
  createTokenInput.parse({
    name: "nightly report",
    machine: false,
    scopes: ["read"],
    environmentIds: null,
    days: 30,
    ...change,
  });

/** A token of a person, with its secret and the context in which it acts. */
export async function makeToken(owner: Context, change: Partial<CreateTokenInput> = {}) {
  const made = await createToken(await inNewSession(owner), tokenFields(change));
  return { ...made, context: await contextOf(made.secret) };
}

/** The context that a secret acts in now. */
export async function contextOf(
  secret: string,
): Promise<Context & { readonly actor: Extract<Actor, { kind: "token" }> }> {
  const { actor } = await authenticateToken(`Bearer ${secret}`, "192.0.2.7");
  return { actor, sourceAddress: "192.0.2.7", requestId: "token-test" };
}

/** A person who may do everything everywhere: what they cannot pass on to a token, nobody can. */
export async function almighty() {
  const roles = ["viewer", "operator", "approver", "auditor", "administrator"] as const;
  return makePerson(
    "Almighty",
    roles.map((role) => ({ role })),
  );
}
