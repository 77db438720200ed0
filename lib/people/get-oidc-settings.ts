import { database } from "#lib/db/client.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead } from "#lib/people/authorise.ts";
import { readOidcSettingsDto } from "#lib/people/oidc-settings.ts";
import type { OidcSettingsDto } from "#lib/people/schema.ts";

/** The sign-in provider, without its secret. @throws AppError `forbidden` for anybody but administrators of all environments */
export async function getOidcSettings(ctx: Context): Promise<OidcSettingsDto> {
  await authoriseRead(ctx, null, ["administrator"]);
  return readOidcSettingsDto(database());
}
