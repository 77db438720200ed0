import { z } from "zod";

import type { Operation } from "#lib/engine/operation.ts";
import type { ActStep, Runbook } from "#lib/engine/step.ts";

/**
 * How much harm a unit can do, from little to much. `safe`: nothing that a service depends on changes. `reversible`: the console itself can
 * take it back. `destructive`: at least one effect of the unit cannot be taken back by the console.
 */
export const DANGER_LEVELS = ["safe", "reversible", "destructive"] as const;
export type Danger = (typeof DANGER_LEVELS)[number];

/** How a unit stands in regard of its approval. */
export const APPROVAL_STATES = [
  "not-needed",
  "none",
  "pending",
  "approved",
  "broken-glass",
  "rejected",
  "withdrawn",
  "expired-request",
  "expired-execution",
  "void",
  "consumed",
] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];

const moment = z.iso.datetime();

/**
 * What the one function of `lib/approvals/judge-approval.ts` says about a unit, for display and enforcement alike. `until`: the end of the
 * clock that runs now, of the request while pending, of execution while approved. `executable`: as far as approvals go, the unit may be
 * begun or finished at this moment.
 */
export const approvalStatus = z.strictObject({
  state: z.enum(APPROVAL_STATES),
  executable: z.boolean(),
  needed: z.int(),
  counted: z.int(),
  missing: z.int(),
  until: moment.nullable(),
  countedBy: z.array(z.strictObject({ personId: z.uuid(), name: z.string(), at: moment })),
  notCounted: z.array(z.strictObject({ personId: z.uuid(), name: z.string(), because: z.string() })),
  /** One sentence for the person who looks, or why execution is refused. */
  reason: z.string(),
});
export type ApprovalStatus = z.infer<typeof approvalStatus>;

/** One unit of a migration with its danger and how it stands: what a step and the header of a migration show. */
export const unitApproval = z.strictObject({
  unit: z.string(),
  title: z.string(),
  stepIds: z.array(z.string()),
  danger: z.enum(DANGER_LEVELS),
  status: approvalStatus,
  /** The newest request on this unit, whatever became of it. */
  requestId: z.uuid().nullable(),
});
export type UnitApproval = z.infer<typeof unitApproval>;

/** Where two plans differ: the path in words, and both values; null: it is not there. */
export const planDifference = z.strictObject({
  path: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
});
export type PlanDifference = z.infer<typeof planDifference>;

/** The permanent mark that a migration went ahead without approval; `verdict` null: nobody has reviewed it. */
export const brokenGlassMark = z.strictObject({
  id: z.uuid(),
  requestId: z.uuid(),
  unit: z.string(),
  by: z.string(),
  at: moment,
  reason: z.string(),
  verdict: z.enum(["justified", "objected"]).nullable(),
});
export type BrokenGlassMark = z.infer<typeof brokenGlassMark>;

/** One unit of a runbook: the acts that are run in one go. */
export type Unit = {
  readonly id: string;
  readonly title: string;
  readonly danger: Danger;
  readonly steps: readonly ActStep[];
};

/** The units of a runbook in the order of their first steps. */
export function unitsOf(runbook: Runbook): readonly Unit[] {
  const acts = runbook.steps.filter((step) => step.kind === "act");
  return [...new Set(acts.map((step) => step.unit))].map((id) => {
    const steps = acts.filter((step) => step.unit === id);
    return { id, title: titleOf(steps), danger: highest(steps.map(dangerOf)), steps };
  });
}

/** The unit with this id, or null when the runbook has none. */
export function unitOf(runbook: Runbook, id: string): Unit | null {
  return unitsOf(runbook).find((unit) => unit.id === id) ?? null;
}

/**
 * The danger of one act, derived from what it declares and from its operations: an act that is called irreversible, or an operation that
 * takes something away and has no undo, is destructive.
 */
export function dangerOf(step: ActStep): Danger {
  if (step.irreversible) return "destructive";
  const undoable = step.undo.kind === "operation";
  return highest(step.templates.map((template) => operationDanger(template, undoable)));
}

function operationDanger(operation: Operation, undoable: boolean): Danger {
  switch (operation.kind) {
    case "timelock.claim":
      return "safe";
    case "timelock.fast-forward":
    case "move.take-start":
      return "destructive";
    case "store.invalidate":
    case "store.repair":
    case "store.restore":
      return undoable ? "reversible" : "destructive";
    case "move.set-up":
      return "destructive";
    case "move.commit-start":
    case "move.copy":
      return "reversible";
    case "move.validate":
      return "safe";
  }
}

/** The greater of several levels; `safe` for none. */
export function highest(levels: readonly Danger[]): Danger {
  return DANGER_LEVELS[Math.max(0, ...levels.map((level) => DANGER_LEVELS.indexOf(level)))] ?? "safe";
}

function titleOf(steps: readonly ActStep[]): string {
  return steps.map((step, index) => (index === 0 ? step.title : lowered(step.title))).join(", then ");
}

function lowered(title: string): string {
  return title.charAt(0).toLowerCase() + title.slice(1);
}
