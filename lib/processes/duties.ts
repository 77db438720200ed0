import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import path from "node:path";
import { z } from "zod";
import { approvalDuties } from "#lib/approvals/expire-approvals.ts";
import { database } from "#lib/db/client.ts";
import { inventorySystems } from "#lib/engine/systems.ts";
import { measureLoad } from "#lib/health/worker-load.ts";
import { beat, endBeat, HEARTBEAT_EVERY_MS } from "#lib/health/worker-heartbeat.ts";
import { type JobRunner, startJobRunner } from "#lib/jobs/job-runner.ts";
import type { Log } from "#lib/log.ts";
import { moveDuty, moveQueue } from "#lib/migrations/duties/move-jobs.ts";
import { OpenMoves } from "#lib/migrations/duties/open-moves.ts";
import { migrationDuties } from "#lib/migrations/duties/migration-duties.ts";
import { notificationDuty, notificationQueue } from "#lib/notifications/notification-duties.ts";
import { heldLanes } from "#lib/mover/console-metrics.ts";
import type { Duty } from "#lib/processes/duty-loop.ts";
import { parseJson } from "#lib/timestamps/json.ts";

/** The worker's duties and jobs, and what it does last when it ends in order. `workerId` is new with every start. */
export type WorkerDuties = {
  readonly workerId: string;
  readonly duties: readonly Duty[];
  readonly jobs: JobRunner;
  readonly leave: () => Promise<void>;
};

/** `all`: everything that a console needs done. `moves`: copies and comparisons only, by a worker on a machine of its own. */
export type WorkerScope = "all" | "moves";

/** Everything that the worker does again and again, and the queues that it works on from now on. */
export async function startWorkerDuties(log: Log, scope: WorkerScope): Promise<WorkerDuties> {
  const db = database();
  const worker = {
    id: randomUUID(),
    host: hostname(),
    processId: process.pid,
    version: await lockstepVersion(),
  };
  const load = measureLoad(heldLanes);
  const engine = { systems: inventorySystems };
  const openMoves = new OpenMoves();
  const moves = moveQueue(`${worker.host} ${worker.id}`, engine, openMoves);
  const jobs = await startJobRunner({
    url: process.env["DATABASE_URL"] ?? "",
    queues: [...(scope === "all" ? [notificationQueue()] : []), moves],
    onProblem: (error) => log.error({ err: error }, "a job or its queue failed"),
  });
  return {
    workerId: worker.id,
    duties: [
      { name: "heartbeat", everyMs: HEARTBEAT_EVERY_MS, run: async () => beat(db, worker, load()) },
      moveDuty(jobs, engine, openMoves),
      ...(scope === "all"
        ? [...migrationDuties(worker.id), ...approvalDuties(worker.id), notificationDuty(jobs)]
        : []),
    ],
    jobs,
    leave: async () => {
      // First, so that nobody takes this worker for one that fell silent; what is kept open only reads.
      await endBeat(db, worker.id);
      await openMoves.close();
      await db.$disconnect();
    },
  };
}

const manifest = z.object({ version: z.string() });

async function lockstepVersion(): Promise<string> {
  const text = await readFile(path.join(import.meta.dirname, "..", "..", "package.json"), "utf8");
  return manifest.parse(parseJson(text)).version;
}
