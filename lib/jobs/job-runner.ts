import { PgBoss } from "pg-boss";

/**
 * A queue of wake-ups. The truth stands in the console's own tables: a job only says which row is to be looked at, and `run` must cope
 * with being called twice or for nothing.
 */
export interface JobQueue {
  readonly name: string;
  /** How many jobs this process works on at once. */
  readonly concurrency: number;
  /** After so long a job is taken for lost though its worker gives signs of life; at most a day. */
  readonly expiresAfterSeconds: number;
  /** Works on one row. What it throws is reported, and the job is tried again a few times. */
  run(key: string, signal: AbortSignal): Promise<void>;
}

/** Queues that are worked on. */
export interface JobRunner {
  /** Wakes some worker, in this process or another, for each key; a key that is queued or worked on already is left alone. */
  wake(queue: string, keys: readonly string[]): Promise<void>;
  /** Takes no new job and waits for those that run, at most `limitMs`; what is left is taken over by another worker. */
  stop(limitMs: number): Promise<void>;
}

/** The schema that pg-boss lives in; the owner makes it (prisma/migrations/20261122000350_jobs). */
export const JOBS_SCHEMA = "jobs";

const CONNECTIONS_MAX = 4;
/** A worker that has not been heard of for so long has lost its jobs; looked for every few seconds. */
const HEARTBEAT_SECONDS = 15;
const SUPERVISE_SECONDS = 5;
const POLL_SECONDS = 1;
const RETRY_SECONDS = 5;

/** The longest that a place in a queue stays with a worker that is lost, and that a wake-up waits for a worker with a free hand; in seconds. */
export const QUEUE_DELAYS = {
  lostPlace: HEARTBEAT_SECONDS + SUPERVISE_SECONDS + RETRY_SECONDS + POLL_SECONDS,
  wakeUp: POLL_SECONDS,
} as const;

/**
 * Works on queues with pg-boss, as the application's role: it reads and writes the rows of its schema and never changes it, so the role
 * owns nothing. Indexes are not rebuilt and no statistics are kept, since both would need an owner; queues share one table for the same
 * reason. `onProblem` is told what goes wrong between jobs, such as a lost connection, from which pg-boss recovers by itself.
 * @throws when the schema is missing or of another version of pg-boss
 */
export async function startJobRunner(options: {
  readonly url: string;
  readonly queues: readonly JobQueue[];
  readonly onProblem: (error: unknown) => void;
}): Promise<JobRunner> {
  const boss = new PgBoss({
    connectionString: options.url,
    application_name: "lockstep jobs",
    max: CONNECTIONS_MAX,
    schema: JOBS_SCHEMA,
    migrate: false,
    createSchema: false,
    schedule: false,
    reindex: false,
    monitorVacuum: false,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
  });
  boss.on("error", options.onProblem);
  await boss.start();
  for (const queue of options.queues) await workOn(boss, queue, options.onProblem);
  return {
    wake: async (queue, keys) => {
      if (keys.length === 0) return;
      await boss.insert(
        queue,
        keys.map((key) => ({ data: { key }, singletonKey: key })),
      );
    },
    stop: async (limitMs) => boss.stop({ graceful: true, timeout: limitMs }),
  };
}

async function workOn(boss: PgBoss, queue: JobQueue, onProblem: (error: unknown) => void): Promise<void> {
  await boss.createQueue(queue.name, {
    policy: "exclusive",
    retryLimit: 3,
    retryDelay: RETRY_SECONDS,
    expireInSeconds: queue.expiresAfterSeconds,
    heartbeatSeconds: HEARTBEAT_SECONDS,
    retentionSeconds: 24 * 3_600,
    deleteAfterSeconds: 3_600,
  });
  // Jobs are short: without bursts each batch would wait out the rest of the polling interval.
  const polling = {
    pollingIntervalSeconds: POLL_SECONDS,
    batchSize: queue.concurrency,
    burstWhenBatchFull: true,
    perJobResults: true,
  } as const;
  await boss.work<{ key: string }, unknown, typeof polling>(queue.name, polling, async (jobs) =>
    Promise.all(
      jobs.map(async ({ id, data, signal }) => {
        try {
          await queue.run(data.key, signal);
          return { id, status: "completed" as const };
        } catch (error) {
          onProblem(error);
          return { id, status: "failed" as const, output: { error: nameOf(error) } };
        }
      }),
    ),
  );
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "unknown";
}
