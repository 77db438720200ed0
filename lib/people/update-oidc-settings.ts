import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { keepAnAdministrator, lockAdministrators } from "#lib/people/administrators.ts";
import { requireRole } from "#lib/people/authorise.ts";
import { requireFreshSignIn } from "#lib/people/fresh-sign-in.ts";
import { CLIENT_SECRET_PLACE, OIDC_ROW } from "#lib/people/oidc-settings.ts";
import type { UpdateOidcSettingsInput } from "#lib/people/schema.ts";
import { sealField } from "#lib/secrets/sealed-field.ts";

type Saved = { readonly version: number; readonly grantsEnded: number };

/**
 * Saves the sign-in provider. Grants of its people that no rule gives any more end at once, all of them when it is turned off; the
 * others are brought up to date at each person's next sign-in. Ways to the provider that are under way end. Needs a fresh sign-in.
 * @throws AppError `forbidden` for anybody but an administrator of all environments; `fresh-sign-in-required`; `stale`; `invalid`
 *   for an environment that does not exist; `conflict` when nobody would be left to administrate
 */
export async function updateOidcSettings(ctx: Context, input: UpdateOidcSettingsInput): Promise<Saved> {
  return transact(
    ctx,
    {
      action: "update-oidc-settings",
      subject: { kind: "console", id: null, name: "single sign-on" },
      input,
      allow: async (tx) => {
        await lockAdministrators(tx);
        await requireRole(tx, ctx, ["administrator"], null);
        await requireFreshSignIn(tx, ctx);
        await requireSeen(tx, input.seenVersion);
        await requireEnvironments(tx, input);
      },
      conclude: ({ grantsEnded }: Saved) => ({ outcome: { grantsEnded } }),
    },
    async (tx) => {
      const version = input.seenVersion + 1;
      let grantsEnded = 0;
      await keepAnAdministrator(tx, async () => {
        await save(tx, input, version);
        grantsEnded = await endUnruledGrants(tx, input);
        await tx.authChallenge.deleteMany({ where: { kind: { in: ["oidc-sign-in", "oidc-confirm"] } } });
      });
      return { version, grantsEnded };
    },
  );
}

async function save(tx: Tx, input: UpdateOidcSettingsInput, version: number): Promise<void> {
  const { seenVersion: _seen, clientSecret, removeClientSecret, rules, ...settings } = input;
  const secret =
    clientSecret !== ""
      ? { sealedClientSecret: sealField(CLIENT_SECRET_PLACE, clientSecret), clientSecretSetAt: new Date() }
      : removeClientSecret
        ? { sealedClientSecret: null, clientSecretSetAt: null }
        : {};
  const data = { ...settings, ...secret, rules: [...rules], version, updatedAt: new Date() };
  await tx.oidcSettings.upsert({ where: { id: OIDC_ROW }, create: { id: OIDC_ROW, ...data }, update: data });
}

async function endUnruledGrants(tx: Tx, { enabled, rules }: UpdateOidcSettingsInput): Promise<number> {
  const given = enabled ? rules.map(({ role, environmentId }) => ({ role, environmentId })) : [];
  const ended = await tx.roleGrant.deleteMany({ where: { source: "oidc", NOT: { OR: given } } });
  return ended.count;
}

async function requireSeen(tx: Tx, seenVersion: number): Promise<void> {
  const rows = await tx.$queryRaw<{ version: number }[]>`
    SELECT version FROM oidc_settings WHERE id = ${OIDC_ROW} FOR UPDATE`;
  if ((rows[0]?.version ?? 0) === seenVersion) return;
  throw new AppError(
    "stale",
    "Somebody changed single sign-on since this page was loaded. Nothing was saved. Reload the page, look at the change, then try again.",
  );
}

async function requireEnvironments(tx: Tx, { rules }: UpdateOidcSettingsInput): Promise<void> {
  const ids = [
    ...new Set(rules.flatMap(({ environmentId }) => (environmentId === null ? [] : [environmentId]))),
  ];
  if ((await tx.environment.count({ where: { id: { in: ids } } })) === ids.length) return;
  throw new AppError("invalid", "A rule names an environment that does not exist. Reload the page.");
}
