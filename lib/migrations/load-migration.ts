import { z } from "zod";

import type { Reader } from "#lib/db/transact-handle.ts";
import type { OpenAttempt, Situation, StepRecord } from "#lib/engine/decide.ts";
import { resolvedOperation } from "#lib/engine/operation.ts";
import { reading, valueName, type Reading, type Values } from "#lib/engine/reading.ts";
import { storedFindings, targets, type Runbook, type Targets } from "#lib/engine/step.ts";
import type { Finding } from "#lib/engine/finding.ts";
import { AppError, InvariantError } from "#lib/errors.ts";
import { MIGRATION_STATES } from "#lib/migrations/schema.ts";
import { runbookOf } from "#lib/runbooks/registry.ts";
import { boundState, longCodec, type BoundState } from "#lib/stores/schema.ts";

const fixedValues = z.partialRecord(valueName, longCodec);
const readings = z.array(reading);
/** How a step stands in the database. */
export const stepState = z.enum(["pending", "done", "skipped"]);
const attemptState = z.enum(["intended", "done", "failed", "uncertain", "not-applied"]);

/** A step as stored. `fixed`: the late-bound values that it settled. */
export type StoredStep = StepRecord & {
  readonly fixed: Values;
  readonly findings: readonly Finding[];
  readonly readings: readonly Reading[];
  readonly finishedAt: Date | null;
  readonly finishedBy: string | null;
  readonly skippedFor: string | null;
};

/** An attempt as stored. `expected`: the store's state that a store operation was decided on. */
export type StoredAttempt = Omit<OpenAttempt, "state"> & {
  readonly number: number;
  readonly state: z.infer<typeof attemptState>;
  readonly expected: BoundState | null;
  readonly manual: boolean;
  readonly by: string;
  readonly intendedAt: Date;
  readonly endedAt: Date | null;
  readonly outcome: string | null;
};

/** A migration as stored, decoded: everything that decisions and pages start from. */
export type StoredMigration = {
  readonly id: string;
  readonly environmentId: string;
  readonly serviceId: string;
  /** Null, as the namespace, where the service keeps its own bound before and after. */
  readonly clusterId: string | null;
  readonly namespace: string | null;
  readonly storeId: string;
  readonly runbook: Runbook;
  readonly runbookVersion: number;
  readonly planHash: string;
  readonly targets: Targets;
  readonly situation: Situation;
  readonly steps: readonly StoredStep[];
  readonly attempts: readonly StoredAttempt[];
  readonly startedAt: Date;
  readonly startedBy: string;
  readonly watchSince: Date | null;
  readonly watchUntil: Date | null;
  readonly lastCheckedAt: Date | null;
  readonly nextCheckAt: Date | null;
};

/** Reads a migration whole. @throws AppError `not-found`; InvariantError when a stored shape is none, which is a defect */
export async function loadMigration(reader: Reader, id: string): Promise<StoredMigration> {
  const row = await reader.migration.findUnique({
    where: { id },
    include: { steps: { orderBy: { position: "asc" } }, attempts: { orderBy: { intendedAt: "asc" } } },
  });
  if (row === null) throw new AppError("not-found", "There is no such migration.");
  const steps = row.steps.map(decodeStep);
  const attempts = row.attempts.map(decodeAttempt);
  const state = z.enum(MIGRATION_STATES).parse(row.state);
  const { version, clusterId, namespace, storeId, environmentId, serviceId } = row;
  return {
    id,
    environmentId,
    serviceId,
    clusterId,
    namespace,
    storeId,
    runbook: runbookOf(row.runbook),
    runbookVersion: row.runbookVersion,
    planHash: row.planHash,
    targets: targets.parse(row.targets),
    situation: { state, version, steps, openAttempt: openOf(attempts) },
    steps,
    attempts,
    startedAt: row.startedAt,
    startedBy: row.startedByName,
    watchSince: row.watchSince,
    watchUntil: row.watchUntil,
    lastCheckedAt: row.lastCheckedAt,
    nextCheckAt: row.nextCheckAt,
  };
}

/** The late-bound values that finished steps have settled. */
export function valuesOf(steps: readonly StoredStep[]): Values {
  return Object.assign(
    {},
    ...steps.filter((step) => step.state === "done").map((step) => step.fixed),
  ) as Values;
}

/** Late-bound values as JSON. */
export function encodeValues(values: Values): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value.toString()]],
    ),
  );
}

function decodeStep(row: {
  stepId: string;
  state: string;
  fixed: unknown;
  findings: unknown;
  readings: unknown;
  finishedAt: Date | null;
  finishedBy: string | null;
  skippedFor: string | null;
}): StoredStep {
  return {
    id: row.stepId,
    state: stepState.parse(row.state),
    fixed: withoutUndefined(fixedValues.parse(row.fixed)),
    findings: storedFindings.parse(row.findings),
    readings: readings.parse(row.readings),
    finishedAt: row.finishedAt,
    finishedBy: row.finishedBy,
    skippedFor: row.skippedFor,
  };
}

function withoutUndefined(values: { readonly [name in keyof Values]?: bigint | undefined }): Values {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Values;
}

function decodeAttempt(row: {
  id: string;
  stepId: string;
  number: number;
  direction: string;
  state: string;
  operation: unknown;
  expected: unknown;
  manual: boolean;
  actorName: string;
  intendedAt: Date;
  endedAt: Date | null;
  outcome: string | null;
}): StoredAttempt {
  return {
    id: row.id,
    stepId: row.stepId,
    number: row.number,
    direction: z.enum(["do", "undo"]).parse(row.direction),
    state: attemptState.parse(row.state),
    operation: resolvedOperation.parse(row.operation),
    expected: row.expected === null ? null : boundState.parse(row.expected),
    manual: row.manual,
    by: row.actorName,
    intendedAt: row.intendedAt,
    endedAt: row.endedAt,
    outcome: row.outcome,
  };
}

function openOf(attempts: readonly StoredAttempt[]): OpenAttempt | null {
  const open = attempts.filter((one) => one.state === "intended" || one.state === "uncertain");
  if (open.length > 1) throw new InvariantError("a migration has more than one open attempt");
  const [one] = open;
  if (!one) return null;
  const { id, stepId, direction, operation } = one;
  return { id, stepId, direction, operation, state: one.state === "intended" ? "intended" : "uncertain" };
}
