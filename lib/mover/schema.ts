import { z } from "zod";

import { shown } from "#lib/audit/classified.ts";
import { assessedTable, assessment, droppedTable } from "#lib/mover/assess-report.ts";

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

/**
 * What becomes of each table in a move, as it was planned, with the sizes that were found last. Sizes are estimates, null where they are not
 * known; `estimatedAt` null: none were kept yet.
 */
export const moveTables = z.strictObject({
  tables: z.array(assessedTable),
  dropped: z.array(droppedTable),
  total: assessment.shape.total,
  estimatedAt: assessment.shape.readAt.nullable(),
});
export type MoveTables = z.infer<typeof moveTables>;
