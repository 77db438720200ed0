import { z } from "zod";

import { sideWire } from "#e2e/bench/side.ts";

/** What a worker of the bench is told, as JSON in its first argument; the ledger's database stands in DATABASE_URL. */
export const jobWire = z.strictObject({
  kind: z.enum(["copy", "compare"]),
  runId: z.string(),
  source: sideWire,
  destination: sideWire,
});
export type Job = z.infer<typeof jobWire>;

/** What it answers at the end: its peak of memory, and the milliseconds of processor time that its work took. */
export const answerWire = z.strictObject({
  end: z.string(),
  endedAt: z.number(),
  peakRssBytes: z.number(),
  cpuMs: z.number(),
  failures: z.array(z.string()),
});
export type Answer = z.infer<typeof answerWire>;
