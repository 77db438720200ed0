import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import {
  type CopyRecord,
  NOTHING_DONE,
  readCopyRecord,
  samePlace,
  writeCopyRecord,
} from "#lib/mover/copy-record.ts";
import { migrateStage, setUpStage, type StageParts, validateStage } from "#lib/mover/copy-stages.ts";
import { PauseSwitch } from "#lib/mover/pause-switch.ts";
import { MemorySource } from "#lib/mover/testing-memory.ts";
import { memorySide, surveyOf } from "#lib/mover/testing-side.ts";
import { modelStore, SOME_METADATA } from "#lib/mover/testing-store.ts";
import { FakeBoundStore } from "#lib/stores/fake-bound-store.ts";

const CELLS = 40;
const X = 1_000n;

function sourceStore() {
  const cell = (index: number) => ({
    row: Uint8Array.of(index),
    column: Uint8Array.of(1),
    timestamp: 10n,
    value: Uint8Array.of(index, 7),
  });
  return modelStore({
    tables: [
      {
        name: "app.users",
        metadata: SOME_METADATA,
        versions: Array.from({ length: CELLS }, (_, at) => cell(at)),
      },
      { name: "app.empty", metadata: SOME_METADATA, versions: [] },
    ],
    transactions: new Map([[10n, { commit: 11n, staged: false }]]),
  });
}

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lockstep-stages-"));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

/** Two stores in memory; the destination is read as what was copied into it. */
function world() {
  const source = memorySide("old", new FakeBoundStore({ state: "readable", bound: X }), {
    store: sourceStore(),
  });
  const made = memorySide("new", new FakeBoundStore({ state: "readable", bound: 5n }), {
    store: modelStore({ tables: [{ name: "old.stuff", metadata: SOME_METADATA, versions: [] }] }),
  });
  const destination = {
    ...made,
    openSource: async () => {
      const transactions = [...made.sink.transactions].map(
        ([start, commit]) => [start, { commit, staged: false }] as const,
      );
      return new MemorySource({ ...made.sink.asModel(0n), transactions: new Map(transactions) });
    },
  };
  const kept: CopyRecord[] = [];
  const pause = new PauseSwitch();
  const parts = (signal = new AbortController().signal): StageParts => ({
    source,
    destination,
    folder,
    keep: async (record) => {
      kept.push(record);
      await writeCopyRecord(folder, record);
    },
    lanes: 2,
    rates: { cellsPerSecond: null, bytesPerSecond: null },
    pause,
    onProgress: () => undefined,
    onPlan: () => undefined,
    signal,
    now: () => new Date("2026-01-01T00:00:00Z"),
  });
  const side = (name: string) => ({ name, place: surveyOf(name).place, sequence: `the bound of ${name}` });
  const assessed: CopyRecord = {
    format: "1",
    source: side("old"),
    destination: side("new"),
    only: null,
    shown: ["old.stuff"],
    shownEmpty: ["old.stuff"],
    assessedAt: "2026-01-01T00:00:00Z",
    ...NOTHING_DONE,
    commitBefore: null,
    destinationSeen: null,
  };
  return { source, destination, sink: made.sink, bound: made.bound, kept, parts, pause, assessed };
}

/** What was asked of the copy so far, as its ledger has it. */
async function readControls(of: string): Promise<readonly string[]> {
  const names = await readdir(of, { recursive: true });
  const ledger = names.find((name) => name.endsWith(path.join("copy", "ledger.jsonl")));
  const text = ledger === undefined ? "" : await readFile(path.join(of, ledger), "utf8");
  return text.split("\n").filter((line) => line.includes('"kind":"control"'));
}

async function copied() {
  const all = world();
  const setUp = await setUpStage(all.parts(), all.assessed);
  const { record, end } = await migrateStage(all.parts(), setUp);
  expect(end).toMatchObject({ end: "done", failures: [], totals: { cells: CELLS } });
  return { ...all, record };
}

