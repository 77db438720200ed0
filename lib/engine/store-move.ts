import { database } from "#lib/db/client.ts";
import { runName, type JobState, type MovePlan, type TablesState } from "#lib/engine/move-reading.ts";
import type { StoreMove } from "#lib/engine/systems.ts";
import { AppError } from "#lib/errors.ts";
import type { Assessment } from "#lib/mover/assess-report.ts";
import { type CellSource, IN_PROGRESS } from "#lib/mover/cell-source.ts";
import type { CellSink } from "#lib/mover/cell-sink.ts";
import { compareEmpty, compareTables } from "#lib/mover/compare-tables.ts";
import { openConsoleLedger, reserveRun } from "#lib/mover/console-ledger.ts";
import { keepMetrics } from "#lib/mover/console-metrics.ts";
import { addCounts, NO_COUNTS } from "#lib/mover/counts.ts";
import { readFormerWorkers } from "#lib/mover/former-workers.ts";
import type { Ledger, RunControl, RunPlan, ShardState } from "#lib/mover/ledger.ts";
import { planRun } from "#lib/mover/plan-run.ts";
import { runComparison, runCopy } from "#lib/mover/run-copy.ts";
import { droppedNames, selectTables } from "#lib/mover/select-tables.ts";
import type { StartPair } from "#lib/mover/sequence.ts";
import { requireStillEmpty, setUp } from "#lib/mover/set-up.ts";
import type { MoveSide } from "#lib/mover/side.ts";
import { commitAndProve } from "#lib/mover/start.ts";

/** What a reading of a move lists at most of anything. */
const LISTED_MAX = 100;

/** Tables of the destination that are looked into at once. */
const LOOKED_INTO_AT_ONCE = 4;

