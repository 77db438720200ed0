import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import type { CopyRecord } from "#lib/mover/copy-record.ts";
import { PauseSwitch } from "#lib/mover/pause-switch.ts";
import { modelCommits } from "#lib/mover/testing-cells.ts";
import { MemorySource } from "#lib/mover/testing-memory.ts";
import { memorySide, surveyOf } from "#lib/mover/testing-side.ts";
import { modelStore, SOME_METADATA } from "#lib/mover/testing-store.ts";
import { type CopyArguments, readCopyArguments } from "#lib/processes/copy-arguments.ts";
import type { CopyEvent } from "#lib/processes/copy-events.ts";
import { type CopyWalk, walkStage } from "#lib/processes/copy-walk.ts";
import { FakeBoundStore } from "#lib/stores/fake-bound-store.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lockstep-walk-"));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const table = (name: string) => ({ name, metadata: SOME_METADATA, versions: [] });

function given(...more: string[]): CopyArguments {
  const read = readCopyArguments(["run", "--source", "a.yml", "--destination", "b.yml", ...more], {}, "/");
  if (read === "help") throw new Error("help");
  return read;
}

/** Two stores in memory and what a command does to them, one stage after the other. */
function world() {
  const users = {
    ...table("app.users"),
    versions: [{ row: Uint8Array.of(1), column: Uint8Array.of(1), timestamp: 10n, value: Uint8Array.of(7) }],
  };
  const source = memorySide("old", new FakeBoundStore({ state: "readable", bound: 1_000n }), {
    store: modelStore({
      tables: [users, table("app.other")],
      transactions: new Map([[10n, { commit: 11n, staged: false }]]),
    }),
  });
  const made = memorySide("new", new FakeBoundStore({ state: "readable", bound: 5n }), {
    store: modelStore({ tables: [table("new.stuff")] }),
  });
  const destination = {
    ...made,
    surveyor: { ...made.surveyor, survey: async () => surveyOf("new", [...made.sink.tables.values()]) },
    openSource: async () => {
      const transactions = [...made.sink.transactions].map(
        ([start, commit]) => [start, { commit, staged: false }] as const,
      );
      const store = { ...made.sink.asModel(0n), transactions: new Map(transactions) };
      return Object.assign(new MemorySource(store), { commits: modelCommits(store, true) });
    },
  };
  const events: CopyEvent[] = [];
  const entered: string[] = [];
  let record: CopyRecord | null = null;
  const walk = (args: CopyArguments): CopyWalk => ({
    given: args,
    folder,
    tell: (event) => void events.push(event),
    enter: (stage) => void entered.push(stage),
    ask: null,
    signal: new AbortController().signal,
    pause: new PauseSwitch(),
    source,
    destination,
  });
  return {
    source,
    sink: made.sink,
    bound: made.bound,
    events,
    entered,
    record: () => record,
    step: async (stage: Parameters<typeof walkStage>[1], ...more: string[]) =>
      walkStage(walk(given(...more)), stage, record, async (next) => {
        record = next;
      }),
  };
}

test("the stages lead to a validated copy, and tell each finding and table", async () => {
  const { step, events, record, sink } = world();
  expect(await step("assess")).toMatchObject({ isProven: true });
  expect(record()).toMatchObject({ shown: ["new.stuff"], setUpAt: null });
  expect(await step("setup", "--yes")).toMatchObject({ isProven: true });
  expect(await step("migrate")).toMatchObject({ isProven: true, counts: { cells: 1 } });
  expect(await step("validate")).toMatchObject({ isProven: true, isDifferent: false });
  expect(record()?.validatedAt).not.toBeNull();
  expect([...sink.tables.keys()].toSorted()).toEqual(["app.other", "app.users"]);
  expect(events).toContainEqual(
    expect.objectContaining({ type: "table", name: "new.stuff", fate: "dropped" }),
  );
  expect(events).toContainEqual(expect.objectContaining({ type: "finding", level: "pass" }));
});

