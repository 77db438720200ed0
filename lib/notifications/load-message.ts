import { z } from "zod";

import type { Reader } from "#lib/db/transact-handle.ts";
import { targets, type Runbook } from "#lib/engine/step.ts";
import { unitOf } from "#lib/engine/unit.ts";
import { composeMessage, composeTest, type Message } from "#lib/notifications/message.ts";
import type { Envelope } from "#lib/notifications/payloads.ts";
import { NOTIFICATION_KINDS, type NotificationKind } from "#lib/notifications/schema.ts";
import { actor, type Actor } from "#lib/people/actor.ts";
import { publicUrl } from "#lib/people/public-url.ts";
import { RUNBOOKS } from "#lib/runbooks/registry.ts";

/** The kind of the event that the test button makes; nobody can subscribe to it. */
export const TEST_KIND = "test";

/** What is told of an event, with what payloads say beside it. */
export type Told = { readonly envelope: Envelope; readonly message: Message };

/** Where people say what they want to be sent. */
export function preferencesUrl(): string {
  return new URL("/notifications/preferences", publicUrl()).href;
}

/**
 * Puts together what is told of an event, with names as they are now. Its link leads to the request or the migration and names the plan. For a test
 * `channel` is the one that is tried. @throws when there is no such event
 */
export async function loadMessage(reader: Reader, eventId: string, channel: string): Promise<Told> {
  const event = await reader.notificationEvent.findUniqueOrThrow({ where: { id: eventId } });
  const by = actor.parse(event.actor);
  const environment =
    event.environmentId === null
      ? null
      : await reader.environment.findUnique({
          where: { id: event.environmentId },
          select: { id: true, name: true },
        });
  const envelope: Envelope = {
    eventId,
    kind: event.kind,
    at: event.at.toISOString(),
    environment,
    migrationId: event.migrationId,
    unit: event.unit,
    step: event.stepId,
    actor: { kind: by.kind, name: nameOf(by) },
  };
  if (event.kind === TEST_KIND) {
    const link = new URL("/notifications", publicUrl()).href;
    return { envelope, message: composeTest(channel, nameOf(by), link) };
  }
  const { migrationId, planHash, unit, stepId, words } = event;
  const about = await aboutMigration(reader, migrationId);
  const message = composeMessage({
    kind: z.enum(NOTIFICATION_KINDS).parse(event.kind),
    environment: environment?.name ?? "no environment",
    service: about.service,
    runbook: about.runbook?.title ?? "a migration",
    part: partOf(about.runbook, unit, stepId),
    direction: await directionOf(reader, event.kind, event.subjectId),
    actor: nameOf(by),
    words,
    planHash,
    link: linkTo(event),
  });
  return { envelope, message };
}

const ABOUT_REQUESTS: readonly string[] = [
  "approval-requested",
  "approved",
  "rejected",
  "withdrawn",
  "approval-expired",
  "glass-broken",
  "review-requested",
] as const satisfies readonly NotificationKind[];

/** The page of the approval request, or of the migration, with the hash that the message is about. */
function linkTo(event: {
  readonly kind: string;
  readonly subjectId: string | null;
  readonly migrationId: string | null;
  readonly planHash: string | null;
}): string {
  const { kind, subjectId, migrationId, planHash } = event;
  const ofRequest = ABOUT_REQUESTS.includes(kind) && subjectId !== null ? `/approvals/${subjectId}` : null;
  const ofMigration = migrationId === null ? "/migrations" : `/migrations/${migrationId}`;
  const url = new URL(ofRequest ?? ofMigration, publicUrl());
  if (planHash !== null) url.searchParams.set("plan", planHash);
  return url.href;
}

async function aboutMigration(reader: Reader, id: string | null) {
  const row =
    id === null
      ? null
      : await reader.migration.findUnique({ where: { id }, select: { targets: true, runbook: true } });
  const known = targets.safeParse(row?.targets);
  return {
    service: known.success ? known.data.serviceLabel : "a service",
    runbook: RUNBOOKS.find((one) => one.id === row?.runbook) ?? null,
  };
}

function partOf(runbook: Runbook | null, unit: string | null, stepId: string | null): string | null {
  if (stepId !== null) return runbook?.steps.find((step) => step.id === stepId)?.title ?? stepId;
  if (unit === null) return null;
  return runbook === null ? unit : (unitOf(runbook, unit)?.title ?? unit);
}

async function directionOf(reader: Reader, kind: string, subjectId: string | null): Promise<"do" | "undo"> {
  if (subjectId === null || !kind.startsWith("step-")) return "do";
  const attempt = await reader.migrationAttempt.findUnique({
    where: { id: subjectId },
    select: { direction: true },
  });
  return attempt?.direction === "undo" ? "undo" : "do";
}

function nameOf(by: Actor): string {
  return by.kind === "person" ? by.name : `Lockstep's ${by.kind}`;
}
