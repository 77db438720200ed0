import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { approvalDuties } from "#lib/approvals/expire-approvals.ts";
import { database } from "#lib/db/client.ts";
import { beat, endBeat, HEARTBEAT_EVERY_MS } from "#lib/health/worker-heartbeat.ts";
import { migrationDuties } from "#lib/migrations/duties/migration-duties.ts";
import type { Duty } from "#lib/processes/duty-loop.ts";

/** The worker's duties, and what it does last when it ends in order. `workerId` is new with every start. */
export type WorkerDuties = {
  readonly workerId: string;
  readonly duties: readonly Duty[];
  readonly leave: () => Promise<void>;
};

/** Everything that the worker does again and again. */
export function workerDuties(): WorkerDuties {
  const db = database();
  const worker = { id: randomUUID(), host: hostname() };
  return {
    workerId: worker.id,
    duties: [
      { name: "heartbeat", everyMs: HEARTBEAT_EVERY_MS, run: async () => beat(db, worker) },
      ...migrationDuties(worker.id),
      ...approvalDuties(worker.id),
    ],
    leave: async () => {
      await endBeat(db, worker.id);
      await db.$disconnect();
    },
  };
}
