import type { Database } from "#lib/db/client.ts";
import { HEARTBEAT_GONE_AFTER_SECONDS } from "#lib/health/worker-heartbeat.ts";

/** What anybody may know of the console's health: no address, no name, no secret. */
export type Health = {
  /** `ok`: all of it works. `degraded`: pages work, but nobody does the worker's duties. `down`: do not send people here. */
  readonly status: "ok" | "degraded" | "down";
  readonly database: "ok" | "unreachable";
  readonly schema: "current" | "other" | "unknown";
  readonly workers: { readonly living: number; readonly newestBeatSeconds: number | null };
};

const UNREACHABLE: Health = {
  status: "down",
  database: "unreachable",
  schema: "unknown",
  workers: { living: 0, newestBeatSeconds: null },
};

/**
 * Asks the console's database once. `newestChange` is the newest schema change of this build (null: not compared). Never
 * throws: a database that does not answer is an answer.
 */
export async function getHealth(db: Database, newestChange: string | null): Promise<Health> {
  try {
    const rows = await db.$queryRaw<{ newest: string | null; living: number; age: number | null }[]>`
      SELECT (SELECT max(migration_name) FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL)
               AS newest,
             count(*) FILTER (WHERE ended_at IS NULL
                 AND seen_at > now() - make_interval(secs => ${HEARTBEAT_GONE_AFTER_SECONDS}))::int AS living,
             extract(epoch FROM now() - max(seen_at) FILTER (WHERE ended_at IS NULL))::int AS age
        FROM worker_heartbeat`;
    const row = rows[0];
    if (row === undefined) return UNREACHABLE;
    const schema = newestChange === null ? "unknown" : row.newest === newestChange ? "current" : "other";
    const isReady = schema !== "other";
    return {
      status: isReady ? (row.living > 0 ? "ok" : "degraded") : "down",
      database: "ok",
      schema,
      workers: { living: row.living, newestBeatSeconds: row.age },
    };
  } catch {
    return UNREACHABLE;
  }
}
