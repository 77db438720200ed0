import { z } from "zod";

import { shown } from "#lib/audit/classified.ts";

/** What a token is for: `read` what its owner may read, or `propose` migrations, which previews them and creates nothing. */
export const TOKEN_SCOPES = ["read", "propose"] as const;
export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** The longest life of a token, in days. */
export const TOKEN_DAYS_MAX = 365;

/**
 * A new token. `machine`: it is named after a program that the administrator answers for. `environmentIds` null: every environment that
 * the owner may read at the time of use.
 */
export const createTokenInput = z.strictObject({
  name: shown(
    z
      .string()
      .trim()
      .min(1, "Enter a name.")
      .max(80, "At most 80 characters.")
      .regex(/^[^\p{C}]*$/u, "Only printable characters are allowed."),
  ),
  machine: shown(z.boolean()),
  scopes: shown(
    z
      .array(z.enum(TOKEN_SCOPES))
      .min(1, "Choose what the token may do.")
      .max(TOKEN_SCOPES.length)
      .refine((scopes) => new Set(scopes).size === scopes.length, "Each only once."),
  ),
  environmentIds: shown(
    z
      .array(z.uuid())
      .min(1, "Choose an environment.")
      .max(500, "At most 500 environments.")
      .refine((ids) => new Set(ids).size === ids.length, "Each only once.")
      .nullable(),
  ),
  days: shown(
    z
      .int("Enter whole days.")
      .min(1, "At least one day.")
      .max(TOKEN_DAYS_MAX, "A token lives a year at most (365 days)."),
  ),
});
export type CreateTokenInput = z.output<typeof createTokenInput>;

/** One token to act on. */
export const tokenInput = z.strictObject({ tokenId: shown(z.uuid()) });
export type TokenInput = z.output<typeof tokenInput>;

const moment = z.iso.datetime();

/** How a token stands; `owner-inactive`: its owner is deactivated, so it does not work. */
export const TOKEN_STATES = ["active", "expired", "revoked", "owner-inactive"] as const;
export type TokenState = (typeof TOKEN_STATES)[number];

/** A token as its owner and administrators see it; the secret is not stored, `hint` is how it begins. */
export const tokenDto = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  machine: z.boolean(),
  hint: z.string(),
  owner: z.strictObject({ id: z.uuid(), name: z.string() }),
  mine: z.boolean(),
  scopes: z.array(z.enum(TOKEN_SCOPES)),
  /** Null: all that the owner may read. */
  environments: z.array(z.strictObject({ id: z.uuid(), name: z.string() })).nullable(),
  state: z.enum(TOKEN_STATES),
  createdAt: moment,
  expiresAt: moment,
  revokedAt: moment.nullable(),
  revokedBy: z.string().nullable(),
  /** To the minute. */
  lastUsedAt: moment.nullable(),
  lastUsedAddress: z.string().nullable(),
});
export type TokenDto = z.infer<typeof tokenDto>;

/** A token just made, with its secret, this once. */
export const newTokenDto = z.strictObject({ id: z.uuid(), secret: z.string(), expiresAt: moment });
export type NewTokenDto = z.infer<typeof newTokenDto>;

/** A token as it sees itself through the API. */
export const ownTokenDto = tokenDto.pick({
  id: true,
  name: true,
  machine: true,
  owner: true,
  scopes: true,
  environments: true,
  expiresAt: true,
});
export type OwnTokenDto = z.infer<typeof ownTokenDto>;
