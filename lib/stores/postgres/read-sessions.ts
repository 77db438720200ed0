import { sourceOf } from "#lib/stores/postgres/catalog.ts";
import {
  APPLICATION_NAME,
  flag,
  optional,
  type PostgresTarget,
  readOnly,
  type Row,
  text,
} from "#lib/stores/postgres/connection.ts";
import { readSite } from "#lib/stores/postgres/read-bound.ts";
import { isoTime } from "#lib/stores/postgres/sql-time.ts";
import type { SessionsReading, StoreSession } from "#lib/stores/schema.ts";

// Server processes without a user (autovacuum, parallel workers) are not clients. `to_jsonb` reads a column that 9.6 lacks.
const SESSIONS_SQL = `
  SELECT a.pid::text AS pid, a.usename::text AS "user", coalesce(host(a.client_addr), a.client_hostname) AS address,
    a.application_name AS application, a.state AS state, ${isoTime("a.backend_start")} AS started,
    ${isoTime("a.query_start")} AS last_query,
    (a.application_name = $1 AND a.usename = current_user)::text AS own,
    EXISTS (SELECT 1 FROM pg_catalog.pg_locks l WHERE l.pid = a.pid AND l.relation = nullif($2, '')::oid AND l.database = a.datid
      AND l.mode <> 'AccessShareLock' AND l.granted)::text AS locks
  FROM pg_catalog.pg_stat_activity a
  WHERE a.datname = current_database() AND a.usename IS NOT NULL
    AND coalesce(to_jsonb(a) ->> 'backend_type', 'client backend') NOT IN ('parallel worker', 'autovacuum worker')
  ORDER BY a.backend_start NULLS LAST, a.pid`;

/**
 * Everybody else connected to the store's database. Without `pg_monitor` (or `pg_read_all_stats`) the server hides address, state and
 * times of other users' sessions, but not that they exist: the reading is `partial` then. Sessions behind a pooler show the pooler.
 * @throws AdapterError effect `none`
 */
export async function readSessions(target: PostgresTarget): Promise<SessionsReading> {
  return readOnly(target, async (connection) => {
    const { facts, located } = await readSite(connection, target);
    const table = located.found?.oid ?? "";
    const rows = await connection.query(SESSIONS_SQL, [APPLICATION_NAME, table]);
    const foreign = rows.filter((row) => optional(row, "own") !== "true");
    const hidden = foreign.filter((row) => optional(row, "started") === null).length;
    return {
      knowledge: hidden === 0 ? "seen" : "partial",
      sessions: foreign.map(toSession),
      ownSessions: rows.length - foreign.length,
      reason:
        hidden === 0
          ? null
          : `The server hides address and activity of ${hidden} sessions from the user ${facts.user}. Grant it pg_monitor to see them.`,
      source: sourceOf(target.config),
      readAt: facts.readAt,
    };
  });
}

function toSession(row: Row): StoreSession {
  return {
    id: text(row, "pid"),
    user: optional(row, "user"),
    address: optional(row, "address"),
    application: optional(row, "application") || null,
    state: optional(row, "state"),
    startedAt: optional(row, "started"),
    lastQueryAt: optional(row, "last_query"),
    locksBoundTable: flag(row, "locks"),
  };
}
