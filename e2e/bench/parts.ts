import type { Part } from "#e2e/bench/bench.ts";
import { cassandraMemory } from "#e2e/bench/cassandra-memory.ts";
import { cassandraParts } from "#e2e/bench/cassandra-parts.ts";
import { commandSpeed } from "#e2e/bench/command-part.ts";
import { postgresMemory, postgresSpeed } from "#e2e/bench/postgres-parts.ts";

/** Every part of `bench copy`, in the order in which they are run. */
export const PARTS: readonly Part[] = [
  postgresSpeed,
  postgresMemory,
  commandSpeed,
  ...cassandraParts,
  cassandraMemory,
];
