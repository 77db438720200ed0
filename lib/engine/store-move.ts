import { database } from "#lib/db/client.ts";
import { runName, type JobState, type MovePlan, type TablesState } from "#lib/engine/move-reading.ts";
import type { StoreMove } from "#lib/engine/systems.ts";
import { AppError } from "#lib/errors.ts";
import type { Assessment } from "#lib/mover/assess-report.ts";
import { type CellSource, IN_PROGRESS } from "#lib/mover/cell-source.ts";
import type { CellSink } from "#lib/mover/cell-sink.ts";
import { compareEmpty, compareTables, holdsCells } from "#lib/mover/compare-tables.ts";
import { openConsoleLedger } from "#lib/mover/console-ledger.ts";
import { keepMetrics } from "#lib/mover/console-metrics.ts";
import { addCounts, NO_COUNTS } from "#lib/mover/counts.ts";
import type { RunControl, ShardState } from "#lib/mover/ledger.ts";
import { planRun } from "#lib/mover/plan-run.ts";
import { runComparison, runCopy } from "#lib/mover/run-copy.ts";
import { droppedNames, selectTables } from "#lib/mover/select-tables.ts";
import { commitStart, setUp } from "#lib/mover/set-up.ts";
import type { MoveSide } from "#lib/mover/side.ts";

/** What a reading of a move lists at most of anything. */
const LISTED_MAX = 100;

/** The two sides of a move, which store it leads to, what was planned, and how both are assessed. */
export type MoveParts = {
  readonly source: Pick<MoveSide, "openSource">;
  readonly destination: Pick<MoveSide, "openSource" | "openSink">;
  readonly destinationStoreId: string;
  /** Absent before a migration has pinned one. */
  readonly plan: MovePlan | undefined;
  readonly assess: () => Promise<Assessment>;
};

/** The newest run of a kind at S, and its round; null: none was ever made. */
export async function newestRun(
  kind: "copy" | "compare",
  destinationStoreId: string,
  start: bigint,
): Promise<{ readonly id: string; readonly round: number } | null> {
  const prefix = runName(kind, destinationStoreId, start, 0).slice(0, -1);
  const rows = await database().moverRun.findMany({
    where: { id: { startsWith: prefix } },
    select: { id: true },
  });
  const newest = rows.length;
  return newest === 0 ? null : { id: `${prefix}${newest}`, round: newest };
}

/** A move between two real stores, with its ledgers in the console's database. */
export function storeMove(parts: MoveParts): StoreMove {
  return new RealMove(parts);
}

class RealMove implements StoreMove {
  readonly #parts: MoveParts;
  readonly #opened: Promise<CellSource | CellSink>[] = [];
  #source: Promise<CellSource> | undefined;
  #copy: Promise<CellSource> | undefined;

  constructor(parts: MoveParts) {
    this.#parts = parts;
  }

  async assess(): Promise<Assessment> {
    return this.#parts.assess();
  }

