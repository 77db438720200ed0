import { database } from "#lib/db/client.ts";
import type { Context } from "#lib/people/actor.ts";
import { providerOf } from "#lib/people/oidc-settings.ts";
import { ownAccount } from "#lib/people/person-subject.ts";
import type { SignInMethodsDto } from "#lib/people/schema.ts";

/** How the person themselves can prove who they are: for their account page and for the dialog of a fresh sign-in. */
export async function getSignInMethods(ctx: Context): Promise<SignInMethodsDto> {
  const { actor } = ownAccount(ctx);
  const [person, provider] = await Promise.all([
    database().person.findUniqueOrThrow({
      where: { id: actor.id },
      select: {
        accounts: { where: { providerId: "credential" }, select: { id: true } },
        totp: { select: { confirmedAt: true } },
        passkeys: { orderBy: { createdAt: "asc" } },
        recoveryCodes: { where: { usedAt: null }, select: { id: true } },
      },
    }),
    providerOf(database(), actor.id),
  ]);
  return {
    hasPassword: person.accounts.length > 0 && provider?.passwordAllowed !== false,
    provider: provider?.label ?? null,
    totpSince: person.totp?.confirmedAt?.toISOString() ?? null,
    passkeys: person.passkeys.map(({ id, name, synced, createdAt, lastUsedAt }) => ({
      id,
      name,
      synced,
      createdAt: createdAt.toISOString(),
      lastUsedAt: lastUsedAt?.toISOString() ?? null,
    })),
    recoveryCodesLeft: person.recoveryCodes.length,
  };
}
