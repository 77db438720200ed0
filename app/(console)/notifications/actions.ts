"use server";

import { createChannel } from "#lib/notifications/create-channel.ts";
import { removeChannel } from "#lib/notifications/remove-channel.ts";
import { retryDelivery } from "#lib/notifications/retry-delivery.ts";
import { rotateSigningSecret } from "#lib/notifications/rotate-signing-secret.ts";
import {
  createChannelInput,
  retryDeliveryInput,
  seenChannelInput,
  setPreferencesInput,
  switchChannelInput,
  testChannelInput,
  updateChannelInput,
} from "#lib/notifications/schema.ts";
import { setPreferences } from "#lib/notifications/set-preferences.ts";
import { switchChannel } from "#lib/notifications/switch-channel.ts";
import { testChannel } from "#lib/notifications/test-channel.ts";
import { updateChannel } from "#lib/notifications/update-channel.ts";
import { runAction } from "#lib/web/run-action.ts";

export async function createChannelAction(input: unknown) {
  return runAction(createChannelInput, input, createChannel);
}

export async function updateChannelAction(input: unknown) {
  return runAction(updateChannelInput, input, updateChannel);
}

export async function switchChannelAction(input: unknown) {
  return runAction(switchChannelInput, input, switchChannel);
}

export async function removeChannelAction(input: unknown) {
  return runAction(seenChannelInput, input, removeChannel);
}

export async function rotateSigningSecretAction(input: unknown) {
  return runAction(seenChannelInput, input, rotateSigningSecret);
}

export async function testChannelAction(input: unknown) {
  return runAction(testChannelInput, input, testChannel);
}

export async function retryDeliveryAction(input: unknown) {
  return runAction(retryDeliveryInput, input, retryDelivery);
}

export async function setPreferencesAction(input: unknown) {
  return runAction(setPreferencesInput, input, setPreferences);
}
