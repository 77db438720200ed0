import { logFor } from "#lib/log.ts";
import { runAttached } from "#lib/processes/attach.ts";
import { startDuties } from "#lib/processes/duty-loop.ts";
import { workerDuties } from "#lib/processes/duties.ts";

const DRAIN_MS = 20_000;

await runAttached("worker", async () => {
  const { workerId, duties, leave } = workerDuties();
  const log = logFor("worker", { workerId });
  const loop = startDuties(duties, log);
  return {
    ready: { type: "ready" },
    stop: async () => {
      if (!(await loop.drain(DRAIN_MS))) {
        log.warn("some duties did not end in time and are left to the next start");
      }
      await leave();
    },
  };
});
