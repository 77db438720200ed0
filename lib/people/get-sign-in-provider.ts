import { database } from "#lib/db/client.ts";
import { OIDC_ROW } from "#lib/people/oidc-settings.ts";

/** What stands on the provider's button of the sign-in page; null while nobody can sign in with one. Asks for no session. */
export async function getSignInProvider(): Promise<string | null> {
  const row = await database().oidcSettings.findUnique({
    where: { id: OIDC_ROW },
    select: { enabled: true, buttonLabel: true },
  });
  return row?.enabled === true ? row.buttonLabel : null;
}
