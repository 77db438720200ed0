import { afterInvalidate, afterRepair, afterRestore } from "#lib/stores/bound-state.ts";
import type { BoundStore } from "#lib/stores/bound-store.ts";
import type { PostgresTarget } from "#lib/stores/postgres/connection.ts";
import { guardedWrite } from "#lib/stores/postgres/guarded-write.ts";
import { readBound } from "#lib/stores/postgres/read-bound.ts";
import { readPunch } from "#lib/stores/postgres/read-punch.ts";
import { readRights } from "#lib/stores/postgres/read-rights.ts";
import { readSessions } from "#lib/stores/postgres/read-sessions.ts";
import { readTransactionsMark } from "#lib/stores/postgres/read-transactions-mark.ts";
import { testConnection } from "#lib/stores/postgres/test-connection.ts";

/**
 * The bound of a Postgres DbKVS. Every call opens a connection of its own and closes it, so that a read-back never shares anything with
 * the write before it; nothing is cached and nothing is retried.
 */
export function postgresBoundStore(target: PostgresTarget): BoundStore {
  return {
    kind: "postgres",
    readBound: () => readBound(target),
    readBack: async () => [await readBound(target)],
    readPunch: () => readPunch(target),
    readTransactionsMark: () => readTransactionsMark(target),
    readSessions: () => readSessions(target),
    readRights: () => readRights(target),
    testConnection: () => testConnection(target),
    invalidate: (guard) => guardedWrite(target, guard, (found) => afterInvalidate(found, "postgres")),
    restore: (guard, to) => guardedWrite(target, guard, (found) => afterRestore(found, to)),
    repair: (guard, leave) => guardedWrite(target, guard, (found) => afterRepair(found, leave)),
  };
}
