"use server";

import { changePassword } from "#lib/people/change-password.ts";
import { revokeSession } from "#lib/people/revoke-session.ts";
import { changePasswordInput, revokeSessionInput } from "#lib/people/schema.ts";
import { runAction } from "#lib/web/run-action.ts";

export async function changePasswordAction(input: unknown) {
  return runAction(changePasswordInput, input, async (context, parsed, session) =>
    changePassword(context, parsed, session.sessionId),
  );
}

export async function revokeSessionAction(input: unknown) {
  return runAction(revokeSessionInput, input, revokeSession);
}
