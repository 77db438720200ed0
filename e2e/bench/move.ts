import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";

import type { Bench } from "#e2e/bench/bench.ts";
import { BENCH_START } from "#e2e/bench/seed.ts";
import { openSink, openSource, type Side } from "#e2e/bench/side.ts";
import { type Answer, answerWire, type Job } from "#e2e/bench/worker-wire.ts";
import { openConsoleLedger } from "#lib/mover/console-ledger.ts";
import { addCounts, type Counts, NO_COUNTS } from "#lib/mover/counts.ts";
import { planRun } from "#lib/mover/plan-run.ts";
import { selectTables } from "#lib/mover/select-tables.ts";
import { commitStart, planSetUp, setUp } from "#lib/mover/set-up.ts";

/** How a run of workers went. Seconds are those of the work, from the word to begin to the last worker's end; start-up is not in them. */
export type Moved = {
  readonly seconds: number;
  readonly counts: Counts;
  readonly peakRssBytes: readonly number[];
  readonly cpuSeconds: number;
  readonly shards: number;
};

/** What is moved between which stores, by how many worker processes, each with how many lanes. */
export type Move = {
  readonly source: Side;
  readonly destination: Side;
  readonly workers: number;
  readonly lanes: number;
  /** S; for copies of copies, which have to be above the first. */
  readonly start?: bigint;
};

/** Sets the destination up as a copy does, and copies with worker processes on the console's ledger. */
export async function copyStore(bench: Bench, move: Move): Promise<Moved> {
  return withSource(move.source, async (source) => {
    const sink = await openSink(move.destination);
    try {
      const plan = await planSetUp(source, sink);
      await setUp(source, sink, plan);
      const start = move.start ?? BENCH_START;
      await commitStart(sink, start, start + 1n);
      return await work(bench, move, "copy");
    } finally {
      await sink.close();
    }
  });
}

/** Compares both stores with worker processes. Any difference is an error: then what was measured was no copy. */
export async function compareStores(bench: Bench, move: Move): Promise<Moved> {
  const moved = await work(bench, move, "compare");
  if (moved.counts.differences > 0) throw new Error(`the copy differs in ${moved.counts.differences} cells`);
  return moved;
}

async function withSource<T>(
  side: Side,
  use: (source: Awaited<ReturnType<typeof openSource>>) => Promise<T>,
): Promise<T> {
  const source = await openSource(side);
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

async function work(bench: Bench, move: Move, kind: Job["kind"]): Promise<Moved> {
  const runId = randomUUID();
  const ledger = openConsoleLedger(runId);
  const plan = await withSource(move.source, async (source) => {
    const tables = selectTables(await source.listTables(), []);
    return planRun(source, { runId, kind, start: move.start ?? BENCH_START }, tables);
  });
  await ledger.create(plan);
  await ledger.setControl({ ...(await ledger.control()), lanes: move.lanes });
  const job: Job = { kind, runId, source: move.source, destination: move.destination };
  const workers = await Promise.all(
    Array.from({ length: move.workers }, async () => startWorker(bench, job)),
  );
  const begunAt = Date.now();
  const answers = await Promise.all(workers.map(async (go) => go()));
  const failures = answers.flatMap((answer) => answer.failures);
  const states = await ledger.shards();
  if (failures.length > 0 || states.some(({ state }) => state !== "done")) {
    throw new Error(`the ${kind} did not come to its end: ${failures.join("; ")}`);
  }
  return {
    seconds: (Math.max(...answers.map(({ endedAt }) => endedAt)) - begunAt) / 1_000,
    counts: states.reduce(
      (sum, { checkpoint }) => addCounts(sum, checkpoint?.counts ?? NO_COUNTS),
      NO_COUNTS,
    ),
    peakRssBytes: answers.map(({ peakRssBytes }) => peakRssBytes),
    cpuSeconds: answers.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / 1_000,
    shards: states.length,
  };
}

/** Starts a worker process and waits until it has loaded everything; what it gives makes it begin, and waits for its answer. */
async function startWorker(bench: Bench, job: Job): Promise<() => Promise<Answer>> {
  const script = path.join(import.meta.dirname, "worker.ts");
  const child = spawn(process.execPath, [script, JSON.stringify(job)], {
    cwd: bench.root,
    env: { ...process.env, DATABASE_URL: bench.postgres.consoleUrl },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { done, value } = await lines.next();
    if (done === true) throw new Error("a worker ended before its time");
    return value;
  };
  if ((await nextLine()) !== "ready") throw new Error("a worker did not get ready");
  return async () => {
    child.stdin.end("go\n");
    const answer = answerWire.parse(JSON.parse(await nextLine()));
    if (child.exitCode === null) await once(child, "exit");
    return answer;
  };
}
