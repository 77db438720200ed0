import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { AdapterError } from "#lib/errors.ts";
import { addCounts, NO_COUNTS } from "#lib/mover/counts.ts";
import type { Ledger } from "#lib/mover/ledger.ts";
import { planRun } from "#lib/mover/plan-run.ts";
import type { ProgressEvent } from "#lib/mover/progress.ts";
import { runComparison, runCopy } from "#lib/mover/run-copy.ts";
import { commitStart, planSetUp, setUp } from "#lib/mover/set-up.ts";
import { SMALL_STORES, stores } from "#lib/mover/testing-arbitraries.ts";
import { MemoryLedger } from "#lib/mover/testing-ledger.ts";
import { type Fault, MemorySink, MemorySource } from "#lib/mover/testing-memory.ts";
import { cellLines, type ModelStore, modelStore, readModelTable } from "#lib/mover/testing-store.ts";

/** Chunks of a few versions, and no waiting. */
const limits = { versions: 4, bytes: 1_000_000, ms: 1_000_000 };
const times = { idleMs: 1, renewMs: 1_000, retryFirstMs: 0, retryMaxMs: 0, giveUpMs: 60_000 };

function partsOf(source: MemorySource, ledger: Ledger, events: ProgressEvent[] = []) {
  return {
    source,
    ledger,
    worker: "w",
    onProgress: (event: ProgressEvent) => void events.push(event),
    signal: new AbortController().signal,
    whenIdle: "leave" as const,
    limits,
    times,
  };
}

async function prepared(
  store: ModelStore,
  at: bigint,
  sink: MemorySink,
  cutEvery?: number,
): Promise<MemoryLedger> {
  const source = new MemorySource(store, cutEvery === undefined ? {} : { cutEvery });
  const plan = await planSetUp(source, sink);
  await setUp(source, sink, plan);
  const ledger = new MemoryLedger();
  await ledger.create(await planRun(source, { runId: "run", kind: "copy", start: at }, plan.tables));
  return ledger;
}

/** Fails at the given occasions, counted over everything that may fail. Some failures kill the whole process instead. */
function faultsAt(occasions: ReadonlySet<number>, codes: readonly string[]): Fault {
  let occasion = 0;
  return (what) => {
    occasion += 1;
    if (!occasions.has(occasion)) return;
    const code = codes[occasion % codes.length] ?? "connection-lost";
    throw new AdapterError(code, what === "commit-answer" ? "unknown" : "none", `${what} failed`);
  };
}

function expectCopied(store: ModelStore, at: bigint, sink: MemorySink): void {
  const made = sink.asModel(at);
  for (const table of store.tables) {
    const copied = made.tables.find(({ name }) => name === table.name);
    const wanted = readModelTable(store, table, at);
    const found = copied === undefined ? [] : readModelTable(made, copied, at + 2n).cells;
    expect(cellLines(found)).toEqual(cellLines(wanted.cells));
    expect(copied?.versions.every(({ timestamp }) => timestamp === at)).toBe(true);
    expect(copied?.versions).toHaveLength(wanted.cells.length);
  }
}

