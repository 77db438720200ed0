import { AppError } from "#lib/errors.ts";
import { guardedResolve, readNetworkRules } from "#lib/inventory/network-rules.ts";
import { cassandraConfigOf, postgresConfigOf, readStoreAccess } from "#lib/inventory/open-store.ts";
import type { CellSink } from "#lib/mover/cell-sink.ts";
import type { CellSource } from "#lib/mover/cell-source.ts";
import { openCassandraCellSink } from "#lib/stores/cassandra/cell-sink.ts";
import { openCassandraCellSource } from "#lib/stores/cassandra/cell-source.ts";
import { postgresCellSink } from "#lib/stores/postgres/cell-sink.ts";
import { postgresCellSource } from "#lib/stores/postgres/cell-source.ts";

/** The cells of a stored store, each opened when it is asked for, and closed by whoever asked. */
export type StoreCells = {
  readonly openSource: () => Promise<CellSource>;
  readonly openSink: () => Promise<CellSink>;
};

/**
 * The cells of a stored store, reached only through addresses that the network rules allow. Nothing is read before one is opened, which
 * throws AppError as `openStore`, and `conflict` for a kind of store that Lockstep never connects to.
 */
export function cellsOf(storeId: string): StoreCells {
  return {
    openSource: async () => {
      const access = await readStoreAccess(storeId);
      const resolveAddress = guardedResolve(readNetworkRules());
      switch (access.connection.kind) {
        case "postgres":
          return postgresCellSource({ config: postgresConfigOf(access), resolveAddress });
        case "cassandra":
          return openCassandraCellSource({ config: cassandraConfigOf(access), resolveAddress });
        case "oracle":
          throw neverMoved(access.name);
      }
    },
    openSink: async () => {
      const access = await readStoreAccess(storeId);
      const resolveAddress = guardedResolve(readNetworkRules());
      switch (access.connection.kind) {
        case "postgres":
          return postgresCellSink({ config: postgresConfigOf(access), resolveAddress });
        case "cassandra":
          return openCassandraCellSink({ config: cassandraConfigOf(access), resolveAddress });
        case "oracle":
          throw neverMoved(access.name);
      }
    },
  };
}

function neverMoved(name: string): AppError {
  return new AppError(
    "conflict",
    `${name} is an Oracle store, which Lockstep never connects to and cannot move. Use AtlasDB's own migrator, and verify with its output.`,
  );
}
