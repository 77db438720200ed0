import { z } from "zod";

import * as approvals from "#lib/approvals/schema.ts";
import { shown } from "#lib/audit/classified.ts";
import * as freeze from "#lib/freeze/schema.ts";
import { importRecord } from "#lib/inventory/import-schema.ts";
import * as inventory from "#lib/inventory/schema.ts";
import * as migrations from "#lib/migrations/schema.ts";
import { controlJobInput } from "#lib/mover/schema.ts";
import * as notifications from "#lib/notifications/schema.ts";
import * as people from "#lib/people/schema.ts";
import * as rehearsal from "#lib/rehearsal/schema.ts";
import * as tokens from "#lib/tokens/schema.ts";

/** An action that the audit log knows: its words for the page, and the schemas that decide what of it is kept. */
export type ActionEntry<Input extends z.ZodType = z.ZodType, Outcome extends z.ZodType = z.ZodType> = {
  readonly words: string;
  readonly input: Input;
  readonly outcome: Outcome;
};

const NOTHING = z.strictObject({});

/** Facts about what came of an action: whoever fills them in keeps secrets out. */
const FACTS = shown(z.record(z.string(), z.unknown()));

function entry<Input extends z.ZodType>(words: string, input: Input): ActionEntry<Input, typeof FACTS> {
  return { words, input, outcome: FACTS };
}

const sandboxPeople = z.strictObject({ environmentId: shown(z.uuid()) });

/**
 * Every action that `transact` may be asked for. A verb that is not here does not compile; a field of an input that is not
 * marked with `shown`, `hashed` or `hidden` (lib/audit/classified.ts) fails the test beside this file. Add a line for each new
 * verb, named like its file.
 */
