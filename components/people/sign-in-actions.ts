import type { Action } from "#components/live/use-action.ts";
import type { BeginPasskey } from "#components/people/passkey-action.ts";
import type { SecondFactorChoices } from "#lib/people/schema.ts";

/** What can be done on the sign-in page. */
export interface SignInActions {
  /** Answers the second factors to choose from; null: signed in. */
  signIn: Action<SecondFactorChoices | null>;
  complete: Action;
  beginPasskeyCompletion: BeginPasskey;
  completeWithPasskey: Action;
  cancel: Action;
  beginPasskey: BeginPasskey;
  signInWithPasskey: Action;
  /** Answers the address at the provider to go to. */
  beginProvider: Action<string>;
}
