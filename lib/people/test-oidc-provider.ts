import { transact } from "#lib/db/transact.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";
import { discoverProvider, type OidcProviderFacts } from "#lib/people/oidc-provider-client.ts";
import type { TestOidcProviderInput } from "#lib/people/schema.ts";

/**
 * Asks a provider what it says of itself, after recording that the administrator had it asked. Nothing is saved and nobody is
 * signed in. @throws AppError `forbidden` for anybody but an administrator of all environments; `unavailable`
 */
export async function testOidcProvider(
  ctx: Context,
  input: TestOidcProviderInput,
): Promise<OidcProviderFacts> {
  await transact(
    ctx,
    {
      action: "test-oidc-provider",
      subject: { kind: "console", id: null, name: "single sign-on" },
      input,
      allow: async (tx) => requireRole(tx, ctx, ["administrator"], null),
    },
    async () => {},
  );
  return discoverProvider(input.issuer);
}
