import { describe, expect, test } from "vitest";

import { NO_COUNTS } from "#lib/mover/counts.ts";
import type { RunPlan, ShardState } from "#lib/mover/ledger.ts";
import type { CopyEvent, CopyResult } from "#lib/processes/copy-events.ts";
import { jsonOutput, plainOutput } from "#lib/processes/copy-output.ts";
import { CopyProgress } from "#lib/processes/copy-progress.ts";
import { parseJson } from "#lib/timestamps/json.ts";

const RESULT: CopyResult = {
  type: "result",
  ok: false,
  asked: "run",
  failed: "migrate",
  message: "The disk is full.",
  proven: ["assessed (2026-11-21T16:00:00Z)", "set up (2026-11-21T16:01:00Z)"],
  next: "npm run -s lockstep -- copy run, with the same options",
  x: "9007199254740993",
  s: "9007199254740995",
  c: "9007199254740996",
  counts: { ...NO_COUNTS, cells: 1_234_567, older: 3 },
  stateDir: "/state",
  elapsedMs: 61_250,
};

const progress = (shardsDone: number): Extract<CopyEvent, { type: "progress" }> => ({
  type: "progress",
  stage: "migrate",
  shardsDone,
  shards: 4,
  counts: { ...NO_COUNTS, cells: 5_000 },
  cellsPerSecond: 2_500,
  secondsLeft: null,
  elapsedMs: 2_000,
});

const table = (name: string, fate: "copied" | "dropped") =>
  ({
    type: "table",
    name,
    fate,
    reason: "R.",
    drops: true,
    versions: null,
    cells: null,
    bytes: null,
    seconds: null,
  }) as const;

function plain(events: readonly CopyEvent[], clock: readonly number[] = []) {
  const out: string[] = [];
  const accompany: string[] = [];
  const times = [...clock];
  const tell = plainOutput(
    { out: (line) => void out.push(line), accompany: (line) => void accompany.push(line) },
    () => times.shift() ?? 0,
  );
  for (const event of events) tell(event);
  return { out, accompany };
}

describe("--json", () => {
  test("is one object a line, with longs as decimal strings", () => {
    const lines: string[] = [];
    const tell = jsonOutput({
      out: (line) => void lines.push(line),
      accompany: () => expect.unreachable("nothing accompanies JSON"),
    });
    for (const event of [progress(1), RESULT]) tell(event);
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).not.toContain("\n");
    expect(lines[1]).toMatch(/^\{"type":"result","ok":false/);
    expect(parseJson(lines[1] ?? "")).toMatchObject({ s: "9007199254740995", failed: "migrate" });
  });
});