describe("a copy", () => {
  const occasions = fc
    .uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 12 })
    .map((all) => new Set(all));

  test.each([true, false])(
    "loses no cell and doubles none, whatever fails and wherever its process dies (destination keeps checkpoints: %s)",
    async (keepsCheckpoints) => {
      const generated = stores({ ...SMALL_STORES, valueMax: 50, manyVersionsMax: 10 });
      await fc.assert(
        fc.asyncProperty(
          generated,
          occasions,
          fc.array(fc.nat({ max: 9 })),
          async ({ store, at }, where, kinds) => {
            // "read-only" is fatal, "odd" is poison: both are resumed below, as a person would.
            const codes = [
              "connection-lost",
              ...kinds.map((kind) => ["connection-lost", "lease-lost", "read-only", "odd"][kind % 4] ?? ""),
            ];
            const fault = faultsAt(where, codes);
            const sink = new MemorySink(keepsCheckpoints, fault);
            const ledger = await prepared(store, at, sink);
            const source = new MemorySource(store, { fault });
            const events: ProgressEvent[] = [];
            for (let starts = 0; starts < 40; starts += 1) {
              const end = await runCopy({ ...partsOf(source, ledger, events), sink });
              if (end === "done") break;
              ledger.crash();
              await ledger.retryFailed();
              await ledger.setControl({ ...(await ledger.control()), wanted: "run" });
            }
            expect((await ledger.shards()).map(({ state }) => state)).not.toContain("failed");
            expectCopied(store, at, sink);
            const totals = (await ledger.shards()).reduce(
              (sum, { checkpoint }) => addCounts(sum, checkpoint?.counts ?? NO_COUNTS),
              NO_COUNTS,
            );
            const versions = store.tables.reduce((sum, table) => sum + table.versions.length, 0);
            expect(totals.versions).toBe(versions);
            const { cells, older, inProgress, aborted, later, deleted, sentinels } = totals;
            expect(cells + older + inProgress + aborted + later + deleted + sentinels).toBe(versions);

            const compared = new MemoryLedger();
            const plan = await ledger.plan();
            if (plan === null) throw new Error("no plan");
            await compared.create({ ...plan, kind: "compare" });
            const destination = new MemorySource(sink.asModel(at));
            expect(await runComparison({ ...partsOf(new MemorySource(store), compared), destination })).toBe(
              "done",
            );
            expect(await compared.differences(10)).toEqual([]);
          },
        ),
        { numRuns: 40 },
      );
    },
    60_000,
  );

  const users = (cells: number): ModelStore =>
    modelStore({
      tables: [
        {
          name: "app.users",
          metadata: Buffer.from("0a", "hex"),
          versions: Array.from({ length: cells }, (_, index) => ({
            row: Buffer.from(String(index).padStart(6, "0")),
            column: Buffer.from("c"),
            timestamp: 5n,
            value: Buffer.from("v"),
          })),
        },
      ],
      transactions: new Map([[5n, { commit: 6n, staged: false }]]),
    });

  test("stops when the destination no longer has what the ledger recorded", async () => {
    const sink = new MemorySink(true);
    const ledger = await prepared(users(4), 100n, sink);
    const lease = await ledger.claim("w");
    if (lease === null) throw new Error("no lease");
    await ledger.checkpoint(lease, {
      sequence: 3,
      next: { row: Buffer.from("1"), column: Buffer.from("c") },
      counts: NO_COUNTS,
    });
    ledger.crash();
    expect(await runCopy({ ...partsOf(new MemorySource(users(4)), ledger), sink })).toBe("paused");
    const [shard] = await ledger.shards();
    expect(shard).toMatchObject({ state: "failed", failure: { class: "fatal", code: "progress-missing" } });
  });

  test("a poisoned shard waits for a person while the others go on; a fatal failure pauses all", async () => {
    for (const [code, end] of [
      ["odd", "unfinished"],
      ["disk-full", "paused"],
    ] as const) {
      let failed = false;
      const sink = new MemorySink(true, (what) => {
        if (what !== "write" || failed) return;
        failed = true;
        throw new AdapterError(code, "none", `the ${code} failure`);
      });
      const ledger = await prepared(users(40), 100n, sink);
      await ledger.setControl({ ...(await ledger.control()), lanes: 1 });
      expect(await runCopy({ ...partsOf(new MemorySource(users(40)), ledger), sink })).toBe(end);
      const states = (await ledger.shards()).map(({ state }) => state);
      expect(states.filter((state) => state === "failed")).toHaveLength(1);
      expect(states.filter((state) => state === "done")).toHaveLength(
        end === "unfinished" ? states.length - 1 : 0,
      );
      await ledger.retryFailed();
      await ledger.setControl({ ...(await ledger.control()), wanted: "run" });
      expect(await runCopy({ ...partsOf(new MemorySource(users(40)), ledger), sink })).toBe("done");
      expectCopied(users(40), 100n, sink);
    }
  });

  test("gives up on a failure that does not pass, and says so", async () => {
    const sink = new MemorySink(true, (what) => {
      if (what === "open") throw new AdapterError("connection-lost", "none", "The cable is out.");
    });
    const ledger = await prepared(users(2), 100n, sink);
    const impatient = { ...times, retryFirstMs: 1, giveUpMs: 20 };
    expect(await runCopy({ ...partsOf(new MemorySource(users(2)), ledger), sink, times: impatient })).toBe(
      "paused",
    );
    expect((await ledger.shards())[0]?.failure?.message).toContain("The cable is out.");
  });

  test("pauses at the next checkpoint, resumes there, and stays cancelled", async () => {
    const sink = new MemorySink(true);
    const ledger = await prepared(users(200), 100n, sink, 40);
    const first = await ledger.control();
    let chunks = 0;
    const pausing = {
      ...partsOf(new MemorySource(users(200)), ledger),
      onProgress: (event: ProgressEvent) => {
        if (event.kind === "chunk" && (chunks += 1) === 3)
          void ledger.setControl({ ...first, wanted: "pause" });
      },
    };
    expect(await runCopy({ ...pausing, sink })).toBe("paused");
    // Each lane ends with the checkpoint that it was at, though its range goes on: nobody else is there to stop it.
    expect(chunks).toBeLessThanOrEqual(2 + first.lanes);
    expect((await ledger.shards()).some(({ state }) => state === "waiting")).toBe(true);
    expect((await ledger.shards()).some(({ state }) => state === "held")).toBe(false);
    await ledger.setControl(first);
    expect(await runCopy({ ...pausing, sink })).toBe("done");
    expectCopied(users(200), 100n, sink);

    await ledger.setControl({ ...first, wanted: "cancel" });
    await ledger.setControl(first);
    expect(await runCopy({ ...pausing, sink })).toBe("cancelled");
  });

  test("outlasts a ledger that is gone for a while", async () => {
    const sink = new MemorySink(true);
    const ledger = await prepared(users(30), 100n, sink);
    let random = 1;
    ledger.fault = () => {
      random = (random * 48_271) % 2_147_483_647;
      if (random % 3 !== 0) throw new AdapterError("connection-lost", "none", "The ledger is gone.");
    };
    expect(await runCopy({ ...partsOf(new MemorySource(users(30)), ledger), sink })).toBe("done");
    expectCopied(users(30), 100n, sink);
  });
});

