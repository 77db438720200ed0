import { database } from "#lib/db/client.ts";
import type { OnProgress } from "#lib/mover/progress.ts";
import { type ErrorsSeen, type LaneNow, type MetricsPart, RunMetrics } from "#lib/mover/run-metrics.ts";

/** How often a process writes down what it did, in milliseconds. */
const KEEP_EVERY_MS = 2_000;
/** At most one mark of an error of one code in so many seconds. */
const ERROR_MARK_SECONDS = 60;

const active = new Set<RunMetrics>();

/** How many shards this process holds of all runs. */
export function heldLanes(): number {
  return [...active].reduce((sum, { held }) => sum + held, 0);
}

/** What one process does in a run, on its way into the console's database. */
export interface KeptMetrics {
  /** Hears the lanes. */
  readonly heard: OnProgress;
  /** Writes down the rest and ends. Never throws. */
  readonly stop: () => Promise<void>;
}

/**
 * Keeps what the lanes of this process do for the page of the run, every two seconds. Nothing of it is the truth, so nothing waits for it: what
 * cannot be written is added to the next, and one write whose answer was lost may count twice.
 */
export function keepMetrics(runId: string, worker: string, everyMs: number = KEEP_EVERY_MS): KeptMetrics {
  const metrics = new RunMetrics();
  active.add(metrics);
  let writing: Promise<void> | null = null;
  const write = async () => {
    const part = metrics.take();
    try {
      await keepPart(runId, worker, part);
    } catch {
      metrics.restore(part);
    }
  };
  const timer = setInterval(() => {
    writing ??= write().finally(() => {
      writing = null;
    });
  }, everyMs);
  return {
    heard: metrics.heard,
    stop: async () => {
      clearInterval(timer);
      active.delete(metrics);
      await writing;
      await write();
    },
  };
}

/** Writes one part down: the stretch of time, the lanes, the errors, each by one statement. @throws what the database throws */
export async function keepPart(runId: string, worker: string, part: MetricsPart): Promise<void> {
  if (part.lanes.length > 0 || part.done.versions > 0 || part.done.cells > 0)
    await keepWork(runId, worker, part);
  if (part.lanes.length > 0) await keepLanes(runId, worker, part.lanes);
  for (const error of part.errors) await keepError(runId, error);
}

/**
 * A row stands for 2 seconds in the first ten minutes of a run, for 10 in the first hour, for a minute in the first six, then for five: a run of
 * a day has about 1,100 rows a worker, all of them added to in place.
 */
async function keepWork(runId: string, worker: string, { done, lanes }: MetricsPart): Promise<void> {
  const ms = (value: number) => Math.round(value);
  await database().$executeRaw`
    INSERT INTO mover_rollup AS kept (run_id, second, worker, at, lanes, versions, cells, bytes, bytes_read,
      source_ms, filter_ms, destination_ms, throttle_ms)
    SELECT id, place.second, ${worker}, started_at + make_interval(secs => place.second), ${lanes.length}, ${done.versions},
      ${done.cells}, ${done.bytes}, ${done.bytesRead}, ${ms(done.ms.source)}, ${ms(done.ms.filter)},
      ${ms(done.ms.destination)}, ${ms(done.ms.throttle)}
    FROM mover_run
      CROSS JOIN LATERAL (SELECT greatest(0, floor(extract(epoch FROM clock_timestamp() - started_at)))::int AS now) AS elapsed
      CROSS JOIN LATERAL (SELECT CASE WHEN now < 600 THEN 2 WHEN now < 3600 THEN 10 WHEN now < 21600 THEN 60 ELSE 300 END AS width) AS step
      CROSS JOIN LATERAL (SELECT now - now % width AS second) AS place
    WHERE id = ${runId} AND started_at IS NOT NULL
    ON CONFLICT (run_id, second, worker) DO UPDATE SET
      lanes = greatest(kept.lanes, excluded.lanes), versions = kept.versions + excluded.versions,
      cells = kept.cells + excluded.cells, bytes = kept.bytes + excluded.bytes, bytes_read = kept.bytes_read + excluded.bytes_read,
      source_ms = kept.source_ms + excluded.source_ms, filter_ms = kept.filter_ms + excluded.filter_ms,
      destination_ms = kept.destination_ms + excluded.destination_ms, throttle_ms = kept.throttle_ms + excluded.throttle_ms`;
}

async function keepLanes(runId: string, worker: string, lanes: readonly LaneNow[]): Promise<void> {
  const shards = lanes.map(({ shard }) => shard);
  const rates = lanes.map(({ cellsPerSecond }) => cellsPerSecond);
  const waits = lanes.map(({ waitingFor }) => waitingFor);
  await database().$executeRaw`
    UPDATE mover_shard AS shard SET cells_per_second = coalesce(lane.rate, shard.cells_per_second), waiting_for = lane.wait
    FROM unnest(${shards}::int[], ${rates}::bigint[], ${waits}::text[]) AS lane (id, rate, wait)
    WHERE shard.run_id = ${runId} AND shard.id = lane.id AND shard.worker = ${worker} AND shard.state = 'held'`;
}

async function keepError(runId: string, error: ErrorsSeen): Promise<void> {
  const { class: kind, code, count, message, table, shard } = error;
  const words = message.slice(0, 4_000);
  await database().$executeRaw`
    WITH kept AS (
      INSERT INTO mover_error AS known (run_id, class, code, count, first_at, last_at, message, table_name, shard)
      VALUES (${runId}, ${kind}, ${code}, ${count}, clock_timestamp(), clock_timestamp(), ${words}, ${table}, ${shard})
      ON CONFLICT (run_id, class, code) DO UPDATE SET count = known.count + excluded.count, last_at = excluded.last_at,
        message = excluded.message, table_name = excluded.table_name, shard = excluded.shard
    )
    INSERT INTO mover_mark (run_id, kind, code, text)
    SELECT ${runId}, 'error', ${code}, ${words}
    WHERE NOT EXISTS (SELECT 1 FROM mover_mark WHERE run_id = ${runId} AND kind = 'error' AND code = ${code}
      AND at > clock_timestamp() - make_interval(secs => ${ERROR_MARK_SECONDS}::float8))`;
}
