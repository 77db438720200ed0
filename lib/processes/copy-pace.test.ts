import { expect, test } from "vitest";

import { NO_COUNTS } from "#lib/mover/counts.ts";
import type { RunPlan } from "#lib/mover/ledger.ts";
import { CopyPace } from "#lib/processes/copy-pace.ts";

function planOf(estimates: readonly (number | null)[]): RunPlan {
  const shards = estimates.map((versions, id) => ({
    id,
    table: "a.B",
    range: { from: null, to: null },
    estimate: { versions, bytes: null },
  }));
  return { runId: "r", kind: "copy", start: 9n, shards };
}

const read = (versions: number) => ({ ...NO_COUNTS, versions });

test("says nothing before enough was seen, then a range of the slower and the faster speeds", () => {
  const pace = new CopyPace();
  pace.planned(planOf([1_000, 1_000, 1_000, 1_000]), [], 0);
  const speeds = [100, 200, 100, 200, 100, 200];
  const said = speeds.map((versions, index) => {
    pace.moved(0, read(versions));
    return pace.secondsLeft((index + 1) * 1_000);
  });
  expect(said.slice(0, 4)).toEqual([null, null, null, null]);
  // 3,100 of 4,000 are left.
  expect(said.at(-1)).toEqual({ least: 15, most: 31 });
});

test("a pause is no speed, and what ranges really held mends the estimate of the others", () => {
  const pace = new CopyPace();
  pace.planned(planOf([100, 100, 100, 100]), [], 0);
  let now = 0;
  for (let shard = 0; shard < 3; shard += 1) {
    for (let at = 0; at < 2; at += 1) {
      pace.moved(shard, read(100));
      now += 1_000;
      pace.secondsLeft(now);
    }
    pace.finished(shard);
  }
  now += 3_600_000;
  expect(pace.secondsLeft(now)).toEqual({ least: 2, most: 2 });
});

test("what is unknown stays unknown", () => {
  const pace = new CopyPace();
  pace.planned(planOf([100, null]), [], 0);
  for (let now = 1_000; now < 20_000; now += 1_000) {
    pace.moved(0, read(50));
    expect(pace.secondsLeft(now)).toBeNull();
  }
});