describe("the setup", () => {
  const store = modelStore({
    tables: [
      { name: "app.a", metadata: Buffer.from("0a", "hex"), versions: [] },
      { name: "_transactions", metadata: Buffer.from("0b", "hex"), versions: [] },
    ],
  });

  test("refuses when the destination got a table that nobody agreed to lose", async () => {
    const source = new MemorySource(store);
    const sink = new MemorySink(true);
    const plan = await planSetUp(source, sink);
    await sink.createTables([{ name: "app.new", metadata: Buffer.from("0c", "hex") }]);
    await expect(setUp(source, sink, plan)).rejects.toThrow(/app\.new/);
    expect([...sink.tables.keys()]).toEqual(["app.new"]);
  });

  test("refuses when the source got a table that nothing would copy", async () => {
    const late = { name: "app.late", metadata: Buffer.from("0d", "hex"), versions: [] };
    const sink = new MemorySink(true);
    const plan = await planSetUp(new MemorySource(store), sink);
    const source = new MemorySource({ ...store, tables: [...store.tables, late] });
    await expect(setUp(source, sink, plan)).rejects.toThrow(/app\.late.*Start over/);
    expect([...sink.tables.keys()]).toEqual([]);
  });

  test("commits S and C once, and refuses an S that was used before", async () => {
    const sink = new MemorySink(true);
    await commitStart(sink, 10n, 11n);
    await commitStart(sink, 10n, 11n);
    await expect(commitStart(sink, 10n, 12n)).rejects.toThrow(/already records 11/);
    await expect(commitStart(sink, 10n, 10n)).rejects.toThrow(/in that order/);
  });
});
