"use server";

import { archiveService } from "#lib/inventory/archive-service.ts";
import { createService } from "#lib/inventory/create-service.ts";
import { importServiceInput } from "#lib/inventory/import-schema.ts";
import { importService } from "#lib/inventory/import-service.ts";
import { restoreService } from "#lib/inventory/restore-service.ts";
import { archiveInput, createServiceInput, updateServiceInput } from "#lib/inventory/schema.ts";
import { updateService } from "#lib/inventory/update-service.ts";
import { runAction } from "#lib/web/run-action.ts";

export async function createServiceAction(input: unknown) {
  return runAction(createServiceInput, input, createService);
}

export async function importServiceAction(input: unknown) {
  return runAction(importServiceInput, input, importService);
}

export async function updateServiceAction(input: unknown) {
  return runAction(updateServiceInput, input, updateService);
}

export async function archiveServiceAction(input: unknown) {
  return runAction(archiveInput, input, archiveService);
}

export async function restoreServiceAction(input: unknown) {
  return runAction(archiveInput, input, restoreService);
}
