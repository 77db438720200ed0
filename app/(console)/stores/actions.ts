"use server";

import { archiveStore } from "#lib/inventory/archive-store.ts";
import { createStore } from "#lib/inventory/create-store.ts";
import { restoreStore } from "#lib/inventory/restore-store.ts";
import {
  archiveInput,
  createStoreInput,
  pinPastedInput,
  testStoreInput,
  updateStoreInput,
} from "#lib/inventory/schema.ts";
import { testStoreConnection } from "#lib/inventory/test-store-connection.ts";
import { pinPastedIdentity } from "#lib/inventory/pin-pasted-identity.ts";
import { pinStoreIdentity } from "#lib/inventory/pin-store-identity.ts";
import { updateStore } from "#lib/inventory/update-store.ts";
import { runAction } from "#lib/web/run-action.ts";

export async function createStoreAction(input: unknown) {
  return runAction(createStoreInput, input, createStore);
}

export async function updateStoreAction(input: unknown) {
  return runAction(updateStoreInput, input, updateStore);
}

export async function archiveStoreAction(input: unknown) {
  return runAction(archiveInput, input, archiveStore);
}

export async function restoreStoreAction(input: unknown) {
  return runAction(archiveInput, input, restoreStore);
}

export async function testStoreConnectionAction(input: unknown) {
  return runAction(testStoreInput, input, testStoreConnection);
}

export async function pinStoreIdentityAction(input: unknown) {
  return runAction(archiveInput, input, pinStoreIdentity);
}

export async function pinPastedIdentityAction(input: unknown) {
  return runAction(pinPastedInput, input, pinPastedIdentity);
}
