import { z } from "zod";

import { COUNT_NAMES } from "#lib/mover/counts.ts";
import { longString } from "#lib/timestamps/long.ts";

/** How a copy or comparison stands, in one word. `throttled`: it runs, held back by the limit that a person set. */
export const COPY_STATES = [
  "waiting",
  "running",
  "throttled",
  "paused",
  "failed",
  "complete",
  "cancelled",
] as const;
export type CopyStateWord = (typeof COPY_STATES)[number];

/** The parts of a lane. `filter` is Lockstep itself; `throttle` the limit that a person set. */
export const COPY_PARTS = ["source", "filter", "destination", "throttle"] as const;
export type CopyPart = (typeof COPY_PARTS)[number];

const whole = z.int().min(0);
const at = z.iso.datetime();

/** Something that happened to a run, for the chart: its beginning and end, what people asked, and errors, at most one a minute for each code. */
export const COPY_MARKS = [
  "began",
  "paused",
  "resumed",
  "throttled",
  "lanes",
  "retried",
  "cancelled",
  "error",
  "ended",
] as const;

/** One stretch of time with everything that all workers did in it, as rates per second; `lanes` are those that worked. */
const ratePoint = z.strictObject({
  at,
  seconds: whole,
  versionsPerSecond: whole,
  cellsPerSecond: whole,
  bytesPerSecond: whole,
  bytesReadPerSecond: whole,
  lanes: whole,
  limitedBy: z.enum(COPY_PARTS).nullable(),
});
export type RatePoint = z.infer<typeof ratePoint>;

const copyMark = z.strictObject({
  at,
  kind: z.enum(COPY_MARKS),
  text: z.string(),
  by: z.string().nullable(),
});

const tableProgress = z.strictObject({
  name: z.string(),
  state: z.enum(["waiting", "running", "failed", "done"]),
  shards: z.strictObject({ done: whole, failed: whole, total: whole }),
  versions: whole,
  cells: whole,
  bytes: whole,
  differences: whole,
  /** By the source's own statistics, of all versions; null where it cannot tell. */
  estimatedVersions: whole.nullable(),
  estimatedBytes: whole.nullable(),
  /** 0 to 100, by versions read where their number was estimated, else by shards; 100 only when all shards are done. */
  percent: whole,
});

const lane = z.strictObject({
  shard: whole,
  table: z.string(),
  worker: z.string(),
  /** Since when this worker holds the shard, and when its newest checkpoint was recorded. */
  since: at,
  movedAt: at.nullable(),
  cellsPerSecond: whole.nullable(),
  /** What the lane waited for most since the checkpoint before; `retry`: a transient failure is tried again. */
  waitingFor: z.enum([...COPY_PARTS, "retry"]).nullable(),
});

const copyError = z.strictObject({
  class: z.enum(["transient", "poison", "fatal"]),
  code: z.string(),
  count: whole,
  firstAt: at,
  lastAt: at,
  /** Of the last one. */
  message: z.string(),
  table: z.string(),
  shard: whole,
});

const failedShard = z.strictObject({
  shard: whole,
  table: z.string(),
  class: z.enum(["poison", "fatal"]),
  code: z.string(),
  message: z.string(),
});

const copyWorker = z.strictObject({
  name: z.string(),
  /** `unknown`: it holds lanes or did work and is on no list of workers any more. */
  state: z.enum(["live", "silent", "ended", "unknown"]),
  version: z.string().nullable(),
  lanes: whole,
  cells: whole,
  cellsPerSecond: whole,
});

/**
 * Everything that the page of a copy or a comparison shows, by Lockstep's own ledger; neither store is asked. Rates and shares are of about
 * the last minute. Lists are bounded: 300 points, 200 marks, 500 tables, 200 lanes, 50 errors, 100 failed shards.
 */
export const copyView = z.strictObject({
  migrationId: z.uuid(),
  /** What `controlJob` wants to be told; the step is null when the job cannot be controlled any more. */
  version: whole,
  stepId: z.string().nullable(),
  run: z.string(),
  kind: z.enum(["copy", "compare"]),
  /** Counts the comparisons of one copy from 1. */
  round: z.int().min(1),
  /** S. */
  start: longString,
  readAt: at,
  state: z.enum(COPY_STATES),
  /** One line, such as "Copying, 14 of 18 tables done, limited by the destination." */
  headline: z.string(),
  limitedBy: z.enum(COPY_PARTS).nullable(),
  /** Percent of the lanes' time; null when nothing moved lately. */
  shares: z.record(z.enum(COPY_PARTS), whole).nullable(),
  shards: z.strictObject({ done: whole, held: whole, failed: whole, total: whole }),
  tableCount: z.strictObject({ done: whole, total: whole }),
  counts: z.record(z.enum(COUNT_NAMES), whole),
  /** Rows, columns and values of these cells; and all that was read for it, as far as workers told. */
  bytes: whole,
  bytesRead: whole,
  rate: z.strictObject({ cellsPerSecond: whole, bytesPerSecond: whole }).nullable(),
  points: z.array(ratePoint).max(300),
  marks: z.array(copyMark).max(200),
  tables: z.array(tableProgress).max(500),
  lanes: z.array(lane).max(200),
  errors: z.array(copyError).max(50),
  failedShards: z.array(failedShard).max(100),
  control: z.strictObject({
    wanted: z.enum(["run", "pause", "cancel"]),
    /** Of all workers together. */
    lanes: whole,
    cellsPerSecondMax: whole.nullable(),
    bytesPerSecondMax: whole.nullable(),
  }),
  workers: z.array(copyWorker),
  startedAt: at.nullable(),
  endedAt: at.nullable(),
  /** Seconds from now, from the best to the worst that the ranges so far suggest; null while that is not known. */
  eta: z.strictObject({ from: whole, to: whole }).nullable(),
  /** Why there is no estimate; null when there is one or none is needed. */
  etaUnknownBecause: z.string().nullable(),
  /** What it would cost to pause now, or costs while paused: plain facts, one a line. */
  pauseCost: z.array(z.string()),
  /** All that were found; `listed` of them are kept with keys and values. */
  differences: z.strictObject({ found: whole, listed: whole }),
  canOperate: z.boolean(),
});
export type CopyView = z.infer<typeof copyView>;

/** A value of one side of a difference: its length, its SHA-256, and its first bytes in hexadecimal digits and as text. */
const differingValue = z.strictObject({
  bytes: whole,
  sha256: z.string(),
  hex: z.string(),
  /** Printable ASCII; everything else is a dot. */
  printable: z.string(),
  /** Whether `hex` is only the beginning. */
  isCut: z.boolean(),
});

/** A row or column name. */
const differingName = z.strictObject({ hex: z.string(), printable: z.string() });

/** One cell in which the two stores differ, for the page. Source: `Difference` in lib/mover/difference.ts */
export const differenceView = z.strictObject({
  id: longString,
  table: z.string(),
  kind: z.enum(["missing", "extra", "value", "version"]),
  row: differingName,
  column: differingName,
  timestamp: longString.nullable(),
  source: differingValue.nullable(),
  destination: differingValue.nullable(),
});
export type DifferenceView = z.infer<typeof differenceView>;

/** A page of differences, in the order in which they were found. `next`: pass it as `after` for the next page; null: there is none. */
export const differencesPage = z.strictObject({
  run: z.string().nullable(),
  found: whole,
  listed: whole,
  differences: z.array(differenceView).max(100),
  next: longString.nullable(),
});
export type DifferencesPage = z.infer<typeof differencesPage>;
