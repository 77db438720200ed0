"use server";

import { abandonMigration } from "#lib/migrations/abandon-migration.ts";
import { attest } from "#lib/migrations/attest.ts";
import { closeIncident } from "#lib/migrations/close-incident.ts";
import { controlJob } from "#lib/migrations/control-job.ts";
import { createMigration } from "#lib/migrations/create-migration.ts";
import { pasteOutput } from "#lib/migrations/paste-output.ts";
import { previewMigration } from "#lib/migrations/preview-migration.ts";
import { recordSmokeTest } from "#lib/migrations/record-smoke-test.ts";
import { replanMigration } from "#lib/migrations/replan-migration.ts";
import { runStep } from "#lib/migrations/run-step.ts";
import {
  abandonInput,
  attestInput,
  closeIncidentInput,
  createMigrationInput,
  pasteOutputInput,
  recordSmokeTestInput,
  replanInput,
  runStepInput,
  settleInput,
  skipStepInput,
  submitConfigurationInput,
  undoStepInput,
} from "#lib/migrations/schema.ts";
import { settle } from "#lib/migrations/settle.ts";
import { skipStep } from "#lib/migrations/skip-step.ts";
import { submitConfiguration } from "#lib/migrations/submit-configuration.ts";
import { undoStep } from "#lib/migrations/undo-step.ts";
import { controlJobInput } from "#lib/mover/schema.ts";
import { runAction } from "#lib/web/run-action.ts";

export async function previewMigrationAction(input: unknown) {
  return runAction(createMigrationInput, input, previewMigration);
}

export async function createMigrationAction(input: unknown) {
  return runAction(createMigrationInput, input, createMigration);
}

export async function runStepAction(input: unknown) {
  return runAction(runStepInput, input, runStep);
}

export async function attestAction(input: unknown) {
  return runAction(attestInput, input, attest);
}

export async function pasteOutputAction(input: unknown) {
  return runAction(pasteOutputInput, input, pasteOutput);
}

export async function submitConfigurationAction(input: unknown) {
  return runAction(submitConfigurationInput, input, submitConfiguration);
}

export async function recordSmokeTestAction(input: unknown) {
  return runAction(recordSmokeTestInput, input, recordSmokeTest);
}

export async function skipStepAction(input: unknown) {
  return runAction(skipStepInput, input, skipStep);
}

export async function undoStepAction(input: unknown) {
  return runAction(undoStepInput, input, undoStep);
}

export async function settleAction(input: unknown) {
  return runAction(settleInput, input, settle);
}

export async function controlJobAction(input: unknown) {
  return runAction(controlJobInput, input, controlJob);
}

export async function replanMigrationAction(input: unknown) {
  return runAction(replanInput, input, replanMigration);
}

export async function abandonMigrationAction(input: unknown) {
  return runAction(abandonInput, input, abandonMigration);
}

export async function closeIncidentAction(input: unknown) {
  return runAction(closeIncidentInput, input, closeIncident);
}
