import { database } from "#lib/db/client.ts";
import type { WorkerView } from "#lib/health/schema.ts";
import { HEARTBEAT_GONE_AFTER_SECONDS } from "#lib/health/worker-heartbeat.ts";
import type { Context } from "#lib/people/actor.ts";
import { readableEnvironments } from "#lib/people/authorise.ts";
import { AppError } from "#lib/errors.ts";

const WORKERS_MAX = 200;

type Row = Omit<WorkerView, "startedAt" | "seenAt" | "endedAt" | "version"> & {
  readonly startedAt: Date;
  readonly seenAt: Date;
  readonly endedAt: Date | null;
  readonly version: string;
};

/**
 * Every worker process of the last day, on whatever machine, those that live first. Workers belong to no environment: whoever may read anything
 * may read them. @throws AppError `forbidden` for somebody without any role
 */
export async function listWorkers(ctx: Context): Promise<WorkerView[]> {
  const readable = await readableEnvironments(ctx);
  if (readable !== "all" && readable.size === 0)
    throw new AppError("forbidden", "Workers are shown to people with a role.");
  const rows = await database().$queryRaw<Row[]>`
    SELECT id::text, host, process_id AS "processId", version, started_at AS "startedAt", seen_at AS "seenAt", ended_at AS "endedAt",
      CASE WHEN ended_at IS NOT NULL THEN 'ended'
        WHEN seen_at > now() - make_interval(secs => ${HEARTBEAT_GONE_AFTER_SECONDS}::float8) THEN 'live' ELSE 'silent' END AS state,
      cpu_percent AS "cpuPercent", rss_bytes::float8 AS "rssBytes", loop_lag_ms AS "loopLagMs", lanes
    FROM worker_heartbeat ORDER BY ended_at IS NOT NULL, seen_at DESC, id LIMIT ${WORKERS_MAX}`;
  return rows.map(({ startedAt, seenAt, endedAt, version, ...row }) => ({
    ...row,
    version: version === "" ? null : version,
    startedAt: startedAt.toISOString(),
    seenAt: seenAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
  }));
}
