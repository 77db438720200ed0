import { randomUUID } from "node:crypto";

import { database } from "#lib/db/client.ts";
import { databaseNow } from "#lib/engine/run-context.ts";
import { addressed } from "#lib/notifications/event.ts";
import { recipientText, type Recipient } from "#lib/notifications/recipient.ts";
import { NOTIFICATION_KINDS, UNMUTABLE_KINDS } from "#lib/notifications/schema.ts";
import { actor } from "#lib/people/actor.ts";

/** How often a delivery is tried before it is given up. The waits between stand in `deliver.ts`. */
export const ATTEMPTS_ALLOWED = 8;

const EVENTS_MAX = 100;

/**
 * Makes the deliveries of events that have none yet: one for each channel that wants the event, and for e-mail one for each person.
 * May be repeated and may run in several workers at once: the unique index lets each delivery be made once. Returns how many events
 * it went through.
 */
export async function fanOut(): Promise<number> {
  const events = await database().notificationEvent.findMany({
    where: { fannedOutAt: null },
    orderBy: { at: "asc" },
    take: EVENTS_MAX,
  });
  for (const event of events) await fanOutOne(event);
  return events.length;
}

type EventRow = Awaited<ReturnType<ReturnType<typeof database>["notificationEvent"]["findUniqueOrThrow"]>>;

async function fanOutOne(event: EventRow): Promise<void> {
  const db = database();
  const channels = await db.notificationChannel.findMany({
    where: {
      enabled: true,
      removedAt: null,
      events: { has: event.kind },
      OR: [{ environmentId: null }, { environmentId: event.environmentId }],
    },
  });
  const people = channels.some((channel) => channel.mailAddressed) ? await peopleOf(event) : [];
  const firstTryAt = await databaseNow();
  const rows = channels.flatMap((channel) =>
    recipientsOf(channel, people).map((recipient) => ({
      id: randomUUID(),
      eventId: event.id,
      channelId: channel.id,
      recipient: recipientText(recipient),
      attemptsAllowed: ATTEMPTS_ALLOWED,
      nextTryAt: firstTryAt,
    })),
  );
  await db.notificationDelivery.createMany({ data: rows, skipDuplicates: true });
  await db.$executeRaw`
    UPDATE notification_event SET fanned_out_at = clock_timestamp() WHERE id = ${event.id}::uuid AND fanned_out_at IS NULL`;
}

type ChannelRow = {
  readonly kind: string;
  readonly mailTo: readonly string[];
  readonly mailAddressed: boolean;
};
type Addressee = { readonly id: string; readonly email: string };

function recipientsOf(channel: ChannelRow, people: readonly Addressee[]): readonly Recipient[] {
  if (channel.kind !== "email") return [{ kind: "channel" }];
  const addressees = channel.mailAddressed ? people : [];
  const theirs = new Set(addressees.map(({ email }) => email));
  const others = channel.mailTo.filter((address) => !theirs.has(address));
  return [
    ...addressees.map(({ id }) => ({ kind: "person" as const, id })),
    ...others.map((address) => ({ kind: "address" as const, address })),
  ];
}

/**
 * The active people whom the event is addressed to and who may read its environment now, without those who do not want it. The sandbox's
 * people have no mailboxes.
 */
async function peopleOf(event: EventRow): Promise<readonly Addressee[]> {
  const to = addressed.parse(event.addressed);
  const by = actor.parse(event.actor);
  const people = await database().$queryRaw<(Addressee & { muted: string[]; ownActs: boolean })[]>`
    SELECT p.id, p.email, coalesce(w.muted, '{}') AS muted, coalesce(w.own_acts, false) AS "ownActs"
    FROM person p LEFT JOIN notification_preference w ON w.person_id = p.id
    WHERE p.deactivated_at IS NULL AND NOT p.sandbox AND EXISTS (
      SELECT 1 FROM role_grant g WHERE g.person_id = p.id
        AND (g.environment_id IS NULL OR g.environment_id = ${event.environmentId}::uuid)
        AND (p.id::text = ANY(${to.people}::text[]) OR g.role = ANY(${to.roles}::text[])))
    ORDER BY p.email`;
  return people.filter((person) => wants(person, event.kind, by.id));
}

function wants(
  person: { readonly id: string; readonly muted: readonly string[]; readonly ownActs: boolean },
  kind: string,
  actorId: string,
): boolean {
  if (person.id === actorId && !person.ownActs) return false;
  const cannotBeMuted = UNMUTABLE_KINDS.some((fixed) => fixed === kind) || !isKnown(kind);
  return cannotBeMuted || !person.muted.includes(kind);
}

function isKnown(kind: string): boolean {
  return NOTIFICATION_KINDS.some((known) => known === kind);
}