describe("the stages of a copy", () => {
  test("stand still while they are paused, keep to a limit, and an interruption ends a pause", async () => {
    const { parts, pause, assessed, kept } = world();
    const setUp = await setUpStage(parts(), assessed);
    const stop = new AbortController();
    const told: string[] = [];
    pause.toggle();
    const held = migrateStage(
      { ...parts(stop.signal), onProgress: ({ kind }) => void told.push(kind) },
      setUp,
    );
    await expect.poll(async () => readControls(folder)).toContainEqual(expect.stringContaining('"pause"'));
    expect(told).toEqual([]);
    stop.abort();
    const { record, end } = await held;
    expect(end.end).toBe("stopped");
    expect(kept.at(-1)?.copiedAt).toBeNull();

    const limited = { ...parts(), rates: { cellsPerSecond: 4_000, bytesPerSecond: 1_000_000 } };
    const going = migrateStage(limited, record);
    await expect.poll(async () => readControls(folder)).toContainEqual(expect.stringContaining("4000"));
    pause.toggle();
    expect((await going).end).toMatchObject({ end: "done", totals: { cells: CELLS } });
    const controls = await readControls(folder);
    expect(controls.at(-1)).toMatch(/"cellsPerSecondMax":"?4000"?.*"wanted":"run"/);
  });

  test("prove X < S < C, every cell once, and what is on record survives", async () => {
    const { record, parts, sink, bound } = await copied();
    const { record: after, end } = await validateStage(parts(), record);
    expect(end).toMatchObject({ end: "done", tables: [], differences: [], totals: { cells: CELLS } });
    const { start, commit } = after;
    if (start === null || commit === null) throw new Error("no S and C");
    expect([X < start, start < commit]).toEqual([true, true]);
    expect(bound.state).toEqual({ state: "readable", bound: commit });
    expect(sink.transactions.get(start)).toBe(commit);
    expect([...sink.tables.keys()].toSorted()).toEqual(["app.empty", "app.users"]);
    expect(after).toMatchObject({
      sourceIssued: X,
      copiedAt: expect.any(String) as string,
      validatedAt: expect.any(String) as string,
    });
    expect(await readCopyRecord(folder)).toEqual(after);
  });

  test("S and C are on record before the first cell, and an interrupted copy goes on with them", async () => {
    const { parts, assessed, kept, sink } = world();
    const setUp = await setUpStage(parts(), assessed);
    const stop = new AbortController();
    let chunks = 0;
    const first = await migrateStage(
      {
        ...parts(stop.signal),
        onProgress: ({ kind }) => {
          if (kind !== "chunk") return;
          chunks += 1;
          expect(kept.at(-1)?.committedAt).not.toBeNull();
          if (chunks === 3) stop.abort();
        },
      },
      setUp,
    );
    expect(first.end.end).toBe("stopped");
    expect(first.record.copiedAt).toBeNull();
    const found = await readCopyRecord(folder);
    expect(found).toEqual(first.record);
    if (found === null) throw new Error("no record");
    const { record, end } = await migrateStage(parts(), found);
    // A cell that came twice would have failed: this destination takes each once.
    expect(end).toMatchObject({ end: "done", totals: { cells: CELLS } });
    expect([record.start, record.commit]).toEqual([found.start, found.commit]);
    expect(sink.transactions.size).toBe(1);
  });

  test("a source that moved makes the copy void, before, in and after it", async () => {
    const { record, parts, source } = await copied();
    source.bound.place({ state: "readable", bound: X + 1n });
    await expect(validateStage(parts(), record)).rejects.toThrow(/moved from 1000 to 1001.*void/);
    expect((await readCopyRecord(folder))?.validatedAt).toBeNull();
    await expect(migrateStage(parts(), { ...record, copiedAt: null })).rejects.toThrow(/void/);
  });

  test("a client that wrote to the source makes the copy void, though its sequence stands", async () => {
    const written = [
      (bound: FakeBoundStore) => {
        bound.mark = { newestStart: 12n, newestCommit: null, rowsWritten: 1n };
      },
      (bound: FakeBoundStore) => {
        bound.mark = { newestStart: 10n, newestCommit: 12n, rowsWritten: 1n };
      },
      (bound: FakeBoundStore) => {
        bound.punch = { found: "punch", timestamp: 12n, wallMillis: null, rawRow: "", rawValue: "" };
      },
    ];
    for (const write of written) {
      const { record, parts, source } = await copied();
      write(source.bound);
      await expect(validateStage(parts(), record)).rejects.toThrow(/the timestamp 12 now, and 0 .*void/);
      await expect(migrateStage(parts(), { ...record, copiedAt: null })).rejects.toThrow(/void/);
    }
  });

  test("an entry of (S, C) that is gone is not put back", async () => {
    const { record, parts, sink } = await copied();
    sink.transactions.clear();
    await expect(validateStage(parts(), record)).rejects.toThrow(/no longer records/);
    await expect(migrateStage(parts(), { ...record, copiedAt: null })).rejects.toThrow(/no longer records/);
    expect(sink.transactions.size).toBe(0);
  });

  test("differences are found, never called validated, and a comparison can be done anew", async () => {
    const { record, parts, sink } = await copied();
    sink.edit("app.users", (cells) => {
      const [key = ""] = cells.keys();
      cells.delete(key);
    });
    sink.tables.set("app.late", {
      name: "app.late",
      physicalName: "app.late",
      metadata: Buffer.from(SOME_METADATA),
    });
    const first = await validateStage(parts(), record);
    expect(first.end.differences.map(({ kind }) => kind)).toEqual(["missing"]);
    expect(first.end.tables).toEqual([expect.objectContaining({ name: "app.late" })]);
    expect(first.record.validatedAt).toBeNull();
    const second = await validateStage(parts(), first.record);
    expect(second.record.comparison).not.toBe(first.record.comparison);
    expect(second.end.totals.differences).toBe(1);
  });

  test("cells in a table that nothing was copied into are found, though no range of it is compared", async () => {
    const { parts, assessed, sink } = world();
    const setUp = await setUpStage(parts(), { ...assessed, only: ["app.users"] });
    const { record } = await migrateStage(parts(), setUp);
    const fine = await validateStage(parts(), record);
    expect(fine.record.validatedAt).not.toBeNull();
    const left = { row: Buffer.from("r"), column: Buffer.from("c"), timestamp: 3n, value: Buffer.from("v") };
    sink.edit("app.empty", (cells) => cells.set("left over", left));
    const { end, record: after } = await validateStage(parts(), fine.record);
    expect(end.totals.differences).toBe(0);
    expect(end.tables).toEqual([{ name: "app.empty", problem: "should be empty, and holds cells" }]);
    expect(after.validatedAt).toBeNull();
  });

  test("nothing is dropped that was not shown", async () => {
    const { parts, assessed, sink, kept } = world();
    await expect(setUpStage(parts(), { ...assessed, shown: [] })).rejects.toThrow(/old\.stuff/);
    await expect(setUpStage(parts(), { ...assessed, shown: null })).rejects.toThrow(/old\.stuff/);
    expect(sink.tables.has("old.stuff")).toBe(true);
    expect(kept).toEqual([]);
  });

  test("what was shown as empty is not dropped once it holds something, and what is gone is no hindrance", async () => {
    const { parts, assessed, sink, kept } = world();
    const cell = { row: Buffer.from("r"), column: Buffer.from("c"), timestamp: 3n, value: Buffer.from("v") };
    sink.edit("old.stuff", (cells) => cells.set("late", cell));
    await expect(setUpStage(parts(), assessed)).rejects.toThrow(/were empty.*old\.stuff/);
    expect(sink.tables.has("old.stuff")).toBe(true);
    expect(kept).toEqual([]);
    await setUpStage(parts(), { ...assessed, shownEmpty: ["gone.already"] });
    expect(sink.tables.has("old.stuff")).toBe(false);
  });

  test("a client that started on the destination after the setup is seen before S and C are taken", async () => {
    const { parts, assessed, bound, sink } = world();
    bound.mark = { newestStart: 4n, newestCommit: null, rowsWritten: 1n };
    const setUp = await setUpStage(parts(), assessed);
    expect(setUp.destinationSeen).toBe(4n);
    bound.mark = { newestStart: 4n, newestCommit: 5n, rowsWritten: 2n };
    await expect(migrateStage(parts(), setUp)).rejects.toThrow(/holds the timestamp 5 now, and 4/);
    expect(bound.state).toEqual({ state: "readable", bound: 5n });
    expect(sink.transactions.size).toBe(0);
    bound.mark = { newestStart: 4n, newestCommit: null, rowsWritten: 1n };
    expect((await migrateStage(parts(), setUp)).end.end).toBe("done");
  });

  test("each stage refuses to be first", async () => {
    const { parts, assessed } = world();
    await expect(migrateStage(parts(), assessed)).rejects.toThrow(/not set up/);
    await expect(validateStage(parts(), assessed)).rejects.toThrow(/not complete/);
  });

  test("a second setup begins anew, with another S", async () => {
    const { record, parts, assessed } = await copied();
    const again = await setUpStage(parts(), { ...record, shown: ["app.users", "app.empty"] });
    expect(again).toMatchObject({ start: null, copiedAt: null });
    expect(again.runId).not.toBe(record.runId);
    expect(assessed.runId).toBeNull();
  });
});

