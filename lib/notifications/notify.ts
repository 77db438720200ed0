import { randomUUID } from "node:crypto";

import { storableText } from "#lib/audit/redaction.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { notificationEvent, type NotificationEvent } from "#lib/notifications/event.ts";

/**
 * Writes down, in the transaction of what happened, that it is to be told: it is told if and only if that transaction commits, and
 * once however often the same `key` is written. Sends nothing itself; the worker does. Call it before the transaction's last write.
 * Returns whether this very key is new.
 */
export async function notify(tx: Tx, event: NotificationEvent): Promise<boolean> {
  const { words, ...rest } = notificationEvent.parse(event);
  const { count } = await tx.notificationEvent.createMany({
    data: [
      { id: randomUUID(), ...rest, words: words === null ? null : storableText(words.slice(0, WORDS_MAX)) },
    ],
    skipDuplicates: true,
  });
  return count === 1;
}

const WORDS_MAX = 1_000;
