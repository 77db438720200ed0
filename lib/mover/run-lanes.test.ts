import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, test, vi } from "vitest";

import { AdapterError } from "#lib/errors.ts";
import { NO_COUNTS } from "#lib/mover/counts.ts";
import { IDLE_CLAIMS_MAX } from "#lib/mover/idle-claims.ts";
import { WHOLE_TABLE } from "#lib/mover/key-range.ts";
import { runLanes, type WorkShard } from "#lib/mover/run-lanes.ts";
import { MemoryLedger } from "#lib/mover/testing-ledger.ts";
import { Throttle } from "#lib/mover/throttle.ts";

async function ledgerOf(shards: number): Promise<MemoryLedger> {
  const ledger = new MemoryLedger();
  const estimate = { versions: null, bytes: null };
  await ledger.create({
    runId: "run",
    kind: "copy",
    start: 100n,
    shards: Array.from({ length: shards }, (_, id) => ({ id, table: "app.t", range: WHOLE_TABLE, estimate })),
  });
  return ledger;
}

async function lanes(
  ledger: MemoryLedger,
  work: WorkShard,
  whenIdle: "wait" | "leave" = "leave",
  more: Partial<Parameters<typeof runLanes>[0]> = {},
) {
  return runLanes({
    ledger,
    worker: "w",
    work,
    throttle: new Throttle(),
    times: { idleMs: 1, renewMs: 1_000, retryFirstMs: 0, retryMaxMs: 0, giveUpMs: 60_000 },
    onProgress: () => undefined,
    signal: new AbortController().signal,
    whenIdle,
    ...more,
  });
}

const PATIENT = { idleMs: 1, renewMs: 1_000, retryFirstMs: 1, retryMaxMs: 1, giveUpMs: 600_000 };

const CHUNK = {
  kind: "chunk",
  counts: NO_COUNTS,
  elapsedMs: 0,
  sourceMs: 0,
  sinkMs: 0,
  throttleMs: 0,
  bytesRead: 0,
} as const;

async function down(): Promise<never> {
  throw new AdapterError("connection-lost", "none", "The store is away.");
}

describe("a range that gets no further", () => {
  test.each([
    ["is given back unfinished", async () => "stopped" as const],
    ["is called done without a record", async () => "done" as const],
  ])("is left alone when it %s again and again, and the others are worked off", async (_words, odd) => {
    const ledger = await ledgerOf(3);
    const tries: number[] = [];
    const end = await lanes(ledger, async (lease, hooks) => {
      tries.push(lease.shard.id);
      if (lease.shard.id === 1) return odd();
      await hooks.ledger.checkpoint(lease, { sequence: 1, next: null, counts: NO_COUNTS });
      return "done";
    });
    expect(end).toBe("unfinished");
    expect((await ledger.shards()).map(({ state }) => state)).toEqual(["done", "failed", "done"]);
    expect((await ledger.shards())[1]?.failure).toMatchObject({ class: "poison", code: "no-progress" });
    expect(tries.filter((shard) => shard === 1)).toHaveLength(IDLE_CLAIMS_MAX);
  });

  test("is counted anew after each checkpoint, whoever made it", async () => {
    const ledger = await ledgerOf(1);
    let times = 0;
    const chunks = 4 * IDLE_CLAIMS_MAX;
    const end = await lanes(ledger, async (lease, hooks) => {
      times += 1;
      const sequence = (lease.checkpoint?.sequence ?? 0) + 1;
      if (times % IDLE_CLAIMS_MAX !== 0) return "stopped";
      const next = sequence === chunks ? null : { row: Buffer.from("r"), column: Buffer.alloc(0) };
      await hooks.ledger.checkpoint(lease, { sequence, next, counts: NO_COUNTS });
      return next === null ? "done" : "stopped";
    });
    expect(end).toBe("done");
    expect(times).toBe(chunks * IDLE_CLAIMS_MAX);
  });

  test("is not blamed for pauses that people asked for", async () => {
    const ledger = await ledgerOf(1);
    const control = await ledger.control();
    let pauses = 0;
    const work: WorkShard = async (lease, hooks) => {
      pauses += 1;
      if (pauses > 3 * IDLE_CLAIMS_MAX) {
        await hooks.ledger.checkpoint(lease, { sequence: 1, next: null, counts: NO_COUNTS });
        return "done";
      }
      await ledger.setControl({ ...control, wanted: "pause" });
      setTimeout(() => void ledger.setControl(control), 3);
      return "stopped";
    };
    expect(await lanes(ledger, work, "wait")).toBe("done");
  });

  test("is not taken for ever by two workers that take it from each other", async () => {
    const ledger = await ledgerOf(1);
    let times = 0;
    const end = await lanes(ledger, async () => {
      times += 1;
      ledger.crash();
      throw new AdapterError("lease-lost", "none", "Another worker has it.");
    });
    expect(end).toBe("unfinished");
    expect(times).toBe(IDLE_CLAIMS_MAX);
  });
});

test("a process that stood still no longer trusts its leases, and takes its ranges anew", async () => {
  const ledger = await ledgerOf(1);
  let frozenMs = 0;
  const now = performance.now.bind(performance);
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now() + frozenMs);
  const attempts: number[] = [];
  const work: WorkShard = async (lease, hooks) => {
    attempts.push(lease.attempt);
    if (lease.attempt === 1) {
      frozenMs = 60_000;
      await once(hooks.signal, "abort");
      throw new AdapterError("lease-lost", "unknown", "The writing was given up in the middle.");
    }
    await hooks.ledger.checkpoint(lease, { sequence: 1, next: null, counts: NO_COUNTS });
    return "done";
  };
  const times = { ...PATIENT, renewMs: 10 };
  expect(await lanes(ledger, work, "wait", { times })).toBe("done");
  expect(attempts).toEqual([1, 2]);
  clock.mockRestore();
});

