import { logFor } from "#lib/log.ts";
import { runAttached } from "#lib/processes/attach.ts";
import { startDuties } from "#lib/processes/duty-loop.ts";
import { startWorkerDuties } from "#lib/processes/duties.ts";

const DRAIN_MS = 20_000;

await runAttached("worker", async () => {
  const { workerId, duties, jobs, leave } = await startWorkerDuties(logFor("worker"));
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
});
