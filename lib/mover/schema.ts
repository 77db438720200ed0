import { z } from "zod";

import { shown } from "#lib/audit/classified.ts";

const atMost = shown(z.int().min(1).nullable());

/** What a person asks of the copy or comparison that is under way. Rates and lanes are for all workers together; a rate of null is no limit. */
export const controlJobInput = z.strictObject({
  migrationId: shown(z.uuid()),
  stepId: shown(z.string().min(1).max(64)),
  seenVersion: shown(z.int().min(0)),
  wanted: shown(z.enum(["run", "pause", "cancel"])),
  lanes: shown(z.int().min(1).max(64)),
  cellsPerSecondMax: atMost,
  bytesPerSecondMax: atMost,
  retryFailed: shown(z.boolean()),
});
export type ControlJobInput = z.output<typeof controlJobInput>;
