import { randomUUID } from "node:crypto";
import path from "node:path";

import { AppError } from "#lib/errors.ts";
import type { CellSink } from "#lib/mover/cell-sink.ts";
import type { CellSource } from "#lib/mover/cell-source.ts";
import { compareEmpty, compareTables, type TableDifference } from "#lib/mover/compare-tables.ts";
import { type CopyRecord, NOTHING_DONE } from "#lib/mover/copy-record.ts";
import { addCounts, type Counts, NO_COUNTS } from "#lib/mover/counts.ts";
import { type Difference, DIFFERENCES_MAX } from "#lib/mover/difference.ts";
import { openFileLedger } from "#lib/mover/file-ledger.ts";
import type { Ledger, RunPlan, ShardState } from "#lib/mover/ledger.ts";
import type { PauseSwitch } from "#lib/mover/pause-switch.ts";
import { planRun } from "#lib/mover/plan-run.ts";
import type { OnProgress } from "#lib/mover/progress.ts";
import { runComparison, runCopy } from "#lib/mover/run-copy.ts";
import type { Rates } from "#lib/mover/throttle.ts";
import type { LanesEnd } from "#lib/mover/run-lanes.ts";
import { droppedNames, type PlannedTable, selectTables } from "#lib/mover/select-tables.ts";
import type { StartPair } from "#lib/mover/sequence.ts";
import { requireStillEmpty, setUp } from "#lib/mover/set-up.ts";
import { newestLeftBehind } from "#lib/mover/source-mark.ts";
import type { MoveSide } from "#lib/mover/side.ts";
import { commitAndProve, readStart, sequenceOf, takeStart } from "#lib/mover/start.ts";

/** What the stages of a copy without a console work with. `folder` is held by this process alone. */
export type StageParts = {
  readonly source: MoveSide;
  readonly destination: MoveSide;
  readonly folder: string;
  /** Makes a record durable before it resolves. */
  readonly keep: (record: CopyRecord) => Promise<void>;
  readonly lanes: number;
  readonly rates: Rates;
  /** While it is on, lanes stand still at their checkpoints, and the stage waits. */
  readonly pause: PauseSwitch;
  readonly onProgress: OnProgress;
  /** The plan of a run is in the ledger and its lanes are about to start; called again whenever it is resumed. */
  readonly onPlan: (plan: RunPlan, shards: readonly ShardState[]) => void;
  readonly signal: AbortSignal;
  readonly now: () => Date;
};

/** How a run of lanes ended. `failures` are those of shards that stand still, each only once. */
export type RunEnd = {
  readonly end: LanesEnd;
  readonly totals: Counts;
  readonly failures: readonly string[];
};

/** What a comparison came to: proven only when it is done and both lists are empty. `differences` holds the first of `found`. */
export type ComparisonEnd = RunEnd & {
  readonly tables: readonly TableDifference[];
  readonly differences: readonly Difference[];
};

/**
 * Drops and creates the destination's tables as the record plans, and begins a copy anew: a new run, without S and C. Whatever was copied
 * before counts as nothing from the first change on. @throws AppError `stale` when more would be dropped than was shown; AppError and
 * AdapterError as `setUp`
 */
export async function setUpStage(parts: StageParts, record: CopyRecord): Promise<CopyRecord> {
  return withStores(parts, async (source, sink) => {
    const planned = await planAsShown(source, sink, record);
    await requireShownEmpty(parts, record);
    // From here on nothing that an earlier run proved holds any more.
    const commitBefore = record.commit ?? record.commitBefore;
    const anew = { ...NOTHING_DONE, planned, commitBefore, runId: randomUUID() };
    const begun = await write(parts, { ...record, ...anew });
    await setUp(source, sink, { tables: planned }, { only: record.only });
    const destinationSeen = await newestLeftBehind(parts.destination.bound);
    return write(parts, { ...begun, destinationSeen, setUpAt: parts.now().toISOString() });
  });
}

/** What the person saw must cover what is dropped; everything else of the plan may follow the stores. */
async function planAsShown(
  source: CellSource,
  sink: CellSink,
  { shown, only }: CopyRecord,
): Promise<readonly PlannedTable[]> {
  const now = selectTables(await source.listTables(), await sink.listTables(), only);
  const unseen = droppedNames(now).filter((name) => shown?.includes(name) !== true);
  if (unseen.length > 0) {
    throw new AppError(
      "stale",
      `Since the assessment the destination got tables that would be dropped now: ${unseen.join(", ")}. Nothing was changed. Run copy assess, and look at the list again.`,
    );
  }
  return now;
}

/** What was shown as empty is dropped only while it is. */
async function requireShownEmpty({ destination }: StageParts, { shownEmpty }: CopyRecord): Promise<void> {
  const reader = await destination.openSource();
  try {
    await requireStillEmpty(shownEmpty ?? [], reader);
  } finally {
    await reader.close();
  }
}

/**
 * Takes S and C where this run has none yet, commits them before the first cell, and copies from wherever the ledger says. May be
 * interrupted and called again at any time. The record says "copied" only when every shard is and the source's sequence stood still.
 * @throws AppError `conflict` before a setup; `stale` when (S, C) is gone or the source's sequence moved, so that only a new setup leads on;
 * AdapterError
 */
