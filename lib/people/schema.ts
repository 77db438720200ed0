import { z } from "zod";

import { hidden, shown } from "#lib/audit/classified.ts";

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

/** The e-mail address of somebody who needs a recovery link. */
export const createRecoveryLinkInput = z.strictObject({ email: emailField });
export type CreateRecoveryLinkInput = z.output<typeof createRecoveryLinkInput>;

const moment = z.iso.datetime();

/** One grant as the pages show it; `environmentId` null: on all environments. */
export const grantDto = z.strictObject({
  id: z.uuid(),
  role: z.enum(ROLES),
  environmentId: z.uuid().nullable(),
  grantedAt: moment,
});
export type GrantDto = z.infer<typeof grantDto>;

/** One person as the users page shows them. `hasPassword` is false until an invitation was redeemed. */
export const personDto = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  email: z.string(),
  sandbox: z.boolean(),
  hasPassword: z.boolean(),
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
