import { z } from "zod";

import { hashed, hidden, shown } from "#lib/audit/classified.ts";

/** The roles that a grant gives, on one environment or on all of them. */
export const ROLES = ["viewer", "operator", "approver", "auditor", "administrator"] as const;
export type Role = (typeof ROLES)[number];

/** Whether a stored text is one of the roles. */
export function isRole(text: string): text is Role {
  return ROLES.some((role) => role === text);
}

/** The shortest and longest password, in characters. Source: design.md section 11, better-auth's own maximum */
export const PASSWORD_MIN = 12;
export const PASSWORD_MAX = 128;

/** An e-mail address, kept in lower case. */
export const emailField = shown(
  z
    .string()
    .trim()
    .toLowerCase()
    .max(254, "At most 254 characters.")
    .pipe(z.email("Enter an e-mail address.")),
);

/** The name that everybody sees beside what a person did. */
export const personNameField = shown(
  z
    .string()
    .trim()
    .min(1, "Enter a name.")
    .max(80, "At most 80 characters.")
    .regex(/^[^\p{C}]*$/u, "Only printable characters are allowed."),
);

/** A new password. */
export const newPasswordField = hidden(
  z
    .string()
    .min(PASSWORD_MIN, `Use ${PASSWORD_MIN} characters or more.`)
    .max(PASSWORD_MAX, `Use at most ${PASSWORD_MAX} characters.`),
);

const personId = shown(z.uuid());
const environmentId = shown(z.uuid().nullable());
const role = shown(z.enum(ROLES));

/** What the sign-in form sends. The e-mail is hidden from the audit log: people type passwords into that field. */
export const signInInput = z.strictObject({
  email: hidden(
    z.string().trim().toLowerCase().min(1, "Enter your e-mail address.").max(254, "At most 254 characters."),
  ),
  password: hidden(
    z.string().min(1, "Enter your password.").max(PASSWORD_MAX, `At most ${PASSWORD_MAX} characters.`),
  ),
});
export type SignInInput = z.output<typeof signInInput>;

/** What a one-time link is for: the first administrator, a new person, or a person who lost the password. */
export const LINK_PURPOSES = ["set-up", "invitation", "recovery"] as const;
export type LinkPurpose = (typeof LINK_PURPOSES)[number];

const linkToken = hidden(z.string().regex(/^[A-Za-z0-9_-]{43}$/, "This link is incomplete."));

/** The first administrator's own account, made with the link that the terminal printed. */
export const redeemSetupLinkInput = z.strictObject({
  token: linkToken,
  name: personNameField,
  email: emailField,
  password: newPasswordField,
});
export type RedeemSetupLinkInput = z.output<typeof redeemSetupLinkInput>;

/** A password set with an invitation or a recovery link. */
export const redeemPasswordLinkInput = z.strictObject({ token: linkToken, password: newPasswordField });
export type RedeemPasswordLinkInput = z.output<typeof redeemPasswordLinkInput>;

/** A new person with the first grant; `role` null: no grant yet. */
export const createPersonInput = z.strictObject({
  name: personNameField,
  email: emailField,
  role: shown(z.enum(ROLES).nullable()),
  environmentId,
});
export type CreatePersonInput = z.output<typeof createPersonInput>;

/** A role on one environment, or on all where `environmentId` is null. */
export const grantRoleInput = z.strictObject({ personId, role, environmentId });
export type GrantRoleInput = z.output<typeof grantRoleInput>;

/** One grant to take away. */
export const revokeRoleInput = z.strictObject({ grantId: shown(z.uuid()) });
export type RevokeRoleInput = z.output<typeof revokeRoleInput>;

/** One person to act on. */
export const personInput = z.strictObject({ personId });
export type PersonInput = z.output<typeof personInput>;

/** One session to end. */
export const revokeSessionInput = z.strictObject({ sessionId: shown(z.uuid()) });
export type RevokeSessionInput = z.output<typeof revokeSessionInput>;

/** The person's own password, changed with the old one; every other session ends. */
export const changePasswordInput = z.strictObject({
  currentPassword: hidden(z.string().min(1, "Enter your current password.").max(PASSWORD_MAX)),
  newPassword: newPasswordField,
});
export type ChangePasswordInput = z.output<typeof changePasswordInput>;

/** The e-mail address of somebody who needs a recovery link, and whether they lost their second factor too. */
export const createRecoveryLinkInput = z.strictObject({
  email: emailField,
  resetSecondFactor: shown(z.boolean()),
});
export type CreateRecoveryLinkInput = z.output<typeof createRecoveryLinkInput>;

/** A code of the authenticator app, or a recovery code; spaces, dashes and case do not matter. */
const factorCode = hidden(
  z
    .string()
    .max(60, "This is no code.")
    .transform((text) => text.replaceAll(/[\s-]/g, "").toUpperCase()),
);