export async function migrateStage(
  parts: StageParts,
  record: CopyRecord,
): Promise<{ readonly record: CopyRecord; readonly end: RunEnd }> {
  requireSetUp(record);
  const committed = await commitOnce(parts, await takeOnce(parts, record));
  return withStores(parts, async (source, sink) => {
    const end = await withLedger(parts, folderOf(parts, committed, "copy"), async (ledger) => {
      await planOnce(parts, ledger, source, committed, "copy");
      const run = async () => runCopy({ ...parts, source, sink, ledger, ...LANES });
      return endOf(ledger, await runHeld(parts, ledger, run));
    });
    if (end.end !== "done") return { record: committed, end };
    const stood = await requireSourceStood(parts, committed);
    const copied = await write(parts, { ...stood, copiedAt: parts.now().toISOString() });
    return { record: copied, end };
  });
}

/**
 * Compares table sets, metadata bytes and every cell both ways, and the entry of (S, C); neither store is written. A comparison that was
 * interrupted goes on; a finished one is done anew. The record says "validated" only when nothing differs and the source's sequence stood.
 * @throws AppError `conflict` before the copy is complete; `stale` as `migrateStage`; AdapterError
 */
export async function validateStage(
  parts: StageParts,
  record: CopyRecord,
): Promise<{ readonly record: CopyRecord; readonly end: ComparisonEnd }> {
  if (record.copiedAt === null) {
    throw new AppError("conflict", "The copy is not complete, so there is nothing to compare yet.");
  }
  const isGoingOn = record.comparison !== null && record.comparedAt === null;
  const comparison = isGoingOn ? record.comparison : `compare-${randomUUID()}`;
  const begun = await write(parts, { ...record, comparison, comparedAt: null, validatedAt: null });
  return withSources(parts, async (source, destination) => {
    await requireCommit(parts, begun);
    const sets = compareTables(begun.planned, await source.listTables(), await destination.listTables());
    const tables = sets.length > 0 ? sets : await compareEmpty(begun.planned, destination);
    const end = await withLedger(parts, folderOf(parts, begun, comparison ?? ""), async (ledger) => {
      await planOnce(parts, ledger, source, begun, "compare");
      const run = async () => runComparison({ ...parts, source, destination, ledger, ...LANES });
      const lanes = await runHeld(parts, ledger, run);
      const differences = await ledger.differences(DIFFERENCES_MAX);
      return { ...(await endOf(ledger, lanes)), tables, differences };
    });
    if (end.end !== "done") return { record: begun, end };
    await requireCommit(parts, begun);
    const stood = await requireSourceStood(parts, begun);
    const now = parts.now().toISOString();
    const isEqual = end.totals.differences === 0 && tables.length === 0;
    const compared = { ...stood, comparedAt: now, validatedAt: isEqual ? now : null };
    return { record: await write(parts, compared), end };
  });
}

const LANES = { worker: `process ${process.pid}`, whenIdle: "leave" } as const;

async function write({ keep }: StageParts, record: CopyRecord): Promise<CopyRecord> {
  await keep(record);
  return record;
}

function requireSetUp({ setUpAt }: CopyRecord): void {
  if (setUpAt !== null) return;
  throw new AppError(
    "conflict",
    "The destination was not set up by this copy, so nothing can be copied yet. Nothing was changed.",
  );
}

/** Values taken by a run that ended before it recorded them are lost, which does no harm: the next ones are larger. */
async function takeOnce(parts: StageParts, record: CopyRecord): Promise<CopyRecord> {
  if (record.start !== null) return requireSourceStood(parts, record);
  await requireUnusedSince(parts, record);
  const sourceNewest = await newestLeftBehind(parts.source.bound);
  const { x, start, commit, sourceAfter } = await takeStart(parts.source, parts.destination);
  return write(parts, { ...record, sourceNewest, sourceIssued: x, sourceSeen: sourceAfter, start, commit });
}

/** Its punches are gone with the setup: what is newer than the entries that it kept is of a client that has started there. */
async function requireUnusedSince(
  { destination }: StageParts,
  { destinationSeen }: CopyRecord,
): Promise<void> {
  if (destinationSeen === null) return;
  const newest = await newestLeftBehind(destination.bound);
  if (newest <= destinationSeen) return;
  throw new AppError(
    "conflict",
    `${destination.name} holds the timestamp ${newest} now, and ${destinationSeen} was its newest after the setup: a client has started there. No cell was copied. Stop it, find out what it wrote, and restore the destination or name another one.`,
  );
}

/** Once cells were copied at S, an entry that is gone is not put back: somebody restored or replaced the destination. */
async function commitOnce(parts: StageParts, record: CopyRecord): Promise<CopyRecord> {
  if (record.committedAt === null) {
    await commitAndProve(parts.destination, requireStart(record));
    return write(parts, { ...record, committedAt: parts.now().toISOString() });
  }
  await requireCommit(parts, record);
  return record;
}

