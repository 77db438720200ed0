import { database } from "#lib/db/client.ts";
import { HEARTBEAT_GONE_AFTER_SECONDS } from "#lib/health/worker-heartbeat.ts";

/** A worker that fell silent without saying that it ends: dead, or frozen and able to wake up. `seenAt` in ISO 8601; null: not known. */
export type SilentWorker = {
  readonly id: string;
  readonly host: string;
  readonly processId: number | null;
  readonly seenAt: string | null;
};

/** `holding`: ranges that workers which live still hold. */
export type FormerWorkers = { readonly holding: number; readonly silent: readonly SilentWorker[] };

type Row = {
  readonly worker: string;
  readonly host: string | null;
  readonly processId: number | null;
  readonly seenAt: Date | null;
  readonly holding: number;
  readonly state: "live" | "ended" | "silent" | "unknown";
};

/**
 * Workers that may still write into a store, of all copies into it that there ever were, by what the console's database knows: of workers
 * for a day after their last sign of life, and of ranges that nobody has given back for ever. Reads the console's database only.
 */
export async function readFormerWorkers(destinationStoreId: string): Promise<FormerWorkers> {
  const rows = await database().$queryRaw<readonly Row[]>`
    WITH runs AS (SELECT id FROM mover_run WHERE starts_with(id, ${`copy:${destinationStoreId}:`})),
    held AS (SELECT worker, count(*)::int AS ranges FROM mover_shard
      WHERE run_id IN (SELECT id FROM runs) AND state = 'held' GROUP BY worker),
    took AS (SELECT worker FROM held UNION SELECT worker FROM mover_rollup WHERE run_id IN (SELECT id FROM runs))
    SELECT took.worker, heartbeat.host, heartbeat.process_id AS "processId", heartbeat.seen_at AS "seenAt",
      coalesce(held.ranges, 0) AS holding,
      CASE WHEN heartbeat.id IS NULL THEN 'unknown' WHEN heartbeat.ended_at IS NOT NULL THEN 'ended'
        WHEN heartbeat.seen_at > now() - make_interval(secs => ${HEARTBEAT_GONE_AFTER_SECONDS}::float8) THEN 'live' ELSE 'silent' END AS state
    FROM took LEFT JOIN held USING (worker) LEFT JOIN worker_heartbeat AS heartbeat ON heartbeat.id::text = right(took.worker, 36)
    WHERE took.worker IS NOT NULL ORDER BY took.worker`;
  const live = rows.filter(({ state }) => state === "live");
  const silent = rows.filter(
    ({ state, holding }) => state === "silent" || (state === "unknown" && holding > 0),
  );
  return {
    holding: live.reduce((sum, { holding }) => sum + holding, 0),
    silent: silent.map(({ worker, host, processId, seenAt }) => ({
      id: worker.slice(-36),
      host: host ?? worker,
      processId,
      seenAt: seenAt?.toISOString() ?? null,
    })),
  };
}
