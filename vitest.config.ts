import { defineConfig } from "vitest/config";

/** Unit tests: no IO, milliseconds each. */
export default defineConfig({
  test: {
    include: ["lib/**/*.test.{ts,tsx}", "components/**/*.test.{ts,tsx}", "app/**/*.test.{ts,tsx}"],
    exclude: ["**/*.integration.test.ts", "**/*.cassandra.test.ts", "**/*.chaos.test.ts", "node_modules/**"],
    environment: "node",
    // What is polled for comes; on a busy machine it takes longer than the second that is usual.
    expect: { poll: { timeout: 30_000 } },
    // Properties take a second or two; a busy machine must not fail them.
    testTimeout: 60_000,
  },
});
