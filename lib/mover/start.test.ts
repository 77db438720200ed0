import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { AdapterError, AppError } from "#lib/errors.ts";
import { commitAndProve, readStart, takeStart } from "#lib/mover/start.ts";
import { memorySide, type MemorySide } from "#lib/mover/testing-side.ts";
import type { CountProbe } from "#lib/mover/timelock-sequence.ts";
import { modelStore, SOME_METADATA } from "#lib/mover/testing-store.ts";
import { FakeBoundStore } from "#lib/stores/fake-bound-store.ts";
import type { BoundState } from "#lib/stores/schema.ts";
import { createFakeTimelock } from "#lib/timelock/fake-timelock.ts";
import { FAST_FORWARD_MAX } from "#lib/timelock/limits.ts";

const TRANSACTIONS = { name: "_transactions", metadata: SOME_METADATA, versions: [] };

function entries(...pairs: readonly (readonly [bigint, bigint | null])[]) {
  return modelStore({
    tables: [TRANSACTIONS],
    transactions: new Map(pairs.map(([start, commit]) => [start, { commit, staged: false }])),
  });
}

const readable = (bound: bigint): BoundState => ({ state: "readable", bound });
const embedded = (name: string, state: BoundState) => memorySide(name, new FakeBoundStore(state, { name }));

function onTimelock(name: string, namespace: string, state: BoundState = { state: "no-row-invalidated" }) {
  const { timelock, control } = createFakeTimelock();
  const side = memorySide(name, new FakeBoundStore(state, { name }), {
    timestamps: { kind: "timelock", timelock, namespace },
  });
  return { side, control, timelock };
}

const anyBound = fc.bigInt({ min: 1n, max: FAST_FORWARD_MAX - 10_000_000n });