export const AUDITED_ACTIONS = {
  "sign-in": entry("signed in", people.signInInput),
  "complete-sign-in": entry("finished a sign-in with a code", people.completeSignInInput),
  "complete-sign-in-with-passkey": entry("finished a sign-in with a passkey", people.passkeyInput),
  "sign-in-with-passkey": entry("signed in with a passkey", people.passkeyInput),
  "sign-in-with-oidc": entry("signed in with the provider", NOTHING),
  "sign-out": entry("signed out", NOTHING),
  "create-setup-link": entry("made the link for the first administrator", NOTHING),
  "redeem-setup-link": entry("set up the first administrator", people.redeemSetupLinkInput),
  "redeem-password-link": entry("set a password by link", people.redeemPasswordLinkInput),
  "create-recovery-link": entry("made a recovery link", people.createRecoveryLinkInput),
  "create-invitation-link": entry("made an invitation link", people.personInput),
  "create-person": entry("added a person", people.createPersonInput),
  "grant-role": entry("granted a role", people.grantRoleInput),
  "revoke-role": entry("revoked a role", people.revokeRoleInput),
  "deactivate-person": entry("deactivated a person", people.personInput),
  "reactivate-person": entry("reactivated a person", people.personInput),
  "revoke-session": entry("ended a session", people.revokeSessionInput),
  "revoke-sessions": entry("ended all sessions of a person", people.personInput),
  "change-password": entry("changed the own password", people.changePasswordInput),
  "confirm-identity": entry("confirmed who they are", people.confirmIdentityInput),
  "confirm-identity-with-passkey": entry("confirmed who they are with a passkey", people.passkeyInput),
  "confirm-identity-with-oidc": entry("confirmed who they are at the provider", NOTHING),
  "begin-totp": entry("began to set up an authenticator app", NOTHING),
  "confirm-totp": entry("put an authenticator app into use", people.confirmTotpInput),
  "remove-totp": entry("removed the own authenticator app", NOTHING),
  "renew-recovery-codes": entry("made new recovery codes", NOTHING),
  "begin-passkey": entry("began to add a passkey", NOTHING),
  "register-passkey": entry("added a passkey", people.registerPasskeyInput),
  "rename-passkey": entry("renamed a passkey", people.renamePasskeyInput),
  "remove-passkey": entry("removed a passkey", people.removePasskeyInput),
  "reset-second-factor": entry("reset the second factor of a person", people.personInput),
  "update-oidc-settings": entry("changed single sign-on", people.updateOidcSettingsInput),
  "test-oidc-provider": entry("tested the sign-in provider", people.testOidcProviderInput),
  "ensure-sandbox-people": entry("made the sandbox's people", sandboxPeople),
  "remove-sandbox-people": entry("deactivated the sandbox's people", NOTHING),

  "create-environment": entry("added an environment", inventory.createEnvironmentInput),
  "update-environment": entry("changed an environment", inventory.updateEnvironmentInput),
  "archive-environment": entry("archived an environment", inventory.archiveInput),
  "restore-environment": entry("restored an environment", inventory.archiveInput),
  "create-cluster": entry("added a TimeLock cluster", inventory.createClusterInput),
  "update-cluster": entry("changed a TimeLock cluster", inventory.updateClusterInput),
  "archive-cluster": entry("archived a TimeLock cluster", inventory.archiveInput),
  "restore-cluster": entry("restored a TimeLock cluster", inventory.archiveInput),
  "create-store": entry("added a store", inventory.createStoreInput),
  "update-store": entry("changed a store", inventory.updateStoreInput),
  "archive-store": entry("archived a store", inventory.archiveInput),
  "restore-store": entry("restored a store", inventory.archiveInput),
  "create-service": entry("added a service", inventory.createServiceInput),
  "import-service": entry("imported a service from its AtlasDB configuration", importRecord),
  "update-service": entry("changed a service", inventory.updateServiceInput),
  "archive-service": entry("archived a service", inventory.archiveInput),
  "restore-service": entry("restored a service", inventory.archiveInput),
  "test-cluster-connection": entry("tested the connection to a TimeLock cluster", inventory.testClusterInput),
  "test-store-connection": entry("tested the connection to a store", inventory.testStoreInput),
  "pin-store-identity": entry("pinned the identity of a store", inventory.archiveInput),

  "create-migration": entry("started a migration", migrations.createMigrationInput),
  "run-step": entry("ran a step", migrations.runStepInput),
  attest: entry("attested", migrations.attestInput),
  "paste-output": entry("pasted the output of a command", migrations.pasteOutputInput),
  "submit-configuration": entry("submitted a configuration", migrations.submitConfigurationInput),
  "record-smoke-test": entry("recorded a smoke test", migrations.recordSmokeTestInput),
  "skip-step": entry("skipped a step", migrations.skipStepInput),
  "undo-step": entry("undid a step", migrations.undoStepInput),
  settle: entry("settled an uncertain attempt", migrations.settleInput),
  "control-job": entry("asked something of a copy or a comparison", controlJobInput),
  "abandon-migration": entry("abandoned a migration", migrations.abandonInput),
  "record-outcome": entry("recorded the outcome of an attempt", NOTHING),
  "open-incident": entry("opened an incident", NOTHING),
  "end-watch": entry("ended the watch of a migration", NOTHING),
  "close-incident": entry("closed an incident", migrations.closeIncidentInput),

  "replan-migration": entry("took a new plan over", migrations.replanInput),
  "set-policy": entry("changed an approval policy", approvals.setPolicyInput),
  "request-approval": entry("asked for an approval", approvals.requestApprovalInput),
  "decide-approval": entry("decided on an approval", approvals.decideApprovalInput),
  "withdraw-approval": entry("withdrew an approval request", approvals.withdrawApprovalInput),
  "expire-approval": entry("ended an expired approval request", NOTHING),
  "break-glass": entry("went ahead without approval", approvals.breakGlassInput),
  "review-break-glass": entry("reviewed going ahead without approval", approvals.reviewBreakGlassInput),
  "record-independent-reading": entry(
    "read the critical values again",
    approvals.recordIndependentReadingInput,
  ),
  "set-freeze": entry("changed the freeze of an environment", freeze.setFreezeInput),
  "add-window": entry("added a maintenance window", freeze.addWindowInput),
  "remove-window": entry("removed a maintenance window", freeze.removeWindowInput),

  "create-channel": entry("added a notification channel", notifications.createChannelInput),
  "update-channel": entry("changed a notification channel", notifications.updateChannelInput),
  "switch-channel": entry("switched a notification channel", notifications.switchChannelInput),
  "remove-channel": entry("removed a notification channel", notifications.seenChannelInput),
  "rotate-signing-secret": entry("made a new signing secret for a webhook", notifications.seenChannelInput),
  "test-channel": entry("sent a test through a notification channel", notifications.testChannelInput),
  "retry-delivery": entry("had a notification sent again", notifications.retryDeliveryInput),
  "set-preferences": entry("changed the own notification settings", notifications.setPreferencesInput),

  "create-token": entry("made an API token", tokens.createTokenInput),
  "revoke-token": entry("revoked an API token", tokens.tokenInput),

  "command-sandbox": entry("gave the sandbox an order", rehearsal.sandboxCommand),
} as const satisfies Readonly<Record<string, ActionEntry>>;

/** The name of an audited action. */
export type AuditedAction = keyof typeof AUDITED_ACTIONS;
/** The parsed input of an action, as its verb takes it. */
export type ActionInput<A extends AuditedAction> = z.output<(typeof AUDITED_ACTIONS)[A]["input"]>;
/** What came of an action, for its audit row. */
export type ActionOutcome<A extends AuditedAction> = z.output<(typeof AUDITED_ACTIONS)[A]["outcome"]>;
