import { defineConfig } from "vitest/config";

/** Integration tests: a real Postgres for the run, a database of its own for each file. */
export default defineConfig({
  test: {
    include: ["{lib,app}/**/*.{integration,chaos}.test.ts"],
    environment: "node",
    // What is polled for comes; on a busy machine it takes longer than the second that is usual.
    expect: { poll: { timeout: 30_000 } },
    globalSetup: ["lib/db/testing-setup.ts"],
    maxWorkers: 2,
    testTimeout: 90_000,
    hookTimeout: 120_000,
  },
});
