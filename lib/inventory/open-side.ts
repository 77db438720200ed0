import { AppError } from "#lib/errors.ts";
import { guardedResolve, readNetworkRules } from "#lib/inventory/network-rules.ts";
import { cassandraConfigOf, postgresConfigOf, readStoreAccess } from "#lib/inventory/open-store.ts";
import type { MoveSide } from "#lib/mover/side.ts";
import { cassandraBoundStore } from "#lib/stores/cassandra/cassandra-bound-store.ts";
import { openCassandraCellSink } from "#lib/stores/cassandra/cell-sink.ts";
import { openCassandraCellSource } from "#lib/stores/cassandra/cell-source.ts";
import { cassandraSurveyor } from "#lib/stores/cassandra/surveyor.ts";
import { postgresCellSink } from "#lib/stores/postgres/cell-sink.ts";
import { postgresCellSource } from "#lib/stores/postgres/cell-source.ts";
import { postgresBoundStore } from "#lib/stores/postgres/postgres-bound-store.ts";
import { postgresSurveyor } from "#lib/stores/postgres/surveyor.ts";

/** A stored store as a side of a move, without where its service takes its timestamps. */
export type StoreSide = Omit<MoveSide, "timestamps">;

/**
 * A stored store as a side of a move, reached only through addresses that the network rules allow. Nothing is connected yet.
 * @throws AppError as `openStore`, and `conflict` for a kind of store that Lockstep never connects to
 */
export async function openSide(storeId: string): Promise<StoreSide> {
  const access = await readStoreAccess(storeId);
  const resolveAddress = guardedResolve(readNetworkRules());
  const { name } = access;
  switch (access.connection.kind) {
    case "postgres": {
      const target = { config: postgresConfigOf(access), resolveAddress };
      return {
        name,
        bound: postgresBoundStore(target),
        surveyor: postgresSurveyor(target),
        openSource: async () => postgresCellSource(target),
        openSink: async () => postgresCellSink(target),
      };
    }
    case "cassandra": {
      const target = { config: cassandraConfigOf(access), resolveAddress };
      return {
        name,
        bound: cassandraBoundStore(target),
        surveyor: cassandraSurveyor(target),
        openSource: async () => openCassandraCellSource(target),
        openSink: async () => openCassandraCellSink(target),
      };
    }
    case "oracle":
      throw new AppError(
        "conflict",
        `${name} is an Oracle store, which Lockstep never connects to and cannot move. Use AtlasDB's own migrator, and judge it by its output.`,
      );
  }
}
