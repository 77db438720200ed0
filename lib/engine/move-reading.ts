import { z } from "zod";

import { assessedTable, assessment, droppedTable } from "#lib/mover/assess-report.ts";
import { COUNT_NAMES } from "#lib/mover/counts.ts";
import { longCodec } from "#lib/stores/schema.ts";

/**
 * Readings of a move, taken of the destination as a copy of the source. `move.assessment`: both stores looked at together. `move.tables`: how
 * the destination's tables stand to the plan. `move.start`: S and C as the attempt that took them was given them. `move.by-hand`: what AtlasDB's own migrator printed. `move.commit`: what the destination records for S. `move.copy` and `move.comparison`: the
 * ledger of the job, which is the truth about it.
 */
export const MOVE_READINGS = [
  "move.assessment",
  "move.tables",
  "move.start",
  "move.by-hand",
  "move.commit",
  "move.copy",
  "move.comparison",
] as const;

/** A kind of reading of a move. */
export type MoveReading = (typeof MOVE_READINGS)[number];

/** What becomes of each table, pinned when a migration opens: it is part of the plan that is approved. */
export const movePlan = z.strictObject({
  tables: z.array(assessedTable.pick({ name: true, fate: true, reason: true, replaces: true })),
  dropped: z.array(droppedTable),
});
export type MovePlan = z.infer<typeof movePlan>;

/**
 * The destination's tables beside the plan. `differences`: missing ones, too many, other metadata bytes. `drops`: what a setup would drop
 * now. `filledSince`: of those, what was approved as empty and holds something now; null where nobody looked. `filled`: created tables that
 * hold something. `writers`: ranges of copies into this store that living workers hold, and workers of such
 * copies that fell silent. At most the first hundred of each list; `differenceCount` counts all.
 */
export const tablesState = z.strictObject({
  differences: z.array(z.strictObject({ name: z.string(), problem: z.string() })),
  differenceCount: z.int().min(0),
  drops: z.array(z.string()),
  // Readings of earlier releases had none.
  filledSince: z.array(z.string()).nullable().default(null),
  filled: z.array(z.string()),
  writers: z
    .strictObject({
      holding: z.int().min(0),
      silent: z.array(
        z.strictObject({
          id: z.string(),
          host: z.string(),
          processId: z.int().nullable(),
          seenAt: z.string().nullable(),
        }),
      ),
    })
    // Readings of earlier releases had none.
    .default({ holding: 0, silent: [] }),
});
export type TablesState = z.infer<typeof tablesState>;

/**
 * How a job stands. `absent`: it was never started. `failed`: it stands still, with `failures` in words, until a person asks it to try
 * again. `complete`: every shard is done. `counts` are of the whole run so far.
 */
export const jobState = z.strictObject({
  run: z.string(),
  state: z.enum(["absent", "running", "paused", "failed", "cancelled", "complete"]),
  shards: z.strictObject({ done: z.int().min(0), failed: z.int().min(0), total: z.int().min(0) }),
  counts: z.record(z.enum(COUNT_NAMES), z.int().min(0)),
  failures: z.array(z.string()),
});
export type JobState = z.infer<typeof jobState>;

/** What the destination records as the commit of S; null: nothing. */
const commitState = z.strictObject({ start: longCodec, commit: longCodec.nullable() });

/** The values of the readings of a move, as they are stored. */
export const moveReadingValues = [
  z.strictObject({ kind: z.literal("move.assessment"), assessment }),
  z.strictObject({ kind: z.literal("move.tables"), tables: tablesState }),
  z.strictObject({ kind: z.literal("move.start"), start: longCodec, commit: longCodec }),
  z.strictObject({ kind: z.literal("move.by-hand"), validation: z.enum(["complete", "failed"]) }),
  z.strictObject({ kind: z.literal("move.commit"), commit: commitState }),
  z.strictObject({ kind: z.enum(["move.copy", "move.comparison"]), job: jobState }),
] as const;

/** The name of the ledger run that copies or compares at S; the destination and S say which copy it is. */
export function runName(kind: "copy" | "compare", storeId: string, start: bigint, round: number): string {
  return `${kind}:${storeId}:${start}:${round}`;
}
