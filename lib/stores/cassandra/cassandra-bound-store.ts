import { afterInvalidate, afterRepair, afterRestore } from "#lib/stores/bound-state.ts";
import type { BoundStore } from "#lib/stores/bound-store.ts";
import type { CassandraTarget } from "#lib/stores/cassandra/connection.ts";
import { guardedWrite } from "#lib/stores/cassandra/guarded-write.ts";
import { readBack, readBound } from "#lib/stores/cassandra/read-bound.ts";
import { readPunch } from "#lib/stores/cassandra/read-punch.ts";
import { readRights } from "#lib/stores/cassandra/read-rights.ts";
import { readSessions } from "#lib/stores/cassandra/read-sessions.ts";
import { readTransactionsMark } from "#lib/stores/cassandra/read-transactions-mark.ts";
import { testConnection } from "#lib/stores/cassandra/test-connection.ts";

/**
 * The bound of a Cassandra KVS. Every call opens connections of its own, each to one node, and closes them, so that a read-back never
 * shares anything with the write before it; nothing is cached and nothing is retried.
 */
export function cassandraBoundStore(target: CassandraTarget): BoundStore {
  return {
    kind: "cassandra",
    readBound: () => readBound(target),
    readBack: () => readBack(target),
    readPunch: () => readPunch(target),
    readTransactionsMark: () => readTransactionsMark(target),
    readSessions: () => readSessions(target),
    readRights: () => readRights(target),
    testConnection: () => testConnection(target),
    invalidate: (guard) => guardedWrite(target, guard, (found) => afterInvalidate(found, "cassandra")),
    restore: (guard, to) => guardedWrite(target, guard, (found) => afterRestore(found, to)),
    repair: (guard, leave) => guardedWrite(target, guard, (found) => afterRepair(found, leave)),
  };
}
