import { expect, test } from "vitest";

import { NO_COUNTS } from "#lib/mover/counts.ts";
import type { ProgressEvent } from "#lib/mover/progress.ts";
import { largestPart, RunMetrics } from "#lib/mover/run-metrics.ts";

const chunk = (shard: number, change: Partial<ProgressEvent & { kind: "chunk" }> = {}): ProgressEvent => ({
  kind: "chunk",
  shard,
  table: "t.t",
  counts: { ...NO_COUNTS, versions: 20, cells: 10, bytes: 300 },
  elapsedMs: 1_000,
  sourceMs: 100,
  sinkMs: 600,
  throttleMs: 0,
  bytesRead: 900,
  ...change,
});
const retry = (code: string): ProgressEvent => ({
  kind: "retry",
  shard: 1,
  table: "t.t",
  code,
  message: `because of ${code}`,
  delayMs: 5,
});

test("adds up what lanes did, once", () => {
  const metrics = new RunMetrics();
  for (const shard of [1, 2]) metrics.heard({ kind: "started", shard, table: "t.t" });
  metrics.heard(chunk(1));
  metrics.heard(chunk(1, { sourceMs: 900, sinkMs: 50 }));
  const part = metrics.take();
  expect(part.done).toEqual({
    versions: 40,
    cells: 20,
    bytes: 600,
    bytesRead: 1_800,
    ms: { source: 1_000, filter: 350, destination: 650, throttle: 0 },
  });
  expect(part.lanes).toEqual([
    { shard: 1, cellsPerSecond: 10, waitingFor: "source" },
    { shard: 2, cellsPerSecond: null, waitingFor: null },
  ]);
  expect(metrics.take().done.cells).toBe(0);
});

test("forgets a lane that is over, however it ended", () => {
  const metrics = new RunMetrics();
  for (const kind of ["finished", "released", "lost"] as const) {
    metrics.heard({ kind: "started", shard: 1, table: "t.t" });
    expect(metrics.held).toBe(1);
    metrics.heard({ kind, shard: 1, table: "t.t" });
    expect(metrics.held).toBe(0);
  }
});

test("counts failures by class and code, keeps the last words, and says that a lane waits to try again", () => {
  const metrics = new RunMetrics();
  metrics.heard({ kind: "started", shard: 1, table: "t.t" });
  metrics.heard(retry("no-answer"));
  metrics.heard(retry("no-answer"));
  metrics.heard(retry("overloaded"));
  const part = metrics.take();
  expect(part.errors).toMatchObject([
    { class: "transient", code: "no-answer", count: 2, message: "because of no-answer" },
    { class: "transient", code: "overloaded", count: 1 },
  ]);
  expect(part.lanes).toMatchObject([{ waitingFor: "retry" }]);
  metrics.heard(chunk(1));
  expect(metrics.take()).toMatchObject({ errors: [], lanes: [{ waitingFor: "destination" }] });
  metrics.heard({
    kind: "failed",
    shard: 1,
    table: "t.t",
    failure: { class: "poison", code: "x", message: "y" },
  });
  expect(metrics.take()).toMatchObject({ errors: [{ class: "poison", code: "x" }], lanes: [] });
});

test("adds to the next what could not be written", () => {
  const metrics = new RunMetrics();
  metrics.heard(chunk(1));
  metrics.heard(retry("no-answer"));
  const part = metrics.take();
  metrics.heard(chunk(1));
  metrics.restore(part);
  expect(metrics.take()).toMatchObject({ done: { cells: 20 }, errors: [{ count: 1 }] });
});

test("names the largest part, and none where nothing took time", () => {
  expect(largestPart({ source: 1, filter: 2, destination: 3, throttle: 4 })).toBe("throttle");
  expect(largestPart({ source: 0, filter: 0, destination: 0, throttle: 0 })).toBeNull();
});
