import { z } from "zod";

/**
 * A worker process as the console's database knows it. `silent`: it has not been heard of for half a minute and did not say that it ends. Load is
 * null before its first sign of life that tells it: percent of one processor, bytes, the worst delay of a timer.
 */
export const workerView = z.strictObject({
  id: z.uuid(),
  host: z.string(),
  processId: z.int(),
  version: z.string().nullable(),
  state: z.enum(["live", "silent", "ended"]),
  startedAt: z.iso.datetime(),
  seenAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  cpuPercent: z.int().nullable(),
  rssBytes: z.number().nullable(),
  loopLagMs: z.int().nullable(),
  lanes: z.int(),
});
export type WorkerView = z.infer<typeof workerView>;
