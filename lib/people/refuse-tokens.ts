import { AppError } from "#lib/errors.ts";
import type { Actor } from "#lib/people/actor.ts";

/**
 * Turns API tokens away from whatever changes something: they read and propose, and a person acts.
 * @throws AppError `forbidden` for the actor kind `token`
 */
export function refuseTokens(actor: Actor): void {
  if (actor.kind !== "token") return;
  throw new AppError(
    "forbidden",
    "An API token can read and propose, and changes nothing. Nothing was changed. A person has to do this in the console.",
  );
}
