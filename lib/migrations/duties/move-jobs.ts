import { database } from "#lib/db/client.ts";
import { isJob } from "#lib/engine/operation.ts";
import type { Engine } from "#lib/engine/run-context.ts";
import { AppError } from "#lib/errors.ts";
import { HEARTBEAT_GONE_AFTER_SECONDS } from "#lib/health/worker-heartbeat.ts";
import type { JobQueue, JobRunner } from "#lib/jobs/job-runner.ts";
import { type OpenMove, OpenMoves, storeVersions } from "#lib/migrations/duties/open-moves.ts";
import { loadMigration, type StoredMigration } from "#lib/migrations/load-migration.ts";

const QUEUE = "moves";
/**
 * `turnMs`: how long a job keeps its place while another migration waits for one; where none does it goes on. `lookMs`: how often it looks
 * whether somebody has changed how its stores are reached. A worker that is lost is missed within seconds, by its signs of life.
 */
export type JobTimes = { readonly turnMs: number; readonly lookMs: number };

const JOB_TIMES: JobTimes = { turnMs: 200_000, lookMs: 5_000 };
const EXPIRES_AFTER_SECONDS = 12 * 3_600;
const LONGEST_MS = 11 * 3_600_000;
/** How often places of jobs that have something to do are offered to workers, in milliseconds. */
export const WAKE_EVERY_MS = 2_000;

/** The job that a migration's open attempt started. */
type OpenJob = {
  readonly attemptId: string;
  readonly kind: "copy" | "compare";
  readonly start: bigint;
  readonly versions: "newest" | undefined;
};

/**
 * The queue of copies and comparisons: a job works on one migration with this process's lanes for a while. The ledger says what is to be
 * done and what is done, so a job may die anywhere and any number of processes may work beside each other.
 */
export function moveQueue(workerName: string, engine: Engine, moves: OpenMoves): JobQueue {
  return {
    name: QUEUE,
    concurrency: 1,
    expiresAfterSeconds: EXPIRES_AFTER_SECONDS,
    run: async (key, signal) => workOn(engine, key.split("#")[0] ?? "", workerName, signal, { moves }),
  };
}

/** Wakes one place for each living worker and each migration whose copy or comparison has something to do. */
export function moveDuty(
  jobs: Pick<JobRunner, "wake">,
  engine: Engine,
  moves: OpenMoves,
): { readonly name: string; readonly everyMs: number; readonly run: () => Promise<void> } {
  return {
    name: "moves",
    everyMs: WAKE_EVERY_MS,
    run: async () => {
      const places = await livingWorkers();
      const ids = await withOpenJobs();
      await moves.closeOthers(ids);
      for (const id of ids) {
        const migration = await loadMigration(database(), id);
        if (!(await hasWork(engine, migration))) continue;
        await jobs.wake(
          QUEUE,
          Array.from({ length: places }, (_place, index) => `${id}#${index}`),
        );
      }
    },
  };
}

/**
 * Works on the open job of a migration until it is done, stopped, or nothing is left to do here; or until its turn is over, or one of its stores
 * is to be reached in another way: both end it at its next checkpoint, or between two tries, and it is soon taken up again.
 * @throws AdapterError when a store or the ledger stays away; the job is tried again
 */
export async function workOn(
  engine: Engine,
  migrationId: string,
  worker: string,
  signal: AbortSignal,
  { moves, times = JOB_TIMES }: { readonly moves?: OpenMoves; readonly times?: JobTimes } = {},
): Promise<void> {
  const migration = await loadMigration(database(), migrationId);
  const job = openJobOf(migration);
  if (job === null) return;
  const name = job.attemptId;
  const opened = await (moves ?? new OpenMoves()).take(engine, migrationId, migration.targets, name);
  const turn = takeTurn(migration, opened, times);
  try {
    await opened.move.work(job.kind, job.start, {
      worker,
      versions: job.versions,
      signal: AbortSignal.any([signal, turn.others, turn.mended, AbortSignal.timeout(LONGEST_MS)]),
    });
  } finally {
    turn.end();
    const isTurnOver = turn.others.aborted && !turn.mended.aborted && !signal.aborted;
    if (moves !== undefined && isTurnOver) moves.keep(migrationId, name, opened);
    else await opened.move.close();
  }
}

/** `others` fires when a turn is over and another migration's job is open; `mended` when the stores are to be reached in another way. */
function takeTurn(
  { id, targets }: StoredMigration,
  { versions }: OpenMove,
  { turnMs, lookMs }: JobTimes,
): { readonly others: AbortSignal; readonly mended: AbortSignal; readonly end: () => void } {
  const [others, mended] = [new AbortController(), new AbortController()];
  const every = (ms: number, look: () => Promise<boolean>, over: AbortController) =>
    // A database that is away is heard of by the job itself.
    setInterval(
      () =>
        void look().then(
          (is) => is && over.abort(),
          () => undefined,
        ),
      ms,
    );
  const looking = [
    every(turnMs, async () => (await withOpenJobs()).some((one) => one !== id), others),
    every(lookMs, async () => (await storeVersions(targets)) !== versions, mended),
  ];
  const end = () => {
    for (const one of looking) clearInterval(one);
  };
  return { others: others.signal, mended: mended.signal, end };
}

/** The job of a migration's open attempt; null when it has none. */
export function openJobOf({ situation }: StoredMigration): OpenJob | null {
  const attempt = situation.openAttempt;
  if (attempt === null) return null;
  const { id: attemptId, operation } = attempt;
  if (operation.kind !== "move.copy" && operation.kind !== "move.validate") return null;
  const { start, versions } = operation;
  return {
    attemptId,
    kind: operation.kind === "move.copy" ? "copy" : "compare",
    start,
    versions,
  };
}

async function hasWork(engine: Engine, migration: StoredMigration): Promise<boolean> {
  const job = openJobOf(migration);
  if (job === null) return false;
  try {
    const move = await engine.systems.openMove(migration.targets, "short");
    try {
      return (await move.readJob(job.kind, job.start)).state === "running";
    } finally {
      await move.close();
    }
  } catch (error) {
    // One migration that cannot be opened does not keep the others from their work.
    if (error instanceof AppError) return false;
    throw error;
  }
}

async function withOpenJobs(): Promise<readonly string[]> {
  const rows = await database().migrationAttempt.findMany({
    where: { state: { in: ["intended", "uncertain"] }, migration: { state: "open" } },
    select: { migrationId: true, operation: true },
  });
  return rows.flatMap(({ migrationId, operation }) => {
    const kind =
      operation !== null && typeof operation === "object" && "kind" in operation ? operation.kind : "";
    return typeof kind === "string" && isJob({ kind }) ? [migrationId] : [];
  });
}

async function livingWorkers(): Promise<number> {
  const [row] = await database().$queryRaw<{ living: number }[]>`
    SELECT count(*)::int AS living FROM worker_heartbeat
    WHERE ended_at IS NULL AND seen_at > now() - make_interval(secs => ${HEARTBEAT_GONE_AFTER_SECONDS})`;
  return Math.max(1, row?.living ?? 1);
}