  async readTables(): Promise<TablesState> {
    const { tables } = this.#requirePlan();
    const [here, there] = await Promise.all([
      (await this.#openSource()).listTables(),
      (await this.#openCopy()).listTables(),
    ]);
    const sets = compareTables(tables, here, there);
    const differences = sets.length > 0 ? sets : await compareEmpty(tables, await this.#openCopy());
    const created = tables.filter(({ fate }) => fate === "copied" || fate === "created-empty");
    const filled = differences.length > 0 ? [] : await this.#filled(created.map(({ name }) => name));
    return {
      differences: differences.slice(0, LISTED_MAX).map((one) => ({ ...one })),
      differenceCount: differences.length,
      drops: droppedNames(selectTables(here, there)).slice(0, LISTED_MAX),
      filled: filled.slice(0, LISTED_MAX),
    };
  }

  async readCommit(start: bigint): Promise<bigint | null> {
    const [commit = IN_PROGRESS] = await (await this.#openCopy()).commits.lookUp(BigInt64Array.of(start));
    return commit === IN_PROGRESS ? null : commit;
  }

  async readJob(kind: "copy" | "compare", start: bigint): Promise<JobState> {
    const run = await newestRun(kind, this.#parts.destinationStoreId, start);
    if (run === null) return ABSENT;
    const ledger = openConsoleLedger(run.id);
    const [control, shards] = await Promise.all([ledger.control(), ledger.shards()]);
    return jobStateOf(run.id, control, shards);
  }

  async setUp(): Promise<void> {
    const sink = await this.#openSink();
    await setUp(await this.#openSource(), sink, this.#requirePlan());
  }

  async commitStart(start: bigint, commit: bigint): Promise<void> {
    await commitStart(await this.#openSink(), start, commit);
  }

  async startCopy(start: bigint): Promise<void> {
    if ((await newestRun("copy", this.#parts.destinationStoreId, start)) !== null) return;
    await this.#start("copy", start, 1);
  }

  async startComparison(start: bigint): Promise<void> {
    const before = await newestRun("compare", this.#parts.destinationStoreId, start);
    const ended = before === null || (await this.#hasEnded(start));
    if (ended) await this.#start("compare", start, (before?.round ?? 0) + 1);
  }

  async work(...[kind, start, { worker, signal }]: Parameters<StoreMove["work"]>): Promise<void> {
    const run = await newestRun(kind, this.#parts.destinationStoreId, start);
    if (run === null) return;
    const source = await this.#openSource();
    const metrics = keepMetrics(run.id, worker);
    const around = {
      ledger: openConsoleLedger(run.id),
      worker,
      signal,
      source,
      onProgress: metrics.heard,
      whenIdle: "leave",
    } as const;
    try {
      if (kind === "copy") await runCopy({ ...around, sink: await this.#openSink() });
      else await runComparison({ ...around, destination: await this.#openCopy() });
    } finally {
      await metrics.stop();
    }
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#opened);
    await Promise.allSettled(
      opened.flatMap((one) => (one.status === "fulfilled" ? [one.value.close()] : [])),
    );
  }

  async #hasEnded(start: bigint): Promise<boolean> {
    const { state } = await this.readJob("compare", start);
    return state === "complete" || state === "cancelled";
  }

  async #start(kind: "copy" | "compare", start: bigint, round: number): Promise<void> {
    const runId = runName(kind, this.#parts.destinationStoreId, start, round);
    const { tables } = this.#requirePlan();
    const plan = await planRun(await this.#openSource(), { runId, kind, start }, tables);
    await openConsoleLedger(runId).create(plan);
  }

  /** Of these tables of the destination, those with at least one version of one cell. */
  async #filled(names: readonly string[]): Promise<readonly string[]> {
    const copy = await this.#openCopy();
    const filled: string[] = [];
    for (const name of names) {
      if (await holdsCells(copy, name)) filled.push(name);
      if (filled.length >= LISTED_MAX) break;
    }
    return filled;
  }

  #requirePlan(): MovePlan {
    const { plan } = this.#parts;
    if (plan !== undefined) return plan;
    throw new AppError(
      "conflict",
      "What becomes of each table has not been planned: the two stores could not be assessed when this was opened.",
    );
  }

  async #openSource(): Promise<CellSource> {
    this.#source ??= this.#keep(this.#parts.source.openSource());
    return this.#source;
  }

  async #openCopy(): Promise<CellSource> {
    this.#copy ??= this.#keep(this.#parts.destination.openSource());
    return this.#copy;
  }

  async #openSink(): Promise<CellSink> {
    return this.#keep(this.#parts.destination.openSink());
  }

  async #keep<T extends CellSource | CellSink>(opening: Promise<T>): Promise<T> {
    this.#opened.push(opening);
    return opening;
  }
}

const ABSENT: JobState = {
  run: "",
  state: "absent",
  shards: { done: 0, failed: 0, total: 0 },
  counts: NO_COUNTS,
  failures: [],
};

/** How a job stands by its ledger. What is done is done, whatever was asked of it since. */
export function jobStateOf(run: string, control: RunControl, shards: readonly ShardState[]): JobState {
  const failed = shards.filter(({ state }) => state === "failed");
  const done = shards.filter(({ state }) => state === "done");
  const going = shards.some(({ state }) => state === "waiting" || state === "held");
  const counts = shards.reduce(
    (sum, { checkpoint }) => (checkpoint === null ? sum : addCounts(sum, checkpoint.counts)),
    NO_COUNTS,
  );
  const failures = failed.flatMap(({ shard, failure }) =>
    failure === null ? [] : [`${shard.table}: ${failure.message}`],
  );
  return {
    run,
    state: stateOf(control, done.length === shards.length, going, failed),
    shards: { done: done.length, failed: failed.length, total: shards.length },
    counts: { ...counts },
    failures: [...new Set(failures)].slice(0, LISTED_MAX),
  };
}

function stateOf(
  { wanted }: RunControl,
  isComplete: boolean,
  going: boolean,
  failed: readonly ShardState[],
): JobState["state"] {
  if (isComplete) return "complete";
  if (wanted === "cancel") return "cancelled";
  const isFatal = failed.some(({ failure }) => failure?.class === "fatal");
  if (isFatal || (!going && failed.length > 0)) return "failed";
  return wanted === "pause" ? "paused" : "running";
}