describe("S and C", () => {
  test("are above everything that either side issued or holds, and below everything issued later", async () => {
    await fc.assert(
      fc.asyncProperty(anyBound, anyBound, anyBound, async (x, there, entry) => {
        const source = embedded("source", readable(x));
        const bound = new FakeBoundStore(readable(there));
        const destination = memorySide("destination", bound, { store: entries([entry, entry + 1n]) });
        const start = await takeStart(source, destination);
        for (const below of [x, there, entry + 1n]) expect(start.start).toBeGreaterThan(below);
        expect(start.commit).toBeGreaterThan(start.start);
        expect(bound.embeddedBound()).toBeGreaterThanOrEqual(start.commit);
        expect(source.bound.writes).toEqual([]);
        expect(start).toMatchObject({ x, sourceAfter: x });
      }),
    );
  });

  test("come from TimeLock above the source, whatever the namespace issued before", async () => {
    await fc.assert(
      fc.asyncProperty(anyBound, fc.bigInt({ min: 0n, max: 2n ** 60n }), async (x, used) => {
        const { side, timelock, control } = onTimelock("destination", "new");
        if (used > 0n) await timelock.fastForward("new", used);
        const start = await takeStart(embedded("source", readable(x)), side);
        expect(start.start).toBeGreaterThan(x);
        expect(start.start).toBeGreaterThan(used);
        control.changeLeader();
        const later = await timelock.freshTimestamps("new", 1);
        expect(later.first).toBeGreaterThan(start.commit);
      }),
      { numRuns: 40 },
    );
  });

  test("start a pristine destination above AtlasDB's first value", async () => {
    for (const state of [{ state: "no-table" }, { state: "no-row" }] as const) {
      const destination = embedded("destination", state);
      const start = await takeStart(embedded("source", readable(20n)), destination);
      expect(start.start).toBeGreaterThan(10_000n);
      expect(destination.bound.state).toEqual(readable(start.commit));
    }
  });

  test("are refused where no client could start on the destination", async () => {
    const states: BoundState[] = [
      { state: "invalidated", kept: 5n },
      { state: "no-row-invalidated" },
      { state: "neither", tr: null },
      { state: "several-rows", readable: true, values: [1n, 2n] },
      { state: "both", rows: [{ bound: 1n, kept: 2n }] },
      { state: "unrecognised", detail: "odd" },
    ];
    for (const state of states) {
      const destination = embedded("destination", state);
      await expect(takeStart(embedded("source", readable(20n)), destination)).rejects.toThrow(AppError);
      expect(destination.bound.state).toEqual(state);
    }
  });

  test("are refused where the source's sequence is unknown, or below what the source holds", async () => {
    const destination = embedded("destination", readable(1n));
    await expect(
      takeStart(embedded("source", { state: "invalidated", kept: 90n }), destination),
    ).rejects.toThrow(/does not tell which timestamps/);
    const old = memorySide("source", new FakeBoundStore(readable(50n)), { store: entries([60n, 61n]) });
    await expect(takeStart(old, destination)).rejects.toThrow(/holds the timestamp 61/);
    const punched = embedded("source", readable(50n));
    punched.bound.punch = {
      found: "punch",
      timestamp: 70n,
      wallMillis: null,
      rawRow: "",
      rawValue: "",
    };
    await expect(takeStart(punched, destination)).rejects.toThrow(/holds the timestamp 70/);
    const { side } = onTimelock("source", "typo");
    await expect(takeStart(side, destination)).rejects.toThrow(/does not know the namespace/);
    expect(destination.bound.writes).toEqual([]);
  });

  test("need all of the destination's transactions, and of the source's what it tells", async () => {
    const untold = (side: MemorySide): MemorySide => ({
      ...side,
      openSource: async () => {
        const source = await side.openSource();
        return { ...source, commits: { ...source.commits, estimateEntries: async () => null } };
      },
    });
    const store = entries([30n, 31n]);
    const make = (name: string) => memorySide(name, new FakeBoundStore(readable(50n), { name }), { store });
    await expect(takeStart(make("source"), untold(make("destination")))).rejects.toThrow(
      /newest transaction of destination cannot be read/,
    );
    const start = await takeStart(untold(make("source")), make("destination"));
    expect(start.start).toBeGreaterThan(50n);
  });

  test("leave room below the largest timestamp", async () => {
    const source = embedded("source", readable(FAST_FORWARD_MAX + 1n));
    await expect(takeStart(source, embedded("destination", readable(1n)))).rejects.toThrow(/too little room/);
    await expect(takeStart(source, onTimelock("destination", "new").side)).rejects.toThrow(/too little room/);
  });

  test("are void when the source moves meanwhile", async () => {
    const source = embedded("source", readable(50n));
    const destination = embedded("destination", readable(1n));
    const { bound } = destination;
    const restore = bound.restore.bind(bound);
    bound.restore = async (...about) => {
      source.bound.raiseEmbedded(50n, 1_000_050n);
      return restore(...about);
    };
    await expect(takeStart(source, destination)).rejects.toThrow(/went from 50 to 1000050/);
  });

  test("may come from the very namespace that the source uses", async () => {
    const { timelock } = createFakeTimelock();
    const timestamps = { kind: "timelock", timelock, namespace: "same" } as const;
    const { last } = await timelock.freshTimestamps("same", 7);
    const kept = { state: "no-row-invalidated" } as const;
    const source = memorySide("source", new FakeBoundStore(kept), { timestamps });
    const destination = memorySide("destination", new FakeBoundStore(kept), { timestamps });
    const start = await takeStart(source, destination);
    expect(start.start).toBeGreaterThan(last);
    expect(start.sourceAfter).toBeGreaterThan(start.commit);
  });
});

