import { z } from "zod";

import { role, valueName, type ValueName, type Values } from "#lib/engine/reading.ts";
import { longCodec } from "#lib/stores/schema.ts";

/**
 * Every effect that a step can have on a system, as a plan states it: late-bound values stand as names. All are guarded: the store
 * operations compare identity and state in the same atomic write, a fast-forward is an idempotent maximum. Of a move: the setup refuses when
 * more would be dropped than was approved, a sequence is only ever raised before S and C are taken from it, the commit is put if absent, and
 * the two jobs write under fenced leases; `versions`: what is compared was written by AtlasDB's own migrator, at timestamps of its own.
 */
export const operation = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("timelock.claim"), sequence: role }),
  z.strictObject({ kind: z.literal("timelock.fast-forward"), sequence: role, to: valueName }),
  z.strictObject({ kind: z.literal("store.invalidate"), store: role }),
  z.strictObject({
    kind: z.literal("store.repair"),
    store: role,
    leave: z.enum(["readable", "invalidated"]),
  }),
  z.strictObject({ kind: z.literal("store.restore"), store: role, to: valueName }),
  z.strictObject({ kind: z.literal("move.set-up"), into: role }),
  z.strictObject({ kind: z.literal("move.take-start"), into: role, above: valueName }),
  z.strictObject({
    kind: z.literal("move.commit-start"),
    into: role,
    start: valueName,
    commit: valueName,
  }),
  z.strictObject({
    kind: z.enum(["move.copy", "move.validate"]),
    into: role,
    start: valueName,
    versions: z.literal("newest").optional(),
  }),
]);
export type Operation = z.infer<typeof operation>;

/** An operation with its late-bound values filled in: what an attempt records and what is carried out. */
export const resolvedOperation = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("timelock.claim"), sequence: role }),
  z.strictObject({ kind: z.literal("timelock.fast-forward"), sequence: role, to: longCodec }),
  z.strictObject({ kind: z.literal("store.invalidate"), store: role }),
  z.strictObject({
    kind: z.literal("store.repair"),
    store: role,
    leave: z.enum(["readable", "invalidated"]),
  }),
  z.strictObject({ kind: z.literal("store.restore"), store: role, to: longCodec }),
  z.strictObject({ kind: z.literal("move.set-up"), into: role }),
  z.strictObject({ kind: z.literal("move.take-start"), into: role, above: longCodec }),
  z.strictObject({
    kind: z.literal("move.commit-start"),
    into: role,
    start: longCodec,
    commit: longCodec,
  }),
  z.strictObject({
    kind: z.enum(["move.copy", "move.validate"]),
    into: role,
    start: longCodec,
    versions: z.literal("newest").optional(),
  }),
]);
export type ResolvedOperation = z.output<typeof resolvedOperation>;

/** An operation on two stores. */
export type MoveOperation = Extract<ResolvedOperation, { into: unknown }>;

/** True for an operation that only starts a job: the worker carries it on, and its ledger says how it stands. */
export function isJob(operation: { readonly kind: string }): boolean {
  return operation.kind === "move.copy" || operation.kind === "move.validate";
}

/** The late-bound values that an operation needs. */
export function valuesNeeded(template: Operation): readonly ValueName[] {
  if ("to" in template) return [template.to];
  if ("above" in template) return [template.above];
  if (template.kind === "move.commit-start") return [template.start, template.commit];
  return "start" in template ? [template.start] : [];
}

/** Fills in the late-bound values; null while one of them has not been fixed. */
export function resolve(template: Operation, values: Values): ResolvedOperation | null {
  switch (template.kind) {
    case "timelock.fast-forward":
    case "store.restore": {
      const to = values[template.to];
      return to === undefined ? null : { ...template, to };
    }
    case "move.take-start": {
      const above = values[template.above];
      return above === undefined ? null : { ...template, above };
    }
    case "move.commit-start": {
      const start = values[template.start];
      const commit = values[template.commit];
      return start === undefined || commit === undefined ? null : { ...template, start, commit };
    }
    case "move.copy":
    case "move.validate": {
      const start = values[template.start];
      return start === undefined ? null : { ...template, start };
    }
    case "timelock.claim":
    case "store.invalidate":
    case "store.repair":
    case "move.set-up":
      return template;
  }
}

/** What an operation does, in words that fit a title; `place` names the namespace or the store. */
export function operationTitle(template: Operation | ResolvedOperation, place: string): string {
  switch (template.kind) {
    case "timelock.claim":
      return `Claim the namespace ${place}`;
    case "timelock.fast-forward":
      return `Fast-forward ${place} to ${template.to}`;
    case "store.invalidate":
      return `Invalidate the bound in ${place}, keeping its value`;
    case "store.repair":
      return `Merge the values in ${place} into the largest and leave the bound ${template.leave}`;
    case "store.restore":
      return `Make the bound in ${place} readable again with ${template.to}`;
    case "move.set-up":
      return `Drop and create the tables of ${place} as planned`;
    case "move.take-start":
      return `Raise the timestamps of ${place} above ${template.above}, and take S and C from them`;
    case "move.commit-start":
      return `Commit the start timestamp ${template.start} at ${template.commit} in ${place}`;
    case "move.copy":
      return `Copy every cell into ${place} at ${template.start}`;
    case "move.validate":
      return `Compare every cell of ${place} with the source`;
  }
}

/**
 * How an operation may be repeated safely: `maximum` and `creates-once` change nothing the second time, `compare-and-set` refuses
 * unless the store is exactly as it was expected; a `ledger` goes on where it was.
 */
export function repeatSafety(template: Operation): "maximum" | "creates-once" | "compare-and-set" | "ledger" {
  switch (template.kind) {
    case "timelock.fast-forward":
    case "move.take-start":
      return "maximum";
    case "timelock.claim":
    case "move.commit-start":
      return "creates-once";
    case "store.invalidate":
    case "store.repair":
    case "store.restore":
    case "move.set-up":
      return "compare-and-set";
    case "move.copy":
    case "move.validate":
      return "ledger";
  }
}

/** Where an operation takes place. */
export function operationPlace(template: Operation | ResolvedOperation): {
  readonly on: "store" | "sequence";
  readonly role: z.infer<typeof role>;
} {
  if ("store" in template) return { on: "store", role: template.store };
  return "into" in template
    ? { on: "store", role: template.into }
    : { on: "sequence", role: template.sequence };
}
