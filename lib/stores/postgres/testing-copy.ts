import type { CellSink } from "#lib/mover/cell-sink.ts";
import type { CellSource } from "#lib/mover/cell-source.ts";
import type { Ledger, RunPlan } from "#lib/mover/ledger.ts";
import { planRun } from "#lib/mover/plan-run.ts";
import type { OnProgress } from "#lib/mover/progress.ts";
import type { RunParts } from "#lib/mover/run-copy.ts";
import { LANE_TIMES } from "#lib/mover/run-lanes.ts";
import { commitStart, planSetUp, setUp } from "#lib/mover/set-up.ts";
import { postgresCellSink } from "#lib/stores/postgres/cell-sink.ts";
import { postgresCellSource } from "#lib/stores/postgres/cell-source.ts";
import { configFor, withSession } from "#lib/stores/postgres/testing.ts";
import { KEY_SHAPES, SEED_START, wrongTables } from "#lib/stores/postgres/testing-seed.ts";

/** A seeded store and an empty database to copy it into, by the URLs of their superusers. */
export type CopyUrls = { readonly source: string; readonly destination: string };

/** Shards small enough for a dozen of them, and chunks of which there are a hundred. */
const SHARDS = { bytes: 200_000, shardsMax: 3 };
const CHUNKS = { versions: 200, bytes: 1_000_000, ms: 60_000 };

/** Short waits, and patience for a server that is started again on a busy machine. */
const TIMES = { ...LANE_TIMES, idleMs: 10, retryFirstMs: 10, retryMaxMs: 500 };

/** Opens both; the caller closes them. `port` puts a proxy before one of them. */
export function openStores(
  { source, destination }: CopyUrls,
  port: { readonly source?: number; readonly destination?: number } = {},
): { readonly source: CellSource; readonly sink: CellSink; readonly copy: CellSource } {
  const at = (url: string, other: number | undefined) => ({
    config: configFor(url, {
      lockTimeoutMs: 5_000,
      statementTimeoutMs: 20_000,
      ...(other === undefined ? {} : { port: other }),
    }),
  });
  return {
    source: postgresCellSource(at(source, port.source)),
    sink: postgresCellSink(at(destination, port.destination)),
    copy: postgresCellSource(at(destination, port.destination)),
  };
}

/** What a run needs beside its stores. */
export function runParts(ledger: Ledger, onProgress: OnProgress): Omit<RunParts, "source"> {
  const signal = new AbortController().signal;
  return { ledger, worker: "test", onProgress, signal, whenIdle: "leave", limits: CHUNKS, times: TIMES };
}

/** Sets the destination up, commits (S, C), and plans the run into its ledger. */
export async function prepareCopy(urls: CopyUrls, ledger: Ledger, runId: string): Promise<void> {
  const { source, sink, copy } = openStores(urls);
  const setup = await planSetUp(source, sink);
  await setUp(source, sink, setup);
  await commitStart(sink, SEED_START, SEED_START + 1n);
  await ledger.create(
    await planRun(source, { runId, kind: "copy", start: SEED_START }, setup.tables, SHARDS),
  );
  for (const store of [source, sink, copy]) await store.close();
}

/** The comparison that belongs to a copy's plan. */
export function comparisonOf(plan: RunPlan | null, runId: string): RunPlan {
  if (plan === null) throw new Error("no plan");
  return { ...plan, runId, kind: "compare" };
}

/**
 * What is wrong with a copy, as its servers see it: tables that differ, cells that have not exactly one version, at S; and every count of the
 * ledger that is not what was seeded. Empty when all is well.
 */
export async function wrongWithCopy(
  urls: CopyUrls,
  ledger: Ledger,
  cells: number,
): Promise<readonly string[]> {
  const shards = await ledger.shards();
  const total = (name: "cells" | "versions" | "inProgress") =>
    shards.reduce((sum, { checkpoint }) => sum + (checkpoint?.counts[name] ?? 0), 0);
  const tables = Object.keys(KEY_SHAPES);
  const wanted = { cells: tables.length * cells, versions: 2 * tables.length * cells };
  const counted = { cells: total("cells"), versions: total("versions") };
  return withSession(urls.source, async (from) =>
    withSession(urls.destination, async (to) => {
      const doubled: string[] = [];
      for (const table of tables) {
        const { rowCount } = await to.query(
          `SELECT 1 FROM app__${table} GROUP BY row_name, col_name HAVING count(*) <> 1 OR max(ts) <> ${SEED_START}`,
        );
        if (rowCount !== 0) doubled.push(`${table} has ${rowCount} cells doubled`);
      }
      const differing = (await wrongTables(from, to)).map((table) => `${table} differs`);
      const miscounted = JSON.stringify(counted) === JSON.stringify(wanted) ? [] : [JSON.stringify(counted)];
      return [...doubled, ...differing, ...miscounted];
    }),
  );
}
