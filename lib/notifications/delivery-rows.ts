import type { Reader } from "#lib/db/transact-handle.ts";
import { environmentRefOf } from "#lib/inventory/environment-rows.ts";
import { maskedAddress, parseRecipient } from "#lib/notifications/recipient.ts";
import { deliveryDto, type DeliveryDto, KIND_WORDS, NOTIFICATION_KINDS } from "#lib/notifications/schema.ts";

const INCLUDE = { event: true, channel: true } as const;

/** A delivery with its event and channel, as read for `toDeliveries`. */
export type DeliveryRow = Awaited<ReturnType<typeof readDeliveries>>[number];

/** Reads deliveries with what their pages need. */
export async function readDeliveries(
  reader: Reader,
  query: Pick<
    NonNullable<Parameters<Reader["notificationDelivery"]["findMany"]>[0]>,
    "where" | "orderBy" | "take" | "cursor" | "skip"
  >,
) {
  return reader.notificationDelivery.findMany({ ...query, include: INCLUDE });
}

/** Deliveries as the log lists them; addresses come out masked. */
export async function toDeliveries(
  reader: Reader,
  rows: readonly DeliveryRow[],
): Promise<readonly DeliveryDto[]> {
  const environments = await reader.environment.findMany({
    where: {
      id: { in: rows.flatMap(({ event }) => (event.environmentId === null ? [] : [event.environmentId])) },
    },
  });
  const personIds = rows.flatMap(({ recipient }) => {
    const parsed = parseRecipient(recipient);
    return parsed.kind === "person" ? [parsed.id] : [];
  });
  const people = await reader.person.findMany({ where: { id: { in: personIds } } });
  return rows.map((row) => {
    const environment = environments.find(({ id }) => id === row.event.environmentId);
    return deliveryDto.parse({
      id: row.id,
      kind: row.event.kind,
      words: kindWords(row.event.kind),
      environment: environment === undefined ? null : environmentRefOf(environment),
      migrationId: row.event.migrationId,
      planHash: row.event.planHash,
      channel: { id: row.channel.id, name: row.channel.name, kind: row.channel.kind },
      target: targetOf(row, people),
      state: row.state,
      attempts: row.attempts,
      attemptsAllowed: row.attemptsAllowed,
      lastError: row.lastError,
      createdAt: row.createdAt.toISOString(),
      lastTriedAt: row.lastTriedAt?.toISOString() ?? null,
      nextTryAt: row.nextTryAt?.toISOString() ?? null,
      endedAt: row.endedAt?.toISOString() ?? null,
    });
  });
}

function kindWords(kind: string): string {
  const known = NOTIFICATION_KINDS.find((one) => one === kind);
  return known === undefined ? "Test" : KIND_WORDS[known];
}

function targetOf(
  row: DeliveryRow,
  people: readonly { readonly id: string; readonly name: string; readonly email: string }[],
): string {
  const recipient = parseRecipient(row.recipient);
  switch (recipient.kind) {
    case "channel":
      return row.channel.urlHost ?? "";
    case "address":
      return maskedAddress(recipient.address);
    case "person": {
      const person = people.find(({ id }) => id === recipient.id);
      return person === undefined ? "a person" : `${person.name} (${maskedAddress(person.email)})`;
    }
  }
}
