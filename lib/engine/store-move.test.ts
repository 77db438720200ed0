import { expect, test } from "vitest";

import { jobStateOf } from "#lib/engine/store-move.ts";
import { NO_COUNTS } from "#lib/mover/counts.ts";
import type { RunControl, ShardState } from "#lib/mover/ledger.ts";

const CONTROL: RunControl = { wanted: "run", cellsPerSecondMax: null, bytesPerSecondMax: null, lanes: 2 };

function shard(state: ShardState["state"], failure: ShardState["failure"] = null): ShardState {
  return {
    shard: {
      id: 0,
      table: "app.orders",
      range: { from: null, to: null },
      estimate: { versions: null, bytes: null },
    },
    state,
    attempt: 1,
    worker: null,
    checkpoint: { sequence: 1, next: null, counts: { ...NO_COUNTS, versions: 2, cells: 2 } },
    failure,
  };
}

const poison = shard("failed", { class: "poison", code: "too-large", message: "A value is too large." });
const fatal = shard("failed", { class: "fatal", code: "disk-full", message: "The disk is full." });

test.each<[string, RunControl["wanted"], readonly ShardState[]]>([
  ["running", "run", [shard("done"), shard("held")]],
  ["running", "run", [poison, shard("waiting")]],
  ["failed", "run", [poison, shard("done")]],
  ["failed", "pause", [fatal, shard("waiting")]],
  ["paused", "pause", [shard("waiting")]],
  ["cancelled", "cancel", [shard("waiting")]],
  ["complete", "cancel", [shard("done"), shard("done")]],
  ["complete", "run", []],
])("a job is %s when %s is asked and its shards say so", (state, wanted, shards) => {
  expect(jobStateOf("r", { ...CONTROL, wanted }, shards).state).toBe(state);
});

test("counts are the sum of the checkpoints, and failures are told in words once", () => {
  const state = jobStateOf("r", CONTROL, [poison, poison, shard("done")]);
  expect(state).toMatchObject({
    counts: { versions: 6, cells: 6 },
    shards: { done: 1, failed: 2, total: 3 },
    failures: ["app.orders: A value is too large."],
  });
});
