import { z } from "zod";

import { finding } from "#lib/engine/finding.ts";

const count = z.int().min(0).nullable();

/** Seconds, from as fast as it may go to as slow as is likely; null where the size is not known. */
export const durationRange = z.strictObject({ least: z.number().min(0), most: z.number().min(0) }).nullable();
export type DurationRange = z.infer<typeof durationRange>;

/**
 * One table of either store with its fate and size. `versions`, `cells` and `bytes` are those of the source where it is copied, and of the
 * destination's table where that one is dropped or kept; null is unknown, never zero.
 */
export const assessedTable = z.strictObject({
  name: z.string(),
  fate: z.enum(["copied", "created-empty", "kept", "dropped", "left-out"]),
  reason: z.string(),
  replaces: z.boolean(),
  versions: count,
  cells: count,
  bytes: count,
  duration: durationRange,
});
export type AssessedTable = z.infer<typeof assessedTable>;

/** A table of the destination that the setup drops, with what is known of its size. */
export const droppedTable = z.strictObject({ name: z.string(), versions: count, bytes: count });
export type DroppedTable = z.infer<typeof droppedTable>;

/** The finding about sessions that write to the source: a warning while its clients run. */
export const WRITING_SESSIONS = "move.writing-sessions";

/** Everything that was found before a move, fit to be stored, shown and approved. Plain JSON. */
export const assessment = z.strictObject({
  findings: z.array(finding),
  tables: z.array(assessedTable),
  /** The drop list that is approved; the setup refuses when it has changed. */
  dropped: z.array(droppedTable),
  total: z.strictObject({ cells: count, bytes: count, duration: durationRange }),
  readAt: z.iso.datetime({ offset: true }),
});
export type Assessment = z.infer<typeof assessment>;