describe("while a store is away", () => {
  test.each([
    ["pause", "paused"],
    ["cancel", "cancelled"],
  ] as const)("a %s that somebody else asks for is heard between two tries", async (wanted, end) => {
    const ledger = await ledgerOf(2);
    let retries = 0;
    const ended = await lanes(ledger, down, "leave", {
      times: PATIENT,
      onProgress: (event) => {
        if (event.kind !== "retry") return;
        retries += 1;
        if (retries === 4) void ledger.control().then((control) => ledger.setControl({ ...control, wanted }));
      },
    });
    expect(ended).toBe(end);
    expect((await ledger.shards()).map(({ state }) => state)).toEqual(["waiting", "waiting"]);
  });

  test("the end of the process is not held up by a long wait for the next try", async () => {
    const ledger = await ledgerOf(1);
    const stop = new AbortController();
    const ended = lanes(ledger, down, "leave", {
      times: { ...PATIENT, retryFirstMs: 600_000, retryMaxMs: 600_000 },
      signal: stop.signal,
      onProgress: (event) => event.kind === "retry" && stop.abort(),
    });
    expect(await ended).toBe("stopped");
  });

  test("one range that stays stuck is left to a person, and the others go on to their end", async () => {
    const ledger = await ledgerOf(3);
    const times = { ...PATIENT, giveUpMs: 80 };
    const isStuck = async () => (await ledger.shards())[0]?.state === "failed";
    const end = await lanes(
      ledger,
      async (lease, hooks) => {
        if (lease.shard.id === 0) return down();
        for (let sequence = 1; ; sequence += 1) {
          const next = (await isStuck()) ? null : { row: Buffer.from([sequence]), column: Buffer.alloc(0) };
          await hooks.ledger.checkpoint(lease, { sequence, next, counts: NO_COUNTS });
          hooks.onProgress({ ...CHUNK, shard: lease.shard.id, table: lease.shard.table });
          if (next === null) return "done";
          await sleep(2);
        }
      },
      "leave",
      { times },
    );
    expect(end).toBe("unfinished");
    expect((await ledger.shards()).map(({ state }) => state)).toEqual(["failed", "done", "done"]);
    expect((await ledger.shards())[0]?.failure).toMatchObject({ class: "poison", code: "range-stuck" });
    expect((await ledger.control()).wanted).toBe("run");
  });

  test("nothing that moved for the whole time pauses the run", async () => {
    const ledger = await ledgerOf(3);
    expect(await lanes(ledger, down, "leave", { times: { ...PATIENT, giveUpMs: 40 } })).toBe("paused");
    expect((await ledger.shards()).find(({ failure }) => failure !== null)?.failure).toMatchObject({
      class: "fatal",
      code: "gave-up",
    });
  });
});

describe("lanes", () => {
  /** Goes on from checkpoint to checkpoint until the end is asked for, and keeps count of who is at work. */
  const endless = (ledger: MemoryLedger, isOver: () => boolean) => {
    const seen = { now: 0, most: 0 };
    const work: WorkShard = async (lease, hooks) => {
      seen.now += 1;
      seen.most = Math.max(seen.most, seen.now);
      try {
        for (let sequence = (lease.checkpoint?.sequence ?? 0) + 1; ; sequence += 1) {
          const next = isOver() ? null : { row: Buffer.from("r"), column: Buffer.alloc(0) };
          await hooks.ledger.checkpoint(lease, { sequence, next, counts: NO_COUNTS });
          hooks.onProgress({ ...CHUNK, shard: lease.shard.id, table: lease.shard.table });
          if (next === null) return "done";
          if ((await hooks.next()) === "stop") return "stopped";
          await sleep(1);
        }
      } finally {
        seen.now -= 1;
      }
    };
    const asked = async (count: number) => ledger.setControl({ ...(await ledger.control()), lanes: count });
    return { seen, work, asked };
  };

  test("follow what is asked at their next checkpoint, up and down, without losing a range", async () => {
    const ledger = await ledgerOf(8);
    let isOver = false;
    const { seen, work, asked } = endless(ledger, () => isOver);
    await asked(5);
    const run = lanes(ledger, work, "wait");
    await expect.poll(() => seen.now).toBe(5);
    await asked(2);
    await expect.poll(() => seen.now).toBe(2);
    await asked(6);
    await expect.poll(() => seen.now).toBe(6);
    expect(seen.most).toBe(6);
    isOver = true;
    expect(await run).toBe("done");
    expect((await ledger.shards()).every(({ failure }) => failure === null)).toBe(true);
  });

  test("of a worker without a share stay away until it has one", async () => {
    const ledger = await ledgerOf(2);
    const { seen, work } = endless(ledger, () => true);
    const control = await ledger.control();
    let share = 0;
    ledger.share = async () => ({ ...control, lanes: share });
    const run = lanes(ledger, work);
    await sleep(30);
    expect(seen.most).toBe(0);
    share = 1;
    expect(await run).toBe("done");
    expect(seen.most).toBe(1);
  });
});