/** A second factor given after the password, to finish a sign-in. */
export const completeSignInInput = z.strictObject({ code: factorCode });
export type CompleteSignInInput = z.output<typeof completeSignInInput>;

/** What a person proves again within their session; blank where it was not asked for. */
export const confirmIdentityInput = z.strictObject({
  password: hidden(z.string().max(PASSWORD_MAX, `At most ${PASSWORD_MAX} characters.`)),
  code: factorCode,
});
export type ConfirmIdentityInput = z.output<typeof confirmIdentityInput>;

/** The first code of an authenticator app that is being set up. */
export const confirmTotpInput = z.strictObject({ code: factorCode });
export type ConfirmTotpInput = z.output<typeof confirmTotpInput>;

const base64url = z
  .string()
  .regex(/^[A-Za-z0-9_-]*$/)
  .max(20_000);

/** The parts of a WebAuthn answer that every browser sends beside the answer itself. Source: WebAuthn level 3, section 5.1 */
const credentialParts = {
  id: base64url.max(1500),
  rawId: base64url.max(1500),
  type: z.literal("public-key"),
  authenticatorAttachment: z.string().max(40).nullish(),
  clientExtensionResults: z.record(z.string(), z.unknown()),
};

/** A passkey's answer to a challenge, as the browser gives it. */
export const passkeyAnswer = hashed(
  z.strictObject({
    ...credentialParts,
    response: z.strictObject({
      clientDataJSON: base64url,
      authenticatorData: base64url,
      signature: base64url,
      userHandle: base64url.nullish(),
    }),
  }),
);

/** A new passkey, as the browser gives it. */
const newPasskeyAnswer = hashed(
  z.strictObject({
    ...credentialParts,
    response: z.strictObject({
      clientDataJSON: base64url,
      attestationObject: base64url,
      authenticatorData: base64url.optional(),
      transports: z.array(z.string().max(20)).max(10).optional(),
      publicKeyAlgorithm: z.int().optional(),
      publicKey: base64url.optional(),
    }),
  }),
);

const challengeText = hidden(z.string().regex(/^[A-Za-z0-9_-]{43}$/, "Start again."));

/** An answered challenge of a passkey. */
export const passkeyInput = z.strictObject({ challenge: challengeText, answer: passkeyAnswer });
export type PasskeyInput = z.output<typeof passkeyInput>;

const passkeyName = shown(
  z
    .string()
    .trim()
    .min(1, "Enter a name.")
    .max(60, "At most 60 characters.")
    .regex(/^[^\p{C}]*$/u, "Only printable characters are allowed."),
);

/** A new passkey with the name that its person gives it. */
export const registerPasskeyInput = z.strictObject({
  name: passkeyName,
  challenge: challengeText,
  answer: newPasskeyAnswer,
});
export type RegisterPasskeyInput = z.output<typeof registerPasskeyInput>;

/** Another name for one's passkey. */
export const renamePasskeyInput = z.strictObject({ passkeyId: shown(z.uuid()), name: passkeyName });
export type RenamePasskeyInput = z.output<typeof renamePasskeyInput>;

/** One of one's passkeys. */
export const removePasskeyInput = z.strictObject({ passkeyId: shown(z.uuid()) });
export type RemovePasskeyInput = z.output<typeof removePasskeyInput>;

const line = z
  .string()
  .trim()
  .regex(/^[^\p{C}]*$/u, "Only printable characters are allowed.");

/** A rule for people of the provider: whoever has this value in this claim has the role there. */
export const oidcRule = z.strictObject({
  /** A claim of the provider, or a path to one with dots: `groups`, `realm_access.roles`. */
  claim: line.min(1, "Enter a claim.").max(120, "At most 120 characters."),
  /** The value, or one of the values, that the claim must have; `*` takes any. */
  value: line.min(1, "Enter a value, or * for any.").max(200, "At most 200 characters."),
  role: z.enum(ROLES),
  environmentId: z.uuid().nullable(),
});
export type OidcRule = z.infer<typeof oidcRule>;

const issuer = line
  .max(300, "At most 300 characters.")
  .refine((text) => isIssuer(text), "Enter the https address of the issuer, as the provider writes it.");