describe("an answer that is lost", () => {
  test("is settled by reading the bound, and never by believing it", async () => {
    for (const kind of ["lost-answer", "lost-before-commit"] as const) {
      const destination = embedded("destination", readable(5n));
      destination.bound.faults.push({ kind });
      const start = await takeStart(embedded("source", readable(50n)), destination);
      expect(destination.bound.state).toEqual(readable(start.commit));
    }
  });

  test("counts as somebody else's change when the bound is neither ours nor the old one", async () => {
    const destination = embedded("destination", readable(5n));
    const { bound } = destination;
    bound.restore = async () => {
      bound.place(readable(77_000_000n));
      throw new AdapterError("commit-unanswered", "unknown", "lost");
    };
    await expect(takeStart(embedded("source", readable(50n)), destination)).rejects.toThrow(
      /something still runs/,
    );
  });

  test("stays unknown while the store cannot be read", async () => {
    const destination = embedded("destination", readable(5n));
    const { bound } = destination;
    bound.restore = async () => {
      bound.faults.push({ kind: "unreachable" });
      throw new AdapterError("commit-unanswered", "unknown", "lost");
    };
    await expect(takeStart(embedded("source", readable(50n)), destination)).rejects.toMatchObject({
      effect: "unknown",
    });
  });

  test("gives way to another change that came first, and gives up on a bound that never rests", async () => {
    const once = embedded("destination", readable(5n));
    once.bound.faults.push({ kind: "during-write", change: readable(60n) });
    const start = await takeStart(embedded("source", readable(50n)), once);
    expect(start.start).toBeGreaterThan(60n);
    const restless = embedded("destination", readable(5n));
    for (let times = 0; times < 9; times += 1) {
      restless.bound.faults.push({ kind: "during-write", change: readable(60n + BigInt(times)) });
    }
    await expect(takeStart(embedded("source", readable(50n)), restless)).rejects.toThrow(
      /something still runs/,
    );
  });

  test.each(["fastForward", "freshTimestamps"] as const)(
    "of TimeLock's %s never leads to values at or below the source's",
    async (call) => {
      for (const disturb of ["lost", "not carried out"] as const) {
        const { side, control } = onTimelock("destination", "new");
        if (disturb === "lost") control.loseNextAnswer(call);
        else control.failNext(call, "time-out", "unknown");
        const start = await takeStart(embedded("source", readable(50_000n)), side);
        expect(start.start).toBeGreaterThan(50_000n);
      }
    },
  );

  test("of a probe is counted before it is sent", async () => {
    const { side } = onTimelock("destination", "new");
    const counted: unknown[] = [];
    const countProbe: CountProbe = async (namespace, count) => {
      counted.push([namespace, count]);
      return async ({ last, consumedMax }) => void counted.push([last, consumedMax]);
    };
    const { commit } = await takeStart(embedded("source", readable(50n)), side, { countProbe });
    expect(counted).toEqual([
      ["new", 2],
      [commit, expect.any(BigInt)],
    ]);
  });
});

describe("with X fixed when the clients were stopped", () => {
  test("S lies above it, whatever the source's TimeLock has issued to our own probes since", async () => {
    const from = onTimelock("source", "old");
    await from.timelock.fastForward("old", 9_000_000n);
    const destination = embedded("destination", readable(10n));
    const { start, x } = await takeStart(from.side, destination, { x: 5_000_000n });
    expect(x).toBe(5_000_000n);
    expect(start).toBeGreaterThan(5_000_000n);
    expect(start).toBeLessThan(9_000_000n);
  });

  test("a bound that has passed it since is somebody's who runs there", async () => {
    const source = embedded("source", readable(2_000_000n));
    const destination = embedded("destination", readable(10n));
    await expect(takeStart(source, destination, { x: 1_000_000n })).rejects.toMatchObject({
      code: "conflict",
    });
    expect(destination.bound.writes).toEqual([]);
    expect((await takeStart(source, destination, { x: 2_000_000n })).start).toBeGreaterThan(2_000_000n);
  });
});

describe("the migration's own transaction", () => {
  const pair = { start: 100n, commit: 101n };

  test("is put once, proven by reading, and may be proven again", async () => {
    const destination = embedded("destination", readable(101n));
    expect(await readStart(destination, pair)).toEqual({ state: "absent" });
    await commitAndProve(destination, pair);
    await commitAndProve(destination, pair);
    expect([...destination.sink.transactions]).toEqual([[100n, 101n]]);
    expect(await readStart(destination, pair)).toEqual({ state: "committed" });
  });

  test.each([null, 150n])("is refused where S has another outcome (%s)", async (outcome) => {
    const destination = memorySide("destination", new FakeBoundStore(readable(101n)), {
      store: entries([100n, outcome]),
    });
    await expect(commitAndProve(destination, pair)).rejects.toThrow(/Start over/);
    expect((await readStart(destination, pair)).state).toBe("other");
  });

  test.each(["before", "after"] as const)("survives an answer that is lost %s it is there", async (when) => {
    const destination = embedded("destination", readable(101n));
    const { sink } = destination;
    const put = sink.putCommit.bind(sink);
    let lost = 0;
    sink.putCommit = async (...about) => {
      if (lost++ > 0) return put(...about);
      if (when === "after") await put(...about);
      throw new AdapterError("commit-unanswered", "unknown", "lost");
    };
    await commitAndProve(destination, pair);
    expect([...sink.transactions]).toEqual([[100n, 101n]]);
    expect(lost).toBe(when === "after" ? 1 : 2);
  });

  test("is never called proven when it does not stay", async () => {
    const destination = embedded("destination", readable(101n));
    destination.sink.putCommit = async (_start, commit) => commit;
    await expect(commitAndProve(destination, pair)).rejects.toMatchObject({ code: "commit-not-kept" });
  });
});
