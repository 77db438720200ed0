import { defineConfig } from "vitest/config";

/** Cassandra tests: two real servers for the run, a keyspace of its own for each file, and the integration tests' Postgres. */
export default defineConfig({
  test: {
    include: ["{lib,app}/**/*.cassandra.test.ts"],
    environment: "node",
    // What is polled for comes; on a busy machine it takes longer than the second that is usual.
    expect: { poll: { timeout: 30_000 } },
    globalSetup: ["lib/db/testing-setup.ts", "lib/local-cassandra/testing-setup.ts"],
    // Two servers and one file of tests are what two cores carry, and a test may freeze a server that others share.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    teardownTimeout: 60_000,
  },
});
