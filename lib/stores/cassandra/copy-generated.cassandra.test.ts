import fc from "fast-check";
import { expect, test, vi } from "vitest";

import { TESTED_RELEASES } from "#lib/local-cassandra/testing.ts";
import { WHOLE_TABLE } from "#lib/mover/key-range.ts";
import { planRun } from "#lib/mover/plan-run.ts";
import { runComparison, runCopy } from "#lib/mover/run-copy.ts";
import { commitStart, planSetUp, setUp } from "#lib/mover/set-up.ts";
import { LARGE_STORES, stores } from "#lib/mover/testing-arbitraries.ts";
import { cellsOf } from "#lib/mover/testing-cells.ts";
import { MemoryLedger } from "#lib/mover/testing-ledger.ts";
import { MemorySource } from "#lib/mover/testing-memory.ts";
import { cellLines, readModelTable, SOME_METADATA } from "#lib/mover/testing-store.ts";
import { openCassandraCellSink } from "#lib/stores/cassandra/cell-sink.ts";
import { openCassandraCellSource } from "#lib/stores/cassandra/cell-source.ts";
import { inKeyspace, targetFor } from "#lib/stores/cassandra/testing-session.ts";

// Each run makes a handful of tables.
vi.setConfig({ testTimeout: 180_000 });

const OWN_TABLES = ["_transactions", "_transactions2", "_coordination"].map((name) => ({
  name,
  metadata: SOME_METADATA,
  versions: [],
}));

test.each(TESTED_RELEASES)(
  "stores of any content become on Cassandra %s what the plainest reader reads",
  async (release) => {
    const shape = { ...LARGE_STORES, tablesMax: 2, cellsMax: 30 };
    await fc.assert(
      fc.asyncProperty(stores(shape), async ({ store, at }) => {
        await inKeyspace(release, async (keyspace) => {
          const model = { ...store, tables: [...store.tables, ...OWN_TABLES] };
          const source = new MemorySource(model);
          const target = targetFor(keyspace);
          const [sink, destination] = [
            await openCassandraCellSink(target),
            await openCassandraCellSource(target),
          ];
          try {
            const plan = await planSetUp(source, sink);
            await setUp(source, sink, plan);
            await commitStart(sink, at, at + 1n);
            const planned = await planRun(source, { runId: "r", kind: "copy", start: at }, plan.tables);
            const parts = {
              source,
              worker: "w",
              onProgress: () => undefined,
              signal: new AbortController().signal,
              whenIdle: "leave" as const,
              limits: { versions: 500, bytes: 1_000_000, ms: 60_000 },
            };
            const ledger = new MemoryLedger();
            await ledger.create(planned);
            expect(await runCopy({ ...parts, ledger, sink })).toBe("done");
            for (const table of store.tables) {
              const blocks = [];
              for await (const block of destination.readVersions(table.name, WHOLE_TABLE)) blocks.push(block);
              const cells = cellsOf(blocks);
              expect(cellLines(cells)).toEqual(cellLines(readModelTable(store, table, at).cells));
              expect(cells.filter(({ timestamp }) => timestamp !== at)).toHaveLength(0);
            }
            const compared = new MemoryLedger();
            await compared.create({ ...planned, kind: "compare" });
            expect(await runComparison({ ...parts, ledger: compared, destination })).toBe("done");
            expect(await compared.differences(5)).toEqual([]);
          } finally {
            await sink.close();
            await destination.close();
          }
        });
      }),
      { numRuns: 4, endOnFailure: true },
    );
  },
);
