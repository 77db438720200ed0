import { logFor } from "#lib/log.ts";
import { runAttached } from "#lib/processes/attach.ts";
import { startDuties } from "#lib/processes/duty-loop.ts";
import { startWorkerDuties, type WorkerScope } from "#lib/processes/duties.ts";

const DRAIN_MS = 20_000;

/** Runs a worker in this process until it is told to end; then it finishes what runs, for a while, and says that it is gone. */
export async function runWorker(options: {
  readonly duties: WorkerScope;
  readonly isAlone: boolean;
}): Promise<void> {
  await runAttached(
    "worker",
    async () => {
      const { workerId, duties, jobs, leave } = await startWorkerDuties(logFor("worker"), options.duties);
      const log = logFor("worker", { workerId });
      const loop = startDuties(duties, log);
      return {
        ready: { type: "ready" },
        stop: async () => {
          const [isDrained] = await Promise.all([loop.drain(DRAIN_MS), jobs.stop(DRAIN_MS)]);
          if (!isDrained) {
            log.warn("some duties did not end in time and are left to the next start");
          }
          await leave();
        },
      };
    },
    options.isAlone,
  );
}
