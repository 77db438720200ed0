"use server";

import { commandSandbox } from "#lib/rehearsal/command-sandbox.ts";
import { sandboxCommand } from "#lib/rehearsal/schema.ts";
import { runAction } from "#lib/web/run-action.ts";

/** Gives the sandbox an order. */
export async function commandSandboxAction(input: unknown) {
  return runAction(sandboxCommand, input, commandSandbox);
}