describe("for the eye", () => {
  test("a result names the failed stage, what is proven, the chain and the next command", () => {
    const text = plain([RESULT]).out.join("\n");
    expect(text).toBe(
      `
migrate did not come to its end.
The disk is full.
  1,234,567 cells, 3 older versions
  X = 9007199254740993   S = 9007199254740995   C = 9007199254740996
Proven so far: assessed (2026-11-21T16:00:00Z), set up (2026-11-21T16:01:00Z).
Next: npm run -s lockstep -- copy run, with the same options
State folder: /state
Took 61.3 s.`,
    );
  });

  test("nothing proven is said, and what is unknown is never shown as zero", () => {
    const { out } = plain([
      { ...RESULT, proven: [], next: null, x: null, s: null, c: null, counts: null },
      { ...table("a.B", "copied"), bytes: 10 },
      table("a.C", "dropped"),
    ]);
    expect(out).toContain("Proven so far: nothing.");
    expect(out.join("\n")).not.toMatch(/ S = | C = |Next/);
    expect(out.at(-2)).toBe(
      "  copied         a.B (about an unknown number of cells, 1 kB), the destination's own is dropped first. R.",
    );
    expect(out.at(-1)).toBe("  dropped        a.C. R.");
  });

  test("sizes and times are those of the copy, and rounded to what anybody wants to know", () => {
    const seconds = { least: 0.1, most: 7_300 };
    const { out } = plain([
      { ...table("a.B", "copied"), drops: false, versions: 9_000, cells: 3_000, bytes: 5_000_000, seconds },
      { ...table("a.C", "dropped"), versions: 7, bytes: 1 },
      { type: "estimate", tables: 2, cells: 3_000, bytes: null, seconds: { least: 200, most: 200 } },
      { type: "estimate", tables: 2, cells: null, bytes: null, seconds: null },
    ]);
    expect(out).toEqual([
      "  copied         a.B (about 3,000 cells, 5.0 MB, 1 s to 2 h). R.",
      "  dropped        a.C (about 7 versions, 1 kB). R.",
      "  In all 2 tables to copy: about 3,000 cells, size unknown. Copying takes 3 min, and comparing about as long.",
      "  In all 2 tables to copy: an unknown number of cells, size unknown. How long copying takes is unknown.",
    ]);
  });

  test("a finding says what to do, and what may be declared", () => {
    const { out } = plain([
      {
        type: "finding",
        level: "unknown",
        id: "sessions",
        title: "Nobody can say",
        detail: "D",
        remedy: "R",
        accepts: "All stopped",
      },
      { type: "finding", level: "pass", id: "p", title: "Fine", detail: "D", remedy: null, accepts: null },
    ]);
    expect(out).toEqual([
      "  UNKNOWN   Nobody can say",
      "            D",
      "            What to do: R",
      '            Or declare "All stopped" with --accept sessions',
      "  ok        Fine",
    ]);
  });

  test("progress goes beside the results, now and then, and always at the end", () => {
    const { out, accompany } = plain(
      [progress(1), progress(2), progress(3), progress(4)],
      [0, 0, 100, 6_000, 6_000],
    );
    expect(out).toEqual([]);
    const left = plain([{ ...progress(1), secondsLeft: { least: 50, most: 130 } }]);
    expect(left.accompany[0]).toMatch(/2\.0 s, 50 s to 2 min left$/);
    expect(accompany.map((line) => /(\d) of 4/.exec(line)?.[1])).toEqual(["1", "3", "4"]);
  });

  test("some differences are shown, with a word about the others", () => {
    const value = { bytes: 1, sha256: "0", head: "ff" };
    const difference: CopyEvent = {
      type: "difference",
      table: "a.B",
      row: "00",
      column: "01",
      kind: "value",
      timestamp: "9",
      source: value,
      destination: value,
    };
    const { out } = plain(Array.from({ length: 30 }, () => difference));
    expect(out).toHaveLength(21);
    expect(out[0]).toBe("  value: a.B row 00 column 01: source 1 bytes ff; destination 1 bytes ff at 9");
    expect(out[20]).toContain("and more");
  });
});

describe("progress", () => {
  const shard = (id: number) => ({
    id,
    table: "a.B",
    range: { from: null, to: null },
    estimate: { versions: null, bytes: null },
  });
  const plan: RunPlan = { runId: "r", kind: "copy", start: 9n, shards: [shard(0), shard(1)] };
  const states: readonly ShardState[] = [
    {
      shard: shard(0),
      state: "done",
      attempt: 1,
      worker: null,
      checkpoint: { sequence: 1, next: null, counts: { ...NO_COUNTS, cells: 100 } },
      failure: null,
    },
    { shard: shard(1), state: "waiting", attempt: 0, worker: null, checkpoint: null, failure: null },
  ];

  test("counts what earlier runs did, but no speed for it; one line a second, and one at the end", () => {
    const told: CopyEvent[] = [];
    let now = 0;
    const meter = new CopyProgress(
      "migrate",
      (event) => void told.push(event),
      () => now,
    );
    meter.planned(plan, states);
    const chunk = (cells: number) =>
      meter.heard({
        kind: "chunk",
        shard: 1,
        table: "a.B",
        counts: { ...NO_COUNTS, cells },
        elapsedMs: 1,
        sourceMs: 0,
        sinkMs: 0,
        throttleMs: 0,
        bytesRead: 0,
      });
    now = 500;
    chunk(10);
    now = 2_000;
    chunk(10);
    meter.heard({ kind: "finished", shard: 1, table: "a.B" });
    expect(told).toMatchObject([
      { type: "progress", shardsDone: 1, shards: 2, counts: { cells: 100 }, cellsPerSecond: 0 },
      { type: "progress", shardsDone: 1, counts: { cells: 120 }, cellsPerSecond: 10, elapsedMs: 2_000 },
      { type: "progress", shardsDone: 2, shards: 2, counts: { cells: 120 } },
    ]);
  });

  test("tells what is tried again and what stands still", () => {
    const told: CopyEvent[] = [];
    const meter = new CopyProgress(
      "validate",
      (event) => void told.push(event),
      () => 0,
    );
    const about = { shard: 1, table: "a.B", code: "no-answer", message: "M." };
    meter.heard({ kind: "retry", ...about, delayMs: 1.4 });
    meter.heard({
      kind: "failed",
      shard: 1,
      table: "a.B",
      failure: { class: "poison", code: "no-answer", message: "M." },
    });
    expect(told).toEqual([
      { type: "retry", ...about, delayMs: 1 },
      { type: "failed", ...about },
    ]);
  });
});
