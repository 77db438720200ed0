import { randomUUID } from "node:crypto";
import { z } from "zod";

import { closeBegunRequests } from "#lib/approvals/enforce.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { reopened } from "#lib/engine/decide.ts";
import type { Finding } from "#lib/engine/finding.ts";
import { epochOf, leaseScope, type Lease } from "#lib/engine/lease.ts";
import { resolvedOperation, type ResolvedOperation } from "#lib/engine/operation.ts";
import { encodeReading, type Reading, type Values } from "#lib/engine/reading.ts";
import { actorName } from "#lib/engine/run-context.ts";
import type { Step } from "#lib/engine/step.ts";
import { recordTimestampSource } from "#lib/inventory/record-timestamp-source.ts";
import { encodeValues, type StoredMigration } from "#lib/migrations/load-migration.ts";
import type { Context } from "#lib/people/actor.ts";
import { boundState, type BoundReading } from "#lib/stores/schema.ts";

const WATCH_HOURS = 24;

/** What a step is finished with. */
export type Finish = {
  readonly step: Step;
  readonly findings: readonly Finding[];
  readonly values: Values;
  readonly readings: readonly Reading[];
};

/** Writes readings into the migration's record, in order. */
export async function keepReadings(
  tx: Tx,
  migrationId: string,
  stepId: string,
  attemptId: string | null,
  purpose: "condition" | "read-back" | "pasted" | "watch",
  readings: readonly Reading[],
): Promise<void> {
  await tx.migrationReading.createMany({
    data: readings
      .filter((one) => !one.deferred)
      .map((one) => ({
        migrationId,
        stepId,
        attemptId,
        purpose,
        key: one.key,
        reading: encodeReading(one),
        readAt: new Date(one.readAt),
      })),
  });
}

/** The intent of an attempt, committed before anything is sent. Returns its identifier. */
export async function writeIntent(
  tx: Tx,
  ctx: Context,
  lease: Lease,
  migration: StoredMigration,
  intent: {
    readonly step: Step;
    readonly direction: "do" | "undo";
    readonly operation: ResolvedOperation;
    readonly expected: BoundReading | null;
    readonly conditions: readonly Finding[];
    readonly manual: boolean;
  },
): Promise<string> {
  const id = randomUUID();
  const before = await tx.migrationAttempt.count({
    where: { migrationId: migration.id, stepId: intent.step.id },
  });
  await tx.migrationAttempt.create({
    data: {
      id,
      migrationId: migration.id,
      stepId: intent.step.id,
      number: before + 1,
      direction: intent.direction,
      operation: z.encode(resolvedOperation, intent.operation),
      ...(intent.expected === null ? {} : { expected: z.encode(boundState, intent.expected.state) }),
      conditions: [...intent.conditions],
      manual: intent.manual,
      leaseEpoch: epochOf(lease, leaseScope.migration(migration.id)),
      actorKind: ctx.actor.kind,
      actorId: ctx.actor.id,
      actorName: actorName(ctx),
    },
  });
  await raiseVersion(tx, migration.id);
  return id;
}

/** Ends an attempt, or leaves it open as uncertain, with the words of its outcome. */
export async function writeOutcome(
  tx: Tx,
  attemptId: string,
  state: "done" | "failed" | "not-applied" | "uncertain",
  outcome: string,
): Promise<void> {
  await tx.migrationAttempt.update({
    where: { id: attemptId },
    data: { state, outcome, endedAt: state === "uncertain" ? null : new Date() },
  });
}

/** Finishes a step: its findings, values and readings, and what follows for the migration. */
export async function finishStep(
  tx: Tx,
  ctx: Context,
  migration: StoredMigration,
  finish: Finish,
): Promise<void> {
  const { step, findings, values, readings } = finish;
  await tx.migrationStep.update({
    where: { migrationId_stepId: { migrationId: migration.id, stepId: step.id } },
    data: {
      state: "done",
      fixed: encodeValues(values),
      findings: [...findings],
      readings: readings.map(encodeReading),
      finishedAt: new Date(),
      finishedBy: actorName(ctx),
    },
  });
  await raiseVersion(tx, migration.id);
  if (step.clients === "starting") await beginWatch(tx, migration);
  if (migration.runbook.steps.at(-1)?.id === step.id) await endMigration(tx, migration.id, "done", null);
}

/** The clients run: the service's record follows, and the watch begins. */
async function beginWatch(tx: Tx, migration: StoredMigration): Promise<void> {
  await recordTimestampSource(tx, migration.serviceId, migration.runbook.leadsTo(migration.targets));
  const { stores } = migration.targets;
  const moved = stores.length > 1 ? stores.find(({ role }) => role === "destination") : undefined;
  if (moved !== undefined)
    await tx.service.update({ where: { id: migration.serviceId }, data: { storeId: moved.storeId } });
  await tx.$executeRaw`
    UPDATE migration SET state = 'watching', watch_since = clock_timestamp(), next_check_at = clock_timestamp(),
      watch_until = clock_timestamp() + make_interval(hours => ${WATCH_HOURS}::int)
    WHERE id = ${migration.id}::uuid`;
}

/** Ends a migration and gives back what it had for itself. */
export async function endMigration(
  tx: Tx,
  id: string,
  state: "done" | "abandoned",
  because: string | null,
): Promise<void> {
  await tx.$executeRaw`
    UPDATE migration SET state = ${state}, ended_at = clock_timestamp(), ended_because = ${because}
    WHERE id = ${id}::uuid`;
  await tx.$executeRaw`
    UPDATE migration_claim SET released_at = clock_timestamp() WHERE migration_id = ${id}::uuid AND released_at IS NULL`;
}

/**
 * Opens a step and everything after it once more; what was begun under an approval there needs another one. What was declared there is
 * declared anew: clients that may have been started since are not stopped by what was said of them before.
 */
export async function reopenSteps(
  tx: Tx,
  ctx: Context,
  migration: StoredMigration,
  stepId: string,
): Promise<void> {
  const again = reopened(migration.runbook, stepId);
  await closeBegunRequests(tx, ctx, migration, again);
  await tx.migrationAttestation.updateMany({
    where: { migrationId: migration.id, stepId: { in: [...again] }, withdrawnAt: null },
    data: { withdrawnAt: new Date(), withdrawnBy: actorName(ctx) },
  });
  await tx.migrationStep.updateMany({
    where: { migrationId: migration.id, stepId: { in: [...again] } },
    data: {
      state: "pending",
      fixed: {},
      findings: [],
      readings: [],
      finishedAt: null,
      finishedBy: null,
      skippedFor: null,
    },
  });
  await raiseVersion(tx, migration.id);
}

/** Every change that a page must notice raises the migration's version. */
export async function raiseVersion(tx: Tx, id: string): Promise<void> {
  await tx.migration.update({ where: { id }, data: { version: { increment: 1 } } });
}
