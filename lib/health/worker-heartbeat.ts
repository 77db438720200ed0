import type { Database } from "#lib/db/client.ts";

/** How often a worker says that it lives, and after how long it is taken for gone. */
export const HEARTBEAT_EVERY_MS = 5_000;
export const HEARTBEAT_GONE_AFTER_SECONDS = 30;
const SWEEP_AFTER_SECONDS = 24 * 60 * 60;

/** Which process a worker is. `id` is new with every start; `version` is Lockstep's. */
export type WorkerName = {
  readonly id: string;
  readonly host: string;
  readonly processId: number;
  readonly version: string;
};

/**
 * How loaded it is, since it last said so: percent of one processor, bytes in memory, by how many milliseconds its timers were late at worst, and
 * ranges that it holds of copies and comparisons.
 */
export type WorkerLoad = {
  readonly cpuPercent: number;
  readonly rssBytes: number;
  readonly loopLagMs: number;
  readonly lanes: number;
};

/** Says that a worker lives, by the database's clock; sweeps rows of workers that have been gone for a day. */
export async function beat(db: Database, worker: WorkerName, load: WorkerLoad | null = null): Promise<void> {
  const { id, host, processId, version } = worker;
  const cpu = load?.cpuPercent ?? null;
  const rss = load === null ? null : BigInt(load.rssBytes);
  await db.$executeRaw`
    INSERT INTO worker_heartbeat (id, host, process_id, version, cpu_percent, rss_bytes, loop_lag_ms, lanes)
    VALUES (${id}::uuid, ${host}, ${processId}, ${version}, ${cpu}, ${rss}, ${load?.loopLagMs ?? null}, ${load?.lanes ?? 0})
    ON CONFLICT (id) DO UPDATE SET seen_at = now(), ended_at = NULL, cpu_percent = excluded.cpu_percent,
      rss_bytes = excluded.rss_bytes, loop_lag_ms = excluded.loop_lag_ms, lanes = excluded.lanes`;
  await db.$executeRaw`
    DELETE FROM worker_heartbeat WHERE seen_at < now() - make_interval(secs => ${SWEEP_AFTER_SECONDS})`;
}

/** Says that a worker ends in order; it stays on the list for a day, and is counted no more. */
export async function endBeat(db: Database, id: string): Promise<void> {
  await db.$executeRaw`UPDATE worker_heartbeat SET ended_at = now(), lanes = 0 WHERE id = ${id}::uuid`;
}
