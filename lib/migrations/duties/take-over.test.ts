import { expect, test } from "vitest";

import { QUEUE_DELAYS } from "#lib/jobs/job-runner.ts";
import { WAKE_EVERY_MS } from "#lib/migrations/duties/move-jobs.ts";
import { SHARD_LEASE_SECONDS } from "#lib/mover/console-ledger.ts";
import { LANE_TIMES } from "#lib/mover/run-lanes.ts";

/** What an operator is promised: a dead worker's ranges are with another within a minute. */
const PROMISED_SECONDS = 60;

// The other tests of a take-over shorten these, so that they need not wait.
test("what a dead worker held is taken over within a minute, by the figures that are used", () => {
  const noticed = (WAKE_EVERY_MS + LANE_TIMES.idleMs) / 1_000 + QUEUE_DELAYS.wakeUp;
  expect(SHARD_LEASE_SECONDS + noticed).toBeLessThanOrEqual(PROMISED_SECONDS);
  // Where nobody else was there, its place in the queue has to come free first.
  expect(QUEUE_DELAYS.lostPlace + noticed).toBeLessThanOrEqual(PROMISED_SECONDS);
});

test("a living worker gives several signs of life before its lease ends", () => {
  expect((LANE_TIMES.renewMs / 1_000) * 4).toBeLessThanOrEqual(SHARD_LEASE_SECONDS);
});