/** The sign-in provider and what it may do. `clientSecret` blank keeps the stored one unless it is removed. */
export const updateOidcSettingsInput = z.strictObject({
  seenVersion: shown(z.int()),
  enabled: shown(z.boolean()),
  buttonLabel: shown(line.min(1, "Enter what stands on the button.").max(40, "At most 40 characters.")),
  issuer: shown(issuer),
  clientId: shown(line.min(1, "Enter the client's id.").max(200, "At most 200 characters.")),
  clientSecret: hidden(z.string().trim().max(500, "At most 500 characters.")),
  removeClientSecret: shown(z.boolean()),
  scopes: shown(
    line
      .max(300, "At most 300 characters.")
      .refine((text) => text.split(/\s+/).includes("openid"), "Must contain openid."),
  ),
  createPeople: shown(z.boolean()),
  passwordAllowed: shown(z.boolean()),
  trustsSecondFactor: shown(z.boolean()),
  rules: shown(z.array(oidcRule).max(200, "At most 200 rules.")),
});
export type UpdateOidcSettingsInput = z.output<typeof updateOidcSettingsInput>;

/** The provider to try: as it is in the form, saved or not. */
export const testOidcProviderInput = z.strictObject({ issuer: shown(issuer) });
export type TestOidcProviderInput = z.output<typeof testOidcProviderInput>;

/** Whether a text can be an issuer: https, or http on this very machine, without query and fragment. */
function isIssuer(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || text.includes("?") || text.includes("#") || url.username !== "") return false;
  const isLoopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(url.hostname);
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback);
}

const moment = z.iso.datetime();

/** The sign-in provider as administrators see it; the secret never leaves the server. */
export const oidcSettingsDto = z.strictObject({
  version: z.int(),
  enabled: z.boolean(),
  buttonLabel: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  clientSecret: z.strictObject({ isSet: z.boolean(), setAt: moment.nullable() }),
  scopes: z.string(),
  createPeople: z.boolean(),
  passwordAllowed: z.boolean(),
  trustsSecondFactor: z.boolean(),
  rules: z.array(oidcRule),
  /** The address that the provider sends people back to, to be entered there. */
  redirectUrl: z.string(),
});
export type OidcSettingsDto = z.infer<typeof oidcSettingsDto>;

/** How a person can prove who they are, as their account page and the dialogs show it. */
export const signInMethodsDto = z.strictObject({
  hasPassword: z.boolean(),
  /** The label of the provider that the person signs in with; null where there is none. */
  provider: z.string().nullable(),
  totpSince: moment.nullable(),
  passkeys: z.array(
    z.strictObject({
      id: z.uuid(),
      name: z.string(),
      synced: z.boolean(),
      createdAt: moment,
      lastUsedAt: moment.nullable(),
    }),
  ),
  recoveryCodesLeft: z.int(),
});
export type SignInMethodsDto = z.infer<typeof signInMethodsDto>;

/** One sign-in, or one that failed, as the owner of the account sees it; `words` as in the audit log. */
export const recentSignInDto = z.strictObject({
  sequence: z.string(),
  at: moment,
  words: z.string(),
  address: z.string().nullable(),
  succeeded: z.boolean(),
});
export type RecentSignInDto = z.infer<typeof recentSignInDto>;

/** Which of the two parts of a fresh sign-in stand now; where no second factor is needed, that part stands. */
export type Freshness = { readonly identity: boolean; readonly secondFactor: boolean };

/** Which second factors a sign-in may be finished with. */
export type SecondFactorChoices = {
  readonly totp: boolean;
  readonly passkey: boolean;
  readonly recoveryCode: boolean;
};

/** One grant as the pages show it; `environmentId` null: on all environments. */
export const grantDto = z.strictObject({
  id: z.uuid(),
  role: z.enum(ROLES),
  environmentId: z.uuid().nullable(),
  /** From the rules for the sign-in provider, not from an administrator. */
  fromProvider: z.boolean(),
  grantedAt: moment,
});
export type GrantDto = z.infer<typeof grantDto>;

/** One person as the users page shows them. Without password and provider, they have not redeemed their invitation. */
export const personDto = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  email: z.string(),
  sandbox: z.boolean(),
  hasPassword: z.boolean(),
  /** Signs in with the provider, or did. */
  hasProvider: z.boolean(),
  hasSecondFactor: z.boolean(),
  deactivatedAt: moment.nullable(),
  createdAt: moment,
  lastSeenAt: moment.nullable(),
  sessions: z.int(),
  grants: z.array(grantDto),
});
export type PersonDto = z.infer<typeof personDto>;

/** One session as its owner sees it. */
export const sessionDto = z.strictObject({
  id: z.uuid(),
  device: z.string(),
  address: z.string().nullable(),
  startedAt: moment,
  lastSeenAt: moment,
  endsAt: moment,
  isCurrent: z.boolean(),
});
export type SessionDto = z.infer<typeof sessionDto>;

/** A link that works once, shown once, until `expiresAt`. */
export const oneTimeLinkDto = z.strictObject({ url: z.string(), expiresAt: moment });
export type OneTimeLinkDto = z.infer<typeof oneTimeLinkDto>;
