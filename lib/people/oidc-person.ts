import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import type { OidcClaims } from "#lib/people/oidc-provider-client.ts";
import { OIDC_PROVIDER, oidcAccountId, type OidcSettings } from "#lib/people/oidc-settings.ts";
import type { KnownPerson } from "#lib/people/person-subject.ts";
import { emailField, personNameField } from "#lib/people/schema.ts";

/** A person of the provider, and how this sign-in found them. */
export type OidcPerson = KnownPerson & { readonly origin: "known" | "linked" | "created" };

type Row = KnownPerson & { readonly deactivated: boolean; readonly sandbox: boolean };

/**
 * The person whom the provider's claims are about, locked FOR SHARE: by the account that they have there; else by the e-mail
 * address that the provider verified, which links the two for good; else, where the settings allow it, a new person.
 * @throws AppError `forbidden` for deactivated people, people of the sandbox, unverified and unknown addresses, and an address
 *   that belongs to another account of the provider
 */
export async function findOrMakeOidcPerson(
  tx: Tx,
  settings: OidcSettings,
  claims: OidcClaims,
): Promise<OidcPerson> {
  const accountId = oidcAccountId(settings.issuer, claims.sub);
  const known = await tx.$queryRaw<Row[]>`
    SELECT p.id, p.name, p.email, p.deactivated_at IS NOT NULL AS deactivated, p.sandbox
    FROM account a JOIN person p ON p.id = a.person_id
    WHERE a.provider_id = ${OIDC_PROVIDER} AND a.account_id = ${accountId} FOR SHARE OF p`;
  if (known[0] !== undefined) return { ...requireUsable(known[0]), origin: "known" };
  const email = requireVerifiedEmail(claims);
  const named = await tx.$queryRaw<Row[]>`
    SELECT id, name, email, deactivated_at IS NOT NULL AS deactivated, sandbox FROM person
    WHERE email = ${email} FOR SHARE`;
  const person = named[0] === undefined ? null : requireUsable(named[0]);
  if (person === null && !settings.createPeople) throw unknownPerson(email);
  if (person !== null) await requireNoOtherAccount(tx, settings.issuer, person);
  const owner = person ?? (await makePerson(tx, email, claims));
  await tx.account.create({ data: { providerId: OIDC_PROVIDER, accountId, userId: owner.id } });
  return { ...owner, origin: person === null ? "created" : "linked" };
}

function requireUsable({ deactivated, sandbox, ...person }: Row): KnownPerson {
  if (!deactivated && !sandbox) return person;
  throw new AppError("forbidden", "This account cannot be used. Ask an administrator.");
}

function requireVerifiedEmail(claims: OidcClaims): string {
  const email = emailField.safeParse(claims["email"]);
  if (!email.success) {
    throw new AppError(
      "forbidden",
      "The provider told no e-mail address. Nobody was signed in. The scopes have to contain email.",
    );
  }
  if (claims["email_verified"] === true) return email.data;
  throw new AppError(
    "forbidden",
    "The provider has not verified this e-mail address, so it proves nothing. Nobody was signed in. Have it verified there first.",
  );
}

/** An address that the provider gave to somebody else since must not open the account of whoever had it before. */
async function requireNoOtherAccount(tx: Tx, issuer: string, person: KnownPerson): Promise<void> {
  const rows = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM account WHERE person_id = ${person.id}::uuid AND provider_id = ${OIDC_PROVIDER}
      AND starts_with(account_id, ${`${issuer} `})`;
  if (rows.length === 0) return;
  throw new AppError(
    "forbidden",
    "This e-mail address belongs to another account of the provider. Nobody was signed in. Ask an administrator.",
  );
}

async function makePerson(tx: Tx, email: string, claims: OidcClaims): Promise<KnownPerson> {
  const names = [claims["name"], claims["preferred_username"], email].map((name) =>
    personNameField.safeParse(name),
  );
  const name = names.find((parsed) => parsed.success)?.data ?? email.slice(0, 80);
  return tx.person.create({
    data: { name, email, emailVerified: true },
    select: { id: true, name: true, email: true },
  });
}

function unknownPerson(email: string): AppError {
  return new AppError(
    "forbidden",
    `Nobody here has the e-mail address ${email}. Nobody was signed in. Ask an administrator to add you.`,
  );
}
