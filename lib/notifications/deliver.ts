import { database } from "#lib/db/client.ts";
import { AdapterError, AppError } from "#lib/errors.ts";
import { ATTEMPTS_ALLOWED } from "#lib/notifications/fan-out.ts";
import { loadMessage, TEST_KIND } from "#lib/notifications/load-message.ts";
import { parseRecipient } from "#lib/notifications/recipient.ts";
import type { TryOutcome } from "#lib/notifications/schema.ts";
import { send } from "#lib/notifications/send.ts";

/** Seconds to wait after each failed try, about six hours together; after the last one the delivery is given up. */
export const RETRY_WAITS_SECONDS: readonly number[] = [10, 30, 120, 600, 1_800, 3_600, 14_400];

/**
 * For so long a try has the delivery for itself; longer than any try takes. Whoever died in a try is followed by another one after it,
 * with the same delivery id, so that a receiver can tell.
 */
const CLAIM_SECONDS = 60;

/** How one try ended. */
export type Tried = { readonly outcome: TryOutcome; readonly detail: string };

/** What deliveries work with. `reached` is told each stage; tests let a worker die there. */
export type Delivering = {
  readonly waitsSeconds?: readonly number[];
  readonly claimSeconds?: number;
  readonly reached?: (stage: "claimed" | "sent") => Promise<void>;
};

/**
 * Tries one delivery if it is due: writes the try down, sends, and writes what came of it, each in a statement of its own. Several
 * workers may be asked for the same delivery: one of them does it. Null when there was nothing to do. With `now` a waiting delivery is
 * tried before its time.
 */
export async function deliver(
  deliveryId: string,
  options: Delivering & { readonly now?: boolean } = {},
): Promise<Tried | null> {
  const attempt = await claim(deliveryId, options);
  if (attempt === null) {
    await giveUpExhausted(deliveryId);
    return null;
  }
  await options.reached?.("claimed");
  const tried = await tryOnce(deliveryId, attempt);
  await options.reached?.("sent");
  const waits = options.waitsSeconds ?? RETRY_WAITS_SECONDS;
  await record(deliveryId, attempt, tried, waits[Math.min(tried.tryOfRound, waits.length) - 1] ?? 0);
  return { outcome: tried.outcome, detail: tried.detail };
}

/** Deliveries that are due now, oldest first. */
export async function dueDeliveries(limit: number): Promise<readonly string[]> {
  const rows = await database().$queryRaw<{ id: string }[]>`
    SELECT id FROM notification_delivery WHERE next_try_at <= clock_timestamp() ORDER BY next_try_at LIMIT ${limit}`;
  return rows.map(({ id }) => id);
}

async function claim(
  id: string,
  { now = false, claimSeconds = CLAIM_SECONDS }: Delivering & { readonly now?: boolean },
): Promise<number | null> {
  const rows = await database().$queryRaw<{ number: number }[]>`
    WITH claimed AS (
      UPDATE notification_delivery SET state = 'sending', attempts = attempts + 1, last_tried_at = clock_timestamp(),
        next_try_at = clock_timestamp() + make_interval(secs => ${claimSeconds}::int)
      WHERE id = ${id}::uuid AND attempts < attempts_allowed
        AND (next_try_at <= clock_timestamp() OR (${now} AND state = 'waiting'))
      RETURNING id, attempts)
    INSERT INTO notification_attempt (delivery_id, number) SELECT id, attempts FROM claimed RETURNING number`;
  return rows[0]?.number ?? null;
}

/** `tryOfRound`: counted from the start, or from when a person had it tried again. */
type Ended = Tried & { readonly isFinal: boolean; readonly tryOfRound: number };

async function tryOnce(id: string, attempt: number): Promise<Ended> {
  const delivery = await database().notificationDelivery.findUniqueOrThrow({
    where: { id },
    include: { channel: true, event: { select: { id: true, kind: true } } },
  });
  const { channel, event } = delivery;
  const tryOfRound = attempt - Math.max(0, delivery.attemptsAllowed - ATTEMPTS_ALLOWED);
  const refused = (detail: string, isFinal: boolean): Ended => ({
    outcome: "refused",
    detail,
    isFinal,
    tryOfRound,
  });
  if (channel.removedAt !== null || (!channel.enabled && event.kind !== TEST_KIND))
    return refused("The channel was switched off or removed meanwhile. Nothing was sent.", true);
  const recipient = await mailboxOf(delivery.recipient);
  if (!recipient.ok) return refused("The person is no longer active here. Nothing was sent.", true);
  try {
    const told = await loadMessage(database(), event.id, channel.name);
    const detail = await send(channel, { deliveryId: id, attempt, address: recipient.address, told });
    return { outcome: "delivered", detail, isFinal: true, tryOfRound };
  } catch (error) {
    if (error instanceof AdapterError)
      return {
        outcome: error.effect === "none" ? "refused" : "unclear",
        detail: error.message,
        isFinal: FINAL_CODES.includes(error.code),
        tryOfRound,
      };
    if (error instanceof AppError) return refused(error.message, false);
    throw error;
  }
}

/** What no later try can change: the network rules forbid the address, or the receiver said that it never will take it. */
const FINAL_CODES: readonly string[] = ["address-denied", "gone", "rejected"];

async function mailboxOf(
  recipient: string,
): Promise<{ readonly ok: true; readonly address: string | null } | { readonly ok: false }> {
  const parsed = parseRecipient(recipient);
  if (parsed.kind === "channel") return { ok: true, address: null };
  if (parsed.kind === "address") return { ok: true, address: parsed.address };
  const person = await database().person.findUnique({
    where: { id: parsed.id, deactivatedAt: null },
    select: { email: true },
  });
  return person === null ? { ok: false } : { ok: true, address: person.email };
}

/** Writes the end of a try, if it still is the newest: a worker that froze and woke again changes nothing any more. */
async function record(
  id: string,
  attempt: number,
  { outcome, detail, isFinal }: Ended,
  waitSeconds: number,
): Promise<void> {
  const isDelivered = outcome === "delivered";
  await database().$executeRaw`
    WITH tried AS (
      UPDATE notification_attempt SET ended_at = clock_timestamp(), outcome = ${outcome}, detail = ${detail}
      WHERE delivery_id = ${id}::uuid AND number = ${attempt} AND ended_at IS NULL),
    stands AS (
      SELECT CASE WHEN ${isDelivered} THEN 'delivered' WHEN ${isFinal} OR attempts >= attempts_allowed THEN 'given-up'
        ELSE 'waiting' END AS state
      FROM notification_delivery WHERE id = ${id}::uuid)
    UPDATE notification_delivery d SET state = s.state, last_error = CASE WHEN ${isDelivered} THEN NULL ELSE ${detail} END,
      next_try_at = CASE WHEN s.state = 'waiting' THEN clock_timestamp() + make_interval(secs => ${waitSeconds}::int) END,
      ended_at = CASE WHEN s.state = 'waiting' THEN NULL ELSE clock_timestamp() END
    FROM stands s WHERE d.id = ${id}::uuid AND d.state = 'sending' AND d.attempts = ${attempt}`;
}

/** Ends a delivery whose last try died with its worker. */
async function giveUpExhausted(id: string): Promise<void> {
  await database().$executeRaw`
    UPDATE notification_delivery SET state = 'given-up', next_try_at = NULL, ended_at = clock_timestamp(),
      last_error = 'The last try ended without a word: the process that made it died. It may have arrived.'
    WHERE id = ${id}::uuid AND attempts >= attempts_allowed AND next_try_at <= clock_timestamp()`;
}
