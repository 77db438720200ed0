import type { Action } from "#components/live/use-action.ts";
import type { BeginNewPasskey } from "#components/people/passkey-action.ts";

/** Recovery codes as they are shown, once; null where the person has some already. */
export type ShownOnce = { recoveryCodes: readonly string[] | null };

/** What people can do to their own account's security. */
export interface SecurityActions {
  changePassword: Action;
  revokeSession: Action;
  beginTotp: Action<{ secret: string; uri: string }>;
  confirmTotp: Action<ShownOnce>;
  removeTotp: Action;
  renewRecoveryCodes: Action<ShownOnce>;
  beginPasskey: BeginNewPasskey;
  registerPasskey: Action<ShownOnce>;
  renamePasskey: Action;
  removePasskey: Action;
}
