import type { TokenDto, TokenScope, TokenState } from "#lib/tokens/schema.ts";

/** What each scope lets a program do. */
export const SCOPE_WORDS: Readonly<Record<TokenScope, { readonly label: string; readonly hint: string }>> = {
  read: { label: "Read", hint: "Environments, services and their live state, migrations, approvals, audit." },
  propose: { label: "Propose migrations", hint: "Previews a migration; a person has to create it." },
};

/** How a token stands, in words; null while it works. */
export const STATE_WORDS: Readonly<Record<TokenState, string | null>> = {
  active: null,
  expired: "expired",
  revoked: "revoked",
  "owner-inactive": "owner deactivated",
};

/** The lives that the dialog offers, in days. */
export const LIVES = [
  { days: 7, label: "7 days" },
  { days: 30, label: "30 days" },
  { days: 90, label: "90 days" },
  { days: 365, label: "A year" },
] as const;

/** Where a token reads, in words. */
export function environmentsWords({ environments }: Pick<TokenDto, "environments">): string {
  return environments === null ? "all of the owner's" : environments.map(({ name }) => name).join(", ");
}
