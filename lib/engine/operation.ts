import { z } from "zod";

import { role, valueName, type Values } from "#lib/engine/reading.ts";
import { longCodec } from "#lib/stores/schema.ts";

/**
 * Every effect that a step can have on a system, as a plan states it: late-bound values stand as names. All are guarded: the store
 * operations compare identity and state in the same atomic write, a fast-forward is an idempotent maximum.
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
]);
export type ResolvedOperation = z.output<typeof resolvedOperation>;

/** Fills in the late-bound values; null while one of them has not been fixed. */
export function resolve(template: Operation, values: Values): ResolvedOperation | null {
  switch (template.kind) {
    case "timelock.fast-forward":
    case "store.restore": {
      const to = values[template.to];
      return to === undefined ? null : { ...template, to };
    }
    case "timelock.claim":
    case "store.invalidate":
    case "store.repair":
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
  }
}

/**
 * How an operation may be repeated safely: `maximum` and `creates-once` change nothing the second time, `compare-and-set` refuses
 * unless the store is exactly as it was expected.
 */
export function repeatSafety(template: Operation): "maximum" | "creates-once" | "compare-and-set" {
  switch (template.kind) {
    case "timelock.fast-forward":
      return "maximum";
    case "timelock.claim":
      return "creates-once";
    case "store.invalidate":
    case "store.repair":
    case "store.restore":
      return "compare-and-set";
  }
}

/** Where an operation takes place. */
export function operationPlace(template: Operation | ResolvedOperation): {
  readonly on: "store" | "sequence";
  readonly role: z.infer<typeof role>;
} {
  return "store" in template
    ? { on: "store", role: template.store }
    : { on: "sequence", role: template.sequence };
}
