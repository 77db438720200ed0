"use server";

import { createInvitationLink } from "#lib/people/create-invitation-link.ts";
import { createPerson } from "#lib/people/create-person.ts";
import { deactivatePerson } from "#lib/people/deactivate-person.ts";
import { grantRole } from "#lib/people/grant-role.ts";
import { reactivatePerson } from "#lib/people/reactivate-person.ts";
import { revokeRole } from "#lib/people/revoke-role.ts";
import { revokeSessions } from "#lib/people/revoke-sessions.ts";
import { resetSecondFactor } from "#lib/people/reset-second-factor.ts";
import {
  createPersonInput,
  grantRoleInput,
  personInput,
  revokeRoleInput,
  testOidcProviderInput,
  updateOidcSettingsInput,
} from "#lib/people/schema.ts";
import { testOidcProvider } from "#lib/people/test-oidc-provider.ts";
import { updateOidcSettings } from "#lib/people/update-oidc-settings.ts";
import { runAction } from "#lib/web/run-action.ts";

export async function createPersonAction(input: unknown) {
  return runAction(createPersonInput, input, createPerson);
}

export async function createInvitationLinkAction(input: unknown) {
  return runAction(personInput, input, createInvitationLink);
}

export async function grantRoleAction(input: unknown) {
  return runAction(grantRoleInput, input, grantRole);
}

export async function revokeRoleAction(input: unknown) {
  return runAction(revokeRoleInput, input, revokeRole);
}

export async function deactivatePersonAction(input: unknown) {
  return runAction(personInput, input, deactivatePerson);
}

export async function reactivatePersonAction(input: unknown) {
  return runAction(personInput, input, reactivatePerson);
}

export async function revokeSessionsAction(input: unknown) {
  return runAction(personInput, input, revokeSessions);
}

export async function resetSecondFactorAction(input: unknown) {
  return runAction(personInput, input, resetSecondFactor);
}

export async function updateOidcSettingsAction(input: unknown) {
  return runAction(updateOidcSettingsInput, input, updateOidcSettings);
}

export async function testOidcProviderAction(input: unknown) {
  return runAction(testOidcProviderInput, input, testOidcProvider);
}
