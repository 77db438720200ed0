import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { describe, expect, test } from "vitest";

import { TESTED_RELEASES } from "#lib/local-cassandra/testing.ts";
import { CellBlockBuilder, CellCursor } from "#lib/mover/cell-block.ts";
import { NO_COUNTS } from "#lib/mover/counts.ts";
import { WHOLE_TABLE } from "#lib/mover/key-range.ts";
import { SOME_METADATA } from "#lib/mover/testing-store.ts";
import { openCassandraCellSink } from "#lib/stores/cassandra/cell-sink.ts";
import { openCassandraCellSource } from "#lib/stores/cassandra/cell-source.ts";
import { inKeyspace, targetFor } from "#lib/stores/cassandra/testing-session.ts";

const MEGABYTE = 1_048_576;
const CELLS = 128;
/** Half of what goes through; ours is a handful of pages and requests. */
const LIVE_BYTES_MAX = (CELLS / 2) * MEGABYTE;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** The most bytes outside the heap that were in use at once during the work, above what was before, garbage left out. */
async function mostInUse(work: () => Promise<void>): Promise<number> {
  collect();
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const look = () => {
    collect();
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  };
  const timer = setInterval(look, 100);
  try {
    await work();
    look();
  } finally {
    clearInterval(timer);
  }
  return most;
}

describe.each(TESTED_RELEASES)("the memory for Cassandra %s", (release) => {
  test("does not grow with what goes through it, however large the values and slow the reader", async () => {
    const start = 9n;
    await inKeyspace(release, async (keyspace) => {
      const target = targetFor(keyspace);
      const sink = await openCassandraCellSink(target);
      await sink.createTables([{ name: "app.large", metadata: Buffer.from(SOME_METADATA) }]);
      const writer = await sink.openShard({
        runId: "run",
        shard: { id: 0, table: "app.large", range: WHOLE_TABLE, estimate: { versions: null, bytes: null } },
        start,
        attempt: 1,
        worker: "test",
        checkpoint: null,
      });
      const written = await mostInUse(async () => {
        for (let index = 0; index < CELLS; index += 1) {
          const builder = new CellBlockBuilder();
          builder.add(Uint8Array.of(1), Uint8Array.of(index), start, Buffer.alloc(MEGABYTE, index));
          await writer.write(builder.take());
        }
        await writer.commit({ sequence: 1, next: null, counts: NO_COUNTS });
      });
      await writer.close();
      await sink.close();
      expect(written).toBeLessThan(LIVE_BYTES_MAX);

      const source = await openCassandraCellSource(target);
      const seen: number[] = [];
      const read = await mostInUse(async () => {
        const cursor = new CellCursor();
        for await (const block of source.readVersions("app.large", WHOLE_TABLE)) {
          cursor.reset(block);
          while (cursor.next()) seen.push(cursor.value[MEGABYTE - 1] ?? -1);
          await sleep(5);
        }
      });
      await source.close();
      expect(seen).toEqual(Array.from({ length: CELLS }, (_, index) => index));
      expect(read).toBeLessThan(LIVE_BYTES_MAX);
    });
  });
});
