import { z } from "zod";

import { NOTIFICATION_KINDS } from "#lib/notifications/schema.ts";
import { actor } from "#lib/people/actor.ts";
import { ROLES } from "#lib/people/schema.ts";

/**
 * Whom an event asks something of or concerns: people by identifier, and whoever holds one of the roles on the event's environment
 * when it is told. Only e-mail channels look at it; webhooks are told everything that they subscribe to.
 */
export const addressed = z.strictObject({
  people: z.array(z.string()),
  roles: z.array(z.enum(ROLES)),
});

/** Something that happened, for whoever wants to be told. */
export const notificationEvent = z.strictObject({
  /**
   * Names the occurrence for ever, such as `request:<id>:approved:<decision id>`: what is noticed twice, by two workers or a
   * repeated run, is told once.
   */
  key: z.string().min(1).max(200),
  kind: z.enum(NOTIFICATION_KINDS),
  environmentId: z.uuid(),
  migrationId: z.uuid(),
  planHash: z.string().nullable(),
  /** The unit of the plan that it is about; null where it is about none. */
  unit: z.string().nullable(),
  /** The step that it is about; null where it is about a whole unit or the migration. */
  stepId: z.string().nullable(),
  /** The approval request, attempt or incident that it is about. */
  subjectId: z.uuid().nullable(),
  actor,
  addressed,
  /**
   * What a person wrote about it (reason, note) or the title of an incident; null otherwise. Leaves the console: never the answer
   * of a system, never a secret, no timestamps of a sequence.
   */
  words: z.string().nullable(),
});
export type NotificationEvent = z.output<typeof notificationEvent>;
