import { database } from "#lib/db/client.ts";
import type { Reader } from "#lib/db/transact-handle.ts";
import type { FreshProbe } from "#lib/engine/step.ts";
import type { CountProbe } from "#lib/mover/timelock-sequence.ts";
import type { Timelock } from "#lib/timelock/timelock.ts";

/** A request for one timestamp may use up two: it is sent again when an answer is lost. Source: lib/timelock/timelock.ts (consumedMax) */
const CONSUMED_AT_MOST = 2n;

/** One sequence of TimeLock. */
export type SequenceKey = { readonly clusterId: string; readonly namespace: string };

/**
 * Enters a probe before it is sent, with the most that it can use up, so that no crash can leave one uncounted. Returns its row.
 */
export async function enterProbe(key: SequenceKey, purpose: string, count: 1 | 2 = 1): Promise<bigint> {
  const row = await database().timelockProbe.create({
    data: { ...key, purpose, consumed: CONSUMED_AT_MOST * BigInt(count) },
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

/** Enters and completes what is taken of one sequence by a function that asks TimeLock itself. */
export function probeCounter(
  timelock: Pick<Timelock, "leaderTime">,
  { clusterId, namespace }: SequenceKey,
  purpose: string,
): CountProbe {
  const key = { clusterId, namespace };
  return async (_namespace, count) => {
    const { leaderId: leader } = await timelock.leaderTime(namespace);
    const probe = await enterProbe(key, purpose, count);
    return async ({ last, consumedMax }) => {
      await completeProbe(probe, key, { value: last, consumed: consumedMax, leader });
    };
  };
}

/** How many timestamps this console may have used up on the sequence, up to and including a probe. */
async function ownProbes(reader: Reader, key: SequenceKey, upTo: bigint): Promise<bigint> {
  const sum = await reader.timelockProbe.aggregate({
    _sum: { consumed: true },
    where: { ...key, id: { lte: upTo } },
  });
  return sum._sum.consumed ?? 0n;
}

/** How many probes are looked back at: enough for a quiet window in which somebody asks every few seconds. */
const PROBES_MAX = 60;

type ProbeRow = {
  readonly value: bigint;
  readonly ownProbes: string;
  readonly leader: string | null;
  readonly at: Date;
};

/** The newest answered probes of a sequence since a moment, newest first. */
export async function recentProbes(
  reader: Reader,
  { clusterId, namespace }: SequenceKey,
  since: Date,
): Promise<readonly FreshProbe[]> {
  const rows = await reader.$queryRaw<ProbeRow[]>`
    SELECT value, own::text AS "ownProbes", leader, at FROM (
      SELECT id, value, leader, sent_at, coalesce(answered_at, sent_at) AS at, sum(consumed) OVER (ORDER BY id) AS own
      FROM timelock_probe WHERE cluster_id = ${clusterId}::uuid AND namespace = ${namespace}
    ) AS probe WHERE value IS NOT NULL AND sent_at >= ${since} ORDER BY id DESC LIMIT ${PROBES_MAX}::int`;
  return rows.map(({ value, ownProbes, leader, at }) => ({
    value,
    ownProbes: BigInt(ownProbes),
    leader,
    at: at.toISOString(),
  }));
}
