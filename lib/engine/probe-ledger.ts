import { database } from "#lib/db/client.ts";
import type { Reader } from "#lib/db/transact-handle.ts";
import type { FreshProbe } from "#lib/engine/step.ts";

/** A request for one timestamp may use up two: it is sent again when an answer is lost. Source: lib/timelock/timelock.ts (consumedMax) */
const CONSUMED_AT_MOST = 2n;

/** One sequence of TimeLock. */
export type SequenceKey = { readonly clusterId: string; readonly namespace: string };

/**
 * Enters a probe before it is sent, with the most that it can use up, so that no crash can leave one uncounted. Returns its row.
 */
export async function enterProbe(key: SequenceKey, purpose: string): Promise<bigint> {
  const row = await database().timelockProbe.create({
    data: { ...key, purpose, consumed: CONSUMED_AT_MOST },
    select: { id: true },
  });
  return row.id;
}

/** Completes a probe with its answer. Returns how many timestamps Lockstep may have used up on the sequence until now. */
export async function completeProbe(
  id: bigint,
  key: SequenceKey,
  answer: { readonly value: bigint; readonly consumed: bigint; readonly leader: string | null },
): Promise<bigint> {
  const { value, consumed, leader } = answer;
  await database().timelockProbe.update({
    where: { id },
    data: { value, consumed, leader, answeredAt: new Date() },
  });
  return ownProbes(database(), key, id);
}

/** How many timestamps this console may have used up on the sequence, up to and including a probe. */
async function ownProbes(reader: Reader, key: SequenceKey, upTo: bigint): Promise<bigint> {
  const sum = await reader.timelockProbe.aggregate({
    _sum: { consumed: true },
    where: { ...key, id: { lte: upTo } },
  });
  return sum._sum.consumed ?? 0n;
}

/** The newest answered probes of a sequence since a moment, newest first, at most five. */
export async function recentProbes(
  reader: Reader,
  key: SequenceKey,
  since: Date,
): Promise<readonly FreshProbe[]> {
  const rows = await reader.timelockProbe.findMany({
    where: { ...key, value: { not: null }, sentAt: { gte: since } },
    orderBy: { id: "desc" },
    take: 5,
  });
  const probes: FreshProbe[] = [];
  for (const { id, value, leader, answeredAt, sentAt } of rows) {
    if (value === null) continue;
    const at = (answeredAt ?? sentAt).toISOString();
    probes.push({ value, ownProbes: await ownProbes(reader, key, id), leader, at });
  }
  return probes;
}
