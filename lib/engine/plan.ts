import type { MovePlan } from "#lib/engine/move-reading.ts";
import { valuesNeeded, type Operation } from "#lib/engine/operation.ts";
import { readingKey } from "#lib/engine/reading.ts";
import type { Runbook, Step, Targets } from "#lib/engine/step.ts";
import { dangerOf, type Danger } from "#lib/engine/unit.ts";
import { canonicalJson, sha256Hex } from "#lib/timestamps/json.ts";

/**
 * What a migration will do, resolved for its targets: what approvals bind to. Holds runbook version, the identity of every target,
 * operation templates and their danger, what a move does to each table, the conditions of each step and which late-bound values it settles. Readings, leaders, times, addresses and
 * labels are left out, so that the same plan made twice has the same hash; of a move the rows that are dropped are approved, too, and a
 * destination that has grown since makes another plan.
 */
export type Plan = {
  readonly runbook: string;
  readonly version: number;
  readonly service: string;
  readonly targets: readonly unknown[];
  readonly move?: MovePlan;
  readonly steps: readonly PlannedStep[];
};

type PlannedStep = {
  readonly id: string;
  readonly kind: Step["kind"];
  readonly unit: string | null;
  readonly danger: Danger | null;
  readonly optional: boolean;
  readonly operations: readonly Operation[];
  readonly conditions: readonly string[];
  readonly inputs: readonly string[];
  readonly predicates: readonly string[];
  readonly undo: Operation | null;
};

/** Resolves the plan of a runbook for its targets; the same for equal targets. */
export function makePlan(runbook: Runbook, targets: Targets): Plan {
  return {
    runbook: runbook.id,
    version: runbook.version,
    service: targets.serviceId,
    targets: [
      ...targets.stores.map(({ role, storeId, storeKind, identity }) => ({
        role,
        storeId,
        storeKind,
        identity,
      })),
      ...targets.sequences.map(({ role, clusterId, namespace }) => ({ role, clusterId, namespace })),
    ],
    ...(targets.move === undefined ? {} : { move: targets.move }),
    steps: runbook.steps.map((step) => planStep(step, runbook)),
  };
}

function planStep(step: Step, { predicates }: Runbook): PlannedStep {
  const operations = step.kind === "act" ? step.templates : [];
  const late = operations.flatMap(valuesNeeded);
  return {
    id: step.id,
    kind: step.kind,
    unit: step.kind === "act" ? step.unit : null,
    danger: step.kind === "act" ? dangerOf(step) : null,
    optional: step.optional,
    operations,
    conditions: step.reads.map(readingKey),
    inputs: step.inputs,
    predicates: [...new Set(late)].flatMap((name) => predicates[name] ?? []),
    undo: step.undo.kind === "operation" ? step.undo.operation : null,
  };
}

/** The plan as one text: canonical JSON, over which the hash is taken. */
export function planText(plan: Plan): string {
  return canonicalJson(plan);
}

/** SHA-256 of the plan's text, 64 hexadecimal digits. */
export function planHash(plan: Plan): Promise<string> {
  return sha256Hex(planText(plan));
}
