import { describe, expect, test } from "vitest";

import { type CellBlock, CellBlockBuilder } from "#lib/mover/cell-block.ts";
import type { CellSource } from "#lib/mover/cell-source.ts";
import { CommitOracle } from "#lib/mover/commit-oracle.ts";
import { compareShard } from "#lib/mover/compare-shard.ts";
import { CHUNK_LIMITS, copyShard } from "#lib/mover/copy-shard.ts";
import { WHOLE_TABLE } from "#lib/mover/key-range.ts";
import type { ShardLease } from "#lib/mover/ledger.ts";
import { MemorySource } from "#lib/mover/testing-memory.ts";
import { modelStore } from "#lib/mover/testing-store.ts";
import { Throttle } from "#lib/mover/throttle.ts";

const START = 1_000n;

/** Blocks that are always ready, so that nothing but the mover itself gives way, until timers have had their turn a few times. */
function readyBlocks(timestamp: bigint, enough: () => boolean): () => AsyncGenerator<CellBlock> {
  return async function* blocks() {
    const builder = new CellBlockBuilder();
    const key = Buffer.alloc(8);
    for (let count = 0, at = 0; count < 20_000 && !enough(); count += 1) {
      for (let inBlock = 0; inBlock < 500; inBlock += 1, at += 1) {
        key.writeUInt32BE(at, 4);
        builder.add(key, Buffer.from("c"), timestamp, Buffer.from("value"));
      }
      yield builder.take();
    }
  };
}

const lease: ShardLease = {
  runId: "r",
  shard: { id: 0, table: "t", range: WHOLE_TABLE, estimate: { versions: null, bytes: null } },
  start: START,
  attempt: 1,
  worker: "w",
  checkpoint: null,
};

async function parts() {
  const source = new MemorySource(
    modelStore({ transactions: new Map([[7n, { commit: 8n, staged: false }]]) }),
  );
  return {
    ledger: { checkpoint: async () => undefined },
    oracle: await CommitOracle.open(source.commits, START),
    throttle: new Throttle(),
    limits: { ...CHUNK_LIMITS, versions: Number.MAX_SAFE_INTEGER, ms: 600_000 },
    next: async () => "go" as const,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  };
}

/** How often a timer got its turn while `work` ran. It gets none where nobody gives way. */
async function turnsDuring(work: (enough: () => boolean) => Promise<unknown>): Promise<number> {
  let turns = 0;
  const timer = setInterval(() => {
    turns += 1;
  }, 1);
  try {
    await work(() => turns >= 3);
    return turns;
  } finally {
    clearInterval(timer);
  }
}

function only(readVersions: () => AsyncGenerator<CellBlock>): CellSource {
  return { readVersions } as Partial<CellSource> as CellSource;
}

describe("work that always has something ready lets timers have their turn", () => {
  test("in a copy", async () => {
    const { ...around } = await parts();
    const sink = {
      keepsCheckpoints: false,
      openShard: async () => ({
        recorded: null,
        write: async () => undefined,
        commit: async () => undefined,
        close: async () => undefined,
      }),
    } as Partial<Parameters<typeof copyShard>[0]["sink"]> as Parameters<typeof copyShard>[0]["sink"];
    const turns = await turnsDuring(async (enough) =>
      copyShard({ ...around, sink, source: only(readyBlocks(7n, enough)) }, lease),
    );
    expect(turns).toBeGreaterThanOrEqual(3);
  });

  test("in a comparison", async () => {
    const around = await parts();
    const turns = await turnsDuring(async (enough) =>
      compareShard(
        {
          ...around,
          source: only(readyBlocks(7n, enough)),
          destination: only(readyBlocks(START, enough)),
          there: null,
        },
        lease,
      ),
    );
    expect(turns).toBeGreaterThanOrEqual(3);
  });
});
