"use server";

import { createToken } from "#lib/tokens/create-token.ts";
import { revokeToken } from "#lib/tokens/revoke-token.ts";
import { createTokenInput, tokenInput } from "#lib/tokens/schema.ts";
import { runAction } from "#lib/web/run-action.ts";

export async function createTokenAction(input: unknown) {
  return runAction(createTokenInput, input, createToken);
}

export async function revokeTokenAction(input: unknown) {
  return runAction(tokenInput, input, revokeToken);
}