function requireStart({ start, commit }: CopyRecord): StartPair {
  if (start !== null && commit !== null) return { start, commit };
  throw new AppError(
    "conflict",
    "S and C of this copy are not on record. Nothing was changed. Start over with copy setup.",
  );
}

/** Whoever takes timestamps from the source writes there, or is about to; only our own readings may have used some up. */
async function requireSourceStood(parts: StageParts, record: CopyRecord): Promise<CopyRecord> {
  const { sourceSeen: seen, sourceNewest } = record;
  const newest = await newestLeftBehind(parts.source.bound);
  if (sourceNewest === null || newest > sourceNewest)
    throw voided(
      `The source holds the timestamp ${newest} now, and ${sourceNewest ?? "an unknown one"} was its newest when S and C were taken`,
    );
  const now = await sequenceOf(parts.source).issuedAtMost();
  if (seen !== null && now.value === seen) return record;
  if (seen !== null && now.value > seen && now.value <= seen + now.ownProbes) {
    return write(parts, { ...record, sourceSeen: now.value });
  }
  throw voided(
    `The source's sequence moved from ${seen ?? "an unknown value"} to ${now.value} (${now.source}) since it was last read`,
  );
}

function voided(why: string): AppError {
  return new AppError(
    "stale",
    `${why}, so somebody may have written to the source, and the copy is void. Stop every client, sweep and command line of the source, then start over with copy setup.`,
  );
}

async function requireCommit({ destination }: StageParts, record: CopyRecord): Promise<void> {
  const pair = requireStart(record);
  const found = await readStart(destination, pair);
  if (found.state === "committed") return;
  const words =
    found.state === "other"
      ? found.words
      : `The destination no longer records that the transaction S = ${pair.start} committed at C = ${pair.commit}, so no client would see what was copied.`;
  throw new AppError("stale", `${words} Nothing was changed now. Start over with copy setup.`);
}

function folderOf({ folder }: StageParts, { runId }: CopyRecord, name: string): string {
  return path.join(folder, `run-${runId}`, name);
}

async function planOnce(
  parts: StageParts,
  ledger: Ledger,
  source: CellSource,
  record: CopyRecord,
  kind: RunPlan["kind"],
): Promise<void> {
  const { start } = requireStart(record);
  let plan = await ledger.plan();
  if (plan === null) {
    plan = await planRun(source, { runId: `${record.runId}`, kind, start }, record.planned);
    await ledger.create(plan);
  }
  const control = await ledger.control();
  const { lanes, rates } = parts;
  await ledger.setControl({
    ...control,
    wanted: "run",
    lanes,
    cellsPerSecondMax: rates.cellsPerSecond,
    bytesPerSecondMax: rates.bytesPerSecond,
  });
  await ledger.retryFailed();
  parts.onPlan(plan, await ledger.shards());
}

/** Runs the lanes, and again after each pause that a person asked for. A pause that a failure asked for ends the run. */
async function runHeld(
  { pause, signal }: StageParts,
  ledger: Ledger,
  run: () => Promise<LanesEnd>,
): Promise<LanesEnd> {
  let isHeld = false;
  const want = async (wanted: "run" | "pause") => ledger.setControl({ ...(await ledger.control()), wanted });
  const hold = () => {
    if (!pause.isOn) return;
    isHeld = true;
    // A ledger that cannot be written ends the run by itself.
    void want("pause").catch(() => undefined);
  };
  const forget = pause.hear(hold);
  try {
    for (;;) {
      if (pause.isOn) {
        isHeld = true;
        await want("pause");
      }
      const end = await run();
      if (end !== "paused" || !isHeld) return end;
      await pause.whenOff(signal);
      if (signal.aborted) return "stopped";
      isHeld = false;
      await want("run");
    }
  } finally {
    forget();
  }
}

async function endOf(ledger: Ledger, end: LanesEnd): Promise<RunEnd> {
  const shards = await ledger.shards();
  const totals = shards.reduce(
    (sum, { checkpoint }) => addCounts(sum, checkpoint?.counts ?? NO_COUNTS),
    NO_COUNTS,
  );
  const failures = shards.flatMap(({ shard, failure }) =>
    failure === null ? [] : [`${shard.table}: ${failure.message}`],
  );
  return { end, totals, failures: [...new Set(failures)] };
}

async function withLedger<T>(
  parts: StageParts,
  folder: string,
  work: (ledger: Ledger) => Promise<T>,
): Promise<T> {
  const ledger = await openFileLedger(folder);
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

async function withStores<T>(
  { source, destination }: StageParts,
  work: (source: CellSource, sink: CellSink) => Promise<T>,
): Promise<T> {
  const from = await source.openSource();
  try {
    const sink = await destination.openSink();
    try {
      return await work(from, sink);
    } finally {
      await sink.close();
    }
  } finally {
    await from.close();
  }
}

async function withSources<T>(
  { source, destination }: StageParts,
  work: (source: CellSource, destination: CellSource) => Promise<T>,
): Promise<T> {
  const from = await source.openSource();
  try {
    const to = await destination.openSource();
    try {
      return await work(from, to);
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}
