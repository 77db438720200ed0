import { z } from "zod";

import type { Reader, Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import { publicUrl } from "#lib/people/public-url.ts";
import { oidcRule, type OidcRule, type OidcSettingsDto } from "#lib/people/schema.ts";
import { type FieldPlace, openField } from "#lib/secrets/sealed-field.ts";

/** The provider of the accounts that OIDC sign-in keeps. */
export const OIDC_PROVIDER = "oidc";

/** The one row of the settings. */
export const OIDC_ROW = "console";

/** The path that the provider sends people back to. */
export const OIDC_CALLBACK_PATH = "/sign-in/oidc/callback";

/** The settings as sign-in uses them, with the client's secret in the open. */
export type OidcSettings = {
  readonly version: number;
  readonly enabled: boolean;
  readonly buttonLabel: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string | null;
  readonly scopes: string;
  readonly createPeople: boolean;
  readonly passwordAllowed: boolean;
  readonly trustsSecondFactor: boolean;
  readonly rules: readonly OidcRule[];
};

const rules = z.array(oidcRule);

/** Where the client's secret is sealed. */
export const CLIENT_SECRET_PLACE: FieldPlace = {
  table: "oidc_settings",
  row: OIDC_ROW,
  field: "client_secret",
};

/** The settings; null before somebody saved any. @throws AppError `unavailable` when the secret cannot be opened */
export async function readOidcSettings(reader: Pick<Reader, "oidcSettings">): Promise<OidcSettings | null> {
  const row = await reader.oidcSettings.findUnique({ where: { id: OIDC_ROW } });
  if (row === null) return null;
  const { id: _id, sealedClientSecret, clientSecretSetAt: _setAt, updatedAt: _updatedAt, ...settings } = row;
  const clientSecret =
    sealedClientSecret === null ? null : openField(CLIENT_SECRET_PLACE, sealedClientSecret);
  return { ...settings, clientSecret, rules: rules.parse(row.rules) };
}

/** The settings for the page of administrators, with what stands there before somebody saved any. */
export async function readOidcSettingsDto(reader: Pick<Reader, "oidcSettings">): Promise<OidcSettingsDto> {
  const row = await reader.oidcSettings.findUnique({ where: { id: OIDC_ROW } });
  return {
    version: row?.version ?? 0,
    enabled: row?.enabled ?? false,
    buttonLabel: row?.buttonLabel ?? "Continue with single sign-on",
    issuer: row?.issuer ?? "",
    clientId: row?.clientId ?? "",
    clientSecret: {
      isSet: row?.sealedClientSecret != null,
      setAt: row?.clientSecretSetAt?.toISOString() ?? null,
    },
    scopes: row?.scopes ?? "openid profile email",
    createPeople: row?.createPeople ?? false,
    passwordAllowed: row?.passwordAllowed ?? true,
    trustsSecondFactor: row?.trustsSecondFactor ?? false,
    rules: row === null ? [] : rules.parse(row.rules),
    redirectUrl: oidcRedirectUrl(),
  };
}

/** Where the provider sends people back to: it has to be entered there exactly so. */
export function oidcRedirectUrl(): string {
  return new URL(OIDC_CALLBACK_PATH, publicUrl()).href;
}

/** How the account of a person of the provider is named: an issuer holds no space, so that no two can be mixed up. */
export function oidcAccountId(issuer: string, subject: string): string {
  return `${issuer} ${subject}`;
}

/** The label of the provider that this person signs in with; null for everybody else, and while it is turned off. */
export async function providerOf(
  reader: Pick<Reader, "$queryRaw">,
  personId: string,
): Promise<{ readonly label: string; readonly passwordAllowed: boolean } | null> {
  const rows = await reader.$queryRaw<{ label: string; passwordAllowed: boolean }[]>`
    SELECT o.button_label AS label, o.password_allowed AS "passwordAllowed" FROM oidc_settings o
    WHERE o.enabled AND EXISTS (SELECT FROM account a WHERE a.person_id = ${personId}::uuid
      AND a.provider_id = ${OIDC_PROVIDER} AND starts_with(a.account_id, o.issuer || ' '))`;
  return rows[0] ?? null;
}

/** Refuses the password of somebody who has to come through the provider. @throws AppError `forbidden` */
export async function requirePasswordAllowed(tx: Tx, personId: string): Promise<void> {
  const provider = await providerOf(tx, personId);
  if (provider === null || provider.passwordAllowed) return;
  throw new AppError(
    "forbidden",
    `People of the provider cannot use a password here. Nothing was done. Choose "${provider.label}".`,
  );
}
