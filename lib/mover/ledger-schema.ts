import { z } from "zod";

import type { Counts } from "#lib/mover/counts.ts";
import { NO_COUNTS } from "#lib/mover/counts.ts";
import type { CellKey } from "#lib/mover/key-range.ts";
import type { Checkpoint, RunControl, RunPlan, Shard, ShardFailure } from "#lib/mover/ledger.ts";
import { longFromString } from "#lib/timestamps/long.ts";

/** A whole number below 2^53, from JSON that was read without rounding. */
const whole = z.union([z.bigint(), z.int()]).transform((value, context) => {
  if (value >= 0 && value <= 2 ** 53 - 1) return z.coerce.number().parse(value);
  context.addIssue({ code: "custom", message: "must be a whole number below 2^53" });
  return z.NEVER;
});

const hex = z
  .string()
  .regex(/^([0-9a-f]{2})*$/)
  .transform((digits) => Buffer.from(digits, "hex"));

const cellKey = z.strictObject({ row: hex, column: hex });

/** Counts in a ledger. A name that an older ledger did not have yet is 0. */
export const countsWire = z
  .partialRecord(z.enum(Object.keys(NO_COUNTS) as [keyof Counts, ...(keyof Counts)[]]), whole)
  .transform((counts): Counts => ({ ...NO_COUNTS, ...counts }));

/** A checkpoint in a ledger: places in hexadecimal digits. */
export const checkpointWire = z.strictObject({
  sequence: whole,
  next: cellKey.nullable(),
  counts: countsWire,
}) satisfies z.ZodType<Checkpoint>;

/** A shard in a ledger. */
export const shardWire = z.strictObject({
  id: whole,
  table: z.string().max(2_000),
  range: z.strictObject({ from: cellKey.nullable(), to: cellKey.nullable() }),
  estimate: z.strictObject({ versions: whole.nullable(), bytes: whole.nullable() }),
}) satisfies z.ZodType<Shard>;

/** A plan in a ledger. */
export const planWire = z.strictObject({
  runId: z.string().max(100),
  kind: z.enum(["copy", "compare"]),
  start: longFromString,
  versions: z.literal("newest").optional(),
  shards: z.array(shardWire),
}) satisfies z.ZodType<RunPlan>;

/** A wish in a ledger. */
export const controlWire = z.strictObject({
  wanted: z.enum(["run", "pause", "cancel"]),
  cellsPerSecondMax: whole.nullable(),
  bytesPerSecondMax: whole.nullable(),
  lanes: whole,
}) satisfies z.ZodType<RunControl>;

/** A failure in a ledger. */
export const failureWire = z.strictObject({
  class: z.enum(["poison", "fatal"]),
  code: z.string().max(100),
  message: z.string().max(4_000),
}) satisfies z.ZodType<ShardFailure>;

const valueDigest = z.strictObject({
  bytes: whole,
  sha256: z.string().max(64),
  head: z.string().max(2_048),
});

/** A difference in a ledger. */
export const differenceWire = z.strictObject({
  table: z.string().max(2_000),
  row: z.string().max(4_000),
  column: z.string().max(4_000),
  kind: z.enum(["missing", "extra", "value", "version"]),
  timestamp: z.string().max(20).nullable(),
  source: valueDigest.nullable(),
  destination: valueDigest.nullable(),
});

function keyToWire(key: CellKey | null): { readonly row: string; readonly column: string } | null {
  return key === null ? null : { row: key.row.toString("hex"), column: key.column.toString("hex") };
}

/** What `checkpointWire` reads. */
export function checkpointToWire(checkpoint: Checkpoint) {
  return { ...checkpoint, next: keyToWire(checkpoint.next) };
}

/** What `shardWire` reads. */
export function shardToWire(shard: Shard) {
  return { ...shard, range: { from: keyToWire(shard.range.from), to: keyToWire(shard.range.to) } };
}

/** What `planWire` reads, after `canonicalJson` has written the start as a decimal string. */
export function planToWire(plan: RunPlan) {
  return { ...plan, shards: plan.shards.map(shardToWire) };
}