test("--yes agrees to the list that was shown, and to nothing that came since", async () => {
  const { step, sink } = world();
  await step("assess");
  sink.tables.set("new.late", {
    ...table("new.late"),
    physicalName: "x",
    metadata: Buffer.from(SOME_METADATA),
  });
  await expect(step("setup", "--yes")).rejects.toThrow(/would be dropped now: new\.late/);
  expect([...sink.tables.keys()].toSorted()).toEqual(["new.late", "new.stuff"]);
  await step("assess");
  expect(await step("setup", "--yes")).toMatchObject({ isProven: true });
});

test("--yes agrees to the loss of a table that was shown as empty only while it is", async () => {
  const { step, sink } = world();
  const cell = { row: Uint8Array.of(1), column: Uint8Array.of(1), timestamp: 3n, value: Uint8Array.of(1) };
  await step("assess");
  sink.edit("new.stuff", (cells) => cells.set("late", cell));
  await expect(step("setup", "--yes")).rejects.toThrow(/were empty at the last assessment.*new\.stuff/);
  expect([...sink.tables.keys()]).toEqual(["new.stuff"]);
  await step("assess");
  expect(await step("setup", "--yes")).toMatchObject({ isProven: true });
});

test("what stands in the way ends it before anything is changed", async () => {
  const { step, sink, source, record, entered } = world();
  source.bound.place({ state: "invalidated", kept: 1_000n });
  const end = await step("setup", "--yes");
  expect(end).toMatchObject({ isProven: false, isDifferent: false });
  expect(end.message).toMatch(/in the way: .*bound.*Nothing was changed/);
  expect(record()).toBeNull();
  expect([...sink.tables.keys()]).toEqual(["new.stuff"]);
  expect(entered).toEqual(["assess"]);
});

test("a folder goes on with the tables, the stores and the sequences that it is about", async () => {
  const { step, source } = world();
  await expect(step("migrate")).rejects.toThrow(/holds no copy yet/);
  await step("setup", "--yes", "--tables", "app.users");
  await expect(step("migrate", "--tables", "app.other")).rejects.toThrow(/set up for app\.users/);
  const before = source.surveyed;
  source.surveyed = surveyOf("restored", before.tables);
  for (const stage of ["assess", "setup"] as const)
    await expect(step(stage, "--yes")).rejects.toThrow(/a copy with another source/);
  await expect(step("migrate")).rejects.toThrow(/about another source/);
  source.surveyed = before;
  expect(await step("migrate")).toMatchObject({ isProven: true });
});

test("a client that started on the destination after a setup without S and C forbids the copy and another setup", async () => {
  const { step, bound } = world();
  await step("setup", "--yes");
  bound.mark = { newestStart: 70n, newestCommit: null, rowsWritten: 1n };
  await expect(step("migrate")).rejects.toThrow(/a client has started there/);
  await expect(step("setup", "--yes")).rejects.toThrow(/after the last setup: a client has started there/);
  await step("assess");
  await expect(step("setup", "--yes")).rejects.toThrow(/after the last setup: a client has started there/);
});

test("a client that started on the destination forbids starting over", async () => {
  const { step, sink, record } = world();
  for (const stage of ["setup", "migrate"] as const) await step(stage, "--yes");
  sink.tables.set("_transactions", {
    ...table("_transactions"),
    physicalName: "_transactions",
    metadata: Buffer.from(SOME_METADATA),
  });
  await step("assess");
  const commit = record()?.commit ?? 0n;
  sink.transactions.set(commit + 5n, commit + 6n);
  await expect(step("setup", "--yes")).rejects.toThrow(/a client has started there/);
  expect(record()?.copiedAt).not.toBeNull();
  sink.transactions.delete(commit + 5n);
  await step("setup", "--yes");
  // No C of its own yet, but the one before is not forgotten.
  expect(record()).toMatchObject({ commit: null, commitBefore: commit });
  sink.transactions.set(commit + 5n, commit + 6n);
  await expect(step("setup", "--yes")).rejects.toThrow(/a client has started there/);
});
