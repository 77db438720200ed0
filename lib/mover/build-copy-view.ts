import { z } from "zod";

import { COPY_MARKS, COPY_PARTS, type CopyStateWord, type CopyView } from "#lib/mover/copy-view.ts";
import { copyHeadline, pauseCost, whyNoEstimate } from "#lib/mover/copy-words.ts";
import { estimateEnd } from "#lib/mover/estimate-end.ts";
import { lately, ratePoints } from "#lib/mover/rate-points.ts";
import type { CopyRows, RunWorkerRow, TableRow } from "#lib/mover/read-copy.ts";
import { largestPart } from "#lib/mover/run-metrics.ts";

/** What the view says beside the run: which migration it belongs to, and what the person may do. */
export type CopyViewAbout = Pick<
  CopyView,
  "migrationId" | "version" | "stepId" | "kind" | "round" | "start" | "canOperate"
>;

const TABLES_MAX = 500;

/** Makes the view of a run out of its rows: pure. */
export function buildCopyView(about: CopyViewAbout, rows: CopyRows): CopyView {
  const { run, counts, weight } = rows;
  const shards = shardsOf(rows.tables);
  const isComplete = run.isPlanned && shards.done === shards.total;
  const until = isComplete ? (run.lastDoneAt ?? run.readAt) : run.readAt;
  const elapsed = run.startedAt === null ? 0 : (until.getTime() - run.startedAt.getTime()) / 1_000;
  const now = isComplete ? null : lately(rows.stretches, elapsed);
  const limitedBy = now === null ? null : largestPart(now.ms);
  const state = stateOf(rows, shards, limitedBy === "throttle");
  const isMoving = state === "running" || state === "throttled";
  const cellsPerSecond = now === null ? null : Math.round(now.cells / now.seconds);
  const { slow, fast } = weight;
  const eta = isMoving
    ? estimateEnd({
        shards,
        weight,
        shardRate: slow === null || fast === null ? null : { slow, fast },
        lanes: shards.held,
        cells: counts.cells,
        cellsPerSecond,
      })
    : null;
  const done = rows.tables.filter((table) => table.done === table.total).length;
  const told = { ...about, state, shards, limitedBy, control: run.control };
  const tableCount = { done, total: rows.tables.length };
  return {
    ...about,
    run: run.id,
    readAt: run.readAt.toISOString(),
    state,
    headline: copyHeadline({
      ...told,
      tableCount,
      found: counts.differences,
      isPlanned: run.isPlanned,
      hasBegun: run.startedAt !== null,
    }),
    limitedBy: isMoving ? limitedBy : null,
    shares: isMoving && now !== null ? { ...now.shares } : null,
    shards,
    tableCount,
    counts: { ...counts },
    bytes: counts.bytes,
    bytesRead: rows.stretches.reduce((sum, { bytesRead }) => sum + bytesRead, 0),
    rate:
      !isMoving || now === null || cellsPerSecond === null
        ? null
        : { cellsPerSecond, bytesPerSecond: Math.round(now.bytes / now.seconds) },
    points: run.startedAt === null ? [] : [...ratePoints(rows.stretches, run.startedAt, elapsed)],
    marks: marksOf(rows, isComplete),
    tables: rows.tables.map(tableOf).toSorted(byWhatMatters).slice(0, TABLES_MAX),
    lanes: lanesOf(rows),
    errors: rows.errors.map(errorOf),
    failedShards: rows.failed.map(({ shard, table, failure }) => ({ shard, table, ...failure })),
    control: { ...run.control },
    workers: rows.workers.map((worker) => workerOf(worker)),
    startedAt: run.startedAt?.toISOString() ?? null,
    endedAt: isComplete ? (run.lastDoneAt?.toISOString() ?? null) : null,
    eta,
    etaUnknownBecause: eta === null ? whyNoEstimate(state, now !== null) : null,
    pauseCost: pauseCost(told, cellsPerSecond, pausedSeconds(rows)),
    differences: { found: counts.differences, listed: run.differencesListed },
  };
}

function shardsOf(tables: readonly TableRow[]): CopyView["shards"] {
  const sum = (of: (table: TableRow) => number) => tables.reduce((total, table) => total + of(table), 0);
  return {
    done: sum(({ done }) => done),
    held: sum(({ held }) => held),
    failed: sum(({ failed }) => failed),
    total: sum(({ total }) => total),
  };
}