describe("the record", () => {
  test("is none in an empty folder, and a damaged one is never taken for none", async () => {
    expect(await readCopyRecord(folder)).toBeNull();
    await writeFile(path.join(folder, "copy.json"), '{"format":"1"');
    await expect(readCopyRecord(folder)).rejects.toThrow(/not known/);
  });

  test("keeps longs exactly, as decimal strings", async () => {
    const { assessed } = world();
    const record = { ...assessed, start: 9_007_199_254_740_993n, commit: 9_223_372_036_854_775_000n };
    await writeCopyRecord(folder, record);
    expect(await readCopyRecord(folder)).toEqual(record);
    expect(await readFile(path.join(folder, "copy.json"), "utf8")).toContain('"start":"9007199254740993"');
  });

  test("a store stays itself when nodes come and go, and another is another", () => {
    const ring = (hostIds: readonly string[], keyspace = "ks") =>
      ({ kind: "cassandra", cluster: "c", hostIds, keyspace }) as const;
    expect(samePlace(ring(["a", "b"]), ring(["b", "c"]))).toBe(true);
    expect(samePlace(ring(["a"]), ring(["b"]))).toBe(false);
    expect(samePlace(ring(["a"]), ring(["a"], "other"))).toBe(false);
    const postgres = surveyOf("x").place;
    expect(samePlace(postgres, { ...postgres })).toBe(true);
    expect(samePlace(postgres, surveyOf("y").place)).toBe(false);
    expect(samePlace(postgres, ring(["a"]))).toBe(false);
  });
});
