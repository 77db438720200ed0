"use server";

import { archiveEnvironment } from "#lib/inventory/archive-environment.ts";
import { createEnvironment } from "#lib/inventory/create-environment.ts";
import { restoreEnvironment } from "#lib/inventory/restore-environment.ts";
import { archiveInput, createEnvironmentInput, updateEnvironmentInput } from "#lib/inventory/schema.ts";
import { updateEnvironment } from "#lib/inventory/update-environment.ts";
import { runAction } from "#lib/web/run-action.ts";

export async function createEnvironmentAction(input: unknown) {
  return runAction(createEnvironmentInput, input, createEnvironment);
}

export async function updateEnvironmentAction(input: unknown) {
  return runAction(updateEnvironmentInput, input, updateEnvironment);
}

export async function archiveEnvironmentAction(input: unknown) {
  return runAction(archiveInput, input, archiveEnvironment);
}

export async function restoreEnvironmentAction(input: unknown) {
  return runAction(archiveInput, input, restoreEnvironment);
}
