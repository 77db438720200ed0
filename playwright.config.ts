import { defineConfig } from "@playwright/test";

const isRoot = process.getuid?.() === 0;

// These need consoles that nobody else walks on; the others share one, and look at its pages last.
const CONSOLES_OF_THEIR_OWN = [
  "**/approvals.spec.ts",
  "**/first-start.spec.ts",
  "**/launcher.spec.ts",
  "**/move-store.spec.ts",
];

/** Browser walks against a Lockstep that the test itself launches, in a real Chromium. */
export default defineConfig({
  testDir: "e2e",
  outputDir: "test-results/browser",
  // A walk takes a minute or two; on a busy machine it may take longer, and what it waits for has limits of its own.
  timeout: 600_000,
  expect: { timeout: 60_000 },
  workers: 1,
  retries: 0,
  forbidOnly: true,
  fullyParallel: false,
  projects: [
    { name: "walks", testIgnore: CONSOLES_OF_THEIR_OWN },
    { name: "consoles", testMatch: CONSOLES_OF_THEIR_OWN },
  ],
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    viewport: { width: 1280, height: 900 },
    // What is tried again must not be held up by one try, as where the button that it waits for has gone.
    actionTimeout: 30_000,
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath: process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium",
      args: [
        ...(isRoot ? ["--no-sandbox"] : []),
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--disable-quic",
      ],
    },
  },
});