/** The two sides of a move, which store it leads to, what was planned, how both are assessed, and how S and C are taken above X. */
export type MoveParts = {
  readonly source: Pick<MoveSide, "openSource">;
  readonly destination: Pick<MoveSide, "name" | "openSource" | "openSink">;
  readonly destinationStoreId: string;
  /** Absent before a migration has pinned one. */
  readonly plan: MovePlan | undefined;
  readonly assess: () => Promise<Assessment>;
  readonly takeStart: (x: bigint) => Promise<StartPair>;
  /** The newest timestamp that the destination shows: of its bound, its punches and its transactions. */
  readonly newestThere: () => Promise<bigint>;
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
    const drops = droppedNames(selectTables(here, there));
    const filledSince = await this.#filled(this.#approvedEmpty().filter((name) => drops.includes(name)));
    const { holding, silent } = await readFormerWorkers(this.#parts.destinationStoreId);
    return {
      differences: differences.slice(0, LISTED_MAX).map((one) => ({ ...one })),
      differenceCount: differences.length,
      drops: drops.slice(0, LISTED_MAX),
      filledSince: filledSince.slice(0, LISTED_MAX),
      filled: filled.slice(0, LISTED_MAX),
      writers: { holding, silent: silent.slice(0, LISTED_MAX).map((one) => ({ ...one })) },
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
    // The plan first: ranges that were asked for before it was cut are none, and none would be complete.
    const plan = await ledger.plan();
    const control = await ledger.control();
    return plan === null ? notPlanned(run.id, control) : jobStateOf(run.id, control, await ledger.shards());
  }

  async setUp(seenThere: bigint): Promise<void> {
    const sink = await this.#openSink();
    const { newestThere, destination } = this.#parts;
    const lastLook = async () => {
      await requireStillEmpty(this.#approvedEmpty(), await this.#openCopy());
      requireUnused(destination.name, seenThere, await newestThere());
    };
    await setUp(await this.#openSource(), sink, this.#requirePlan(), { lastLook });
  }

  async takeStart(x: bigint): Promise<StartPair> {
    const { start, commit } = await this.#parts.takeStart(x);
    return { start, commit };
  }

  async commitStart(start: bigint, commit: bigint): Promise<void> {
    await commitAndProve(this.#parts.destination, { start, commit });
  }

  async startCopy(start: bigint): Promise<void> {
    await reserveRun(runName("copy", this.#parts.destinationStoreId, start, 1), "copy");
  }

  async startComparison(start: bigint): Promise<void> {
    const before = await newestRun("compare", this.#parts.destinationStoreId, start);
    const round = before === null || (await this.#hasEnded(start)) ? (before?.round ?? 0) + 1 : before.round;
    await reserveRun(runName("compare", this.#parts.destinationStoreId, start, round), "compare");
  }

  async work(...[kind, start, { worker, signal, versions }]: Parameters<StoreMove["work"]>): Promise<void> {
    const run = await newestRun(kind, this.#parts.destinationStoreId, start);
    if (run === null) return;
    const ledger = openConsoleLedger(run.id);
    if (!(await this.#planned(ledger, { runId: run.id, kind, start, versions }))) return;
    const source = await this.#openSource();
    const metrics = keepMetrics(run.id, worker);
    const around = {
      ledger,
      worker,
      signal,
      source,
      onProgress: metrics.heard,
      whenIdle: "leave",
    } as const;
    try {
      if (kind === "copy") await this.#withSink(async (sink) => runCopy({ ...around, sink }));
      else await runComparison({ ...around, destination: await this.#openCopy() });
    } finally {
      await metrics.stop();
    }
  }

  async forget(start: bigint): Promise<void> {
    await (await this.#openSink()).forget(start);
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

  /** Cuts the plan where nobody has; of several workers that do, the first counts. False where the run is not to go on. */
  async #planned(ledger: Ledger, run: Omit<RunPlan, "shards">): Promise<boolean> {
    if ((await ledger.plan()) !== null) return true;
    if ((await ledger.control()).wanted !== "run") return false;
    const plan = await planRun(await this.#openSource(), run, this.#requirePlan().tables);
    try {
      await ledger.create(plan);
    } catch (error) {
      if (!(error instanceof AppError && error.code === "conflict")) throw error;
    }
    return (await ledger.plan()) !== null;
  }

  /** Of these tables of the destination, those with at least one version of one cell: the first block of each, a few at a time. */
  async #filled(names: readonly string[]): Promise<readonly string[]> {
    const copy = await this.#openCopy();
    const left = [...names];
    const filled: string[] = [];
    const look = async () => {
      for (let name = left.shift(); name !== undefined; name = left.shift()) {
        if (filled.length >= LISTED_MAX) return;
        if (await copy.holdsCells(name)) filled.push(name);
      }
    };
    await Promise.all(Array.from({ length: LOOKED_INTO_AT_ONCE }, look));
    return filled.toSorted();
  }

  /** What nobody would miss, as it was approved. */
  #approvedEmpty(): readonly string[] {
    return this.#requirePlan().dropped.flatMap(({ name, versions }) => (versions === 0 ? [name] : []));
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

  /** A sink of its own, so that a move that is worked on again and again does not gather them. */
  async #withSink(work: (sink: CellSink) => Promise<unknown>): Promise<void> {
    const sink = await this.#parts.destination.openSink();
    try {
      await work(sink);
    } finally {
      await sink.close();
    }
  }

  async #keep<T extends CellSource | CellSink>(opening: Promise<T>): Promise<T> {
    this.#opened.push(opening);
    return opening;
  }
}

/** Between the decision and the first drop nobody may have begun to use the destination. */
function requireUnused(name: string, seen: bigint, now: bigint): void {
  if (now <= seen) return;
  throw new AppError(
    "conflict",
    `${name} shows the timestamp ${now} now, and ${seen} was its newest when this was decided: a client works there. Nothing was changed. Stop it, and contact the AtlasDB team about what it wrote.`,
  );
}

/** A run whose plan nobody has cut yet. */
function notPlanned(run: string, { wanted }: RunControl): JobState {
  const state = { run: "running", pause: "paused", cancel: "cancelled" } as const;
  return { ...ABSENT, run, state: state[wanted] };
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