/** As `jobStateOf` of lib/engine/store-move.ts, and in more words. */
function stateOf({ run, failed }: CopyRows, shards: CopyView["shards"], isHeldBack: boolean): CopyStateWord {
  if (run.isPlanned && shards.done === shards.total) return "complete";
  if (run.control.wanted === "cancel") return "cancelled";
  const isStuck = shards.failed > 0 && shards.done + shards.failed === shards.total;
  if (isStuck || failed.some(({ failure }) => failure.class === "fatal")) return "failed";
  if (run.control.wanted === "pause") return "paused";
  if (shards.held === 0) return "waiting";
  return isHeldBack ? "throttled" : "running";
}

function marksOf({ run, marks }: CopyRows, isComplete: boolean): CopyView["marks"] {
  const mark = (kind: "began" | "ended", at: Date | null, text: string) =>
    at === null ? [] : [{ at: at.toISOString(), kind, text, by: null }];
  return [
    ...mark("began", run.startedAt, "Began."),
    ...marks
      .map(({ at, kind, text, by }) => ({
        at: at.toISOString(),
        kind: z.enum(COPY_MARKS).parse(kind),
        text,
        by,
      }))
      .toReversed(),
    ...mark("ended", isComplete ? run.lastDoneAt : null, "Ended."),
  ];
}

/** Since the last time that somebody paused it, or it paused itself; null when that is not on record. */
function pausedSeconds({ run, marks }: CopyRows): number | null {
  const paused = marks.find(({ kind }) => kind === "paused");
  return paused === undefined ? null : (run.readAt.getTime() - paused.at.getTime()) / 1_000;
}

function tableOf(row: TableRow): CopyView["tables"][number] {
  const { name, total, done, failed, held, versions, estimatedVersions } = row;
  const isDone = done === total;
  const part =
    estimatedVersions === null || estimatedVersions < 1 ? done / total : versions / estimatedVersions;
  return {
    name,
    state: isDone ? "done" : failed > 0 ? "failed" : held > 0 || versions > 0 ? "running" : "waiting",
    shards: { done, failed, total },
    versions,
    cells: row.cells,
    bytes: row.bytes,
    differences: row.differences,
    estimatedVersions,
    estimatedBytes: row.estimatedBytes,
    percent: isDone ? 100 : Math.min(99, Math.floor(part * 100)),
  };
}

const ORDER = { failed: 0, running: 1, waiting: 2, done: 3 } as const;

function byWhatMatters(a: CopyView["tables"][number], b: CopyView["tables"][number]): number {
  const differing = b.differences - a.differences;
  const size = (b.estimatedBytes ?? 0) - (a.estimatedBytes ?? 0);
  return differing || ORDER[a.state] - ORDER[b.state] || size || (a.name < b.name ? -1 : 1);
}

const waiting = z.enum([...COPY_PARTS, "retry"]).nullable();

function lanesOf({ lanes, workers }: CopyRows): CopyView["lanes"] {
  const names = new Map(workers.map((worker) => [worker.name, workerName(worker)]));
  return lanes.map((lane) => ({
    shard: lane.shard,
    table: lane.table,
    worker: names.get(lane.worker) ?? lane.worker,
    since: lane.since.toISOString(),
    movedAt: lane.movedAt?.toISOString() ?? null,
    cellsPerSecond: lane.cellsPerSecond,
    waitingFor: waiting.parse(lane.waitingFor),
  }));
}

const errorClass = z.enum(["transient", "poison", "fatal"]);

function errorOf(error: CopyRows["errors"][number]): CopyView["errors"][number] {
  return {
    ...error,
    class: errorClass.parse(error.class),
    firstAt: error.firstAt.toISOString(),
    lastAt: error.lastAt.toISOString(),
  };
}

const workerState = z.enum(["live", "silent", "ended", "unknown"]);

function workerOf(row: RunWorkerRow): CopyView["workers"][number] {
  return {
    name: workerName(row),
    state: workerState.parse(row.state),
    version: row.version === "" ? null : row.version,
    lanes: row.lanes,
    cells: row.cells,
    cellsPerSecond: row.cellsPerSecond,
  };
}

/** A worker as people know it: its machine and process. */
function workerName({ host, processId, name }: RunWorkerRow): string {
  return host === null || processId === null || processId === 0 ? name : `${host}, process ${processId}`;
}
