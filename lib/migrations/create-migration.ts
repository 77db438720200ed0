import { randomUUID } from "node:crypto";

import { keepPolicy } from "#lib/approvals/load-policy.ts";
import { database } from "#lib/db/client.ts";
import { transact } from "#lib/db/transact.ts";
import { sqlStateOf } from "#lib/db/transact-errors.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { endMigration } from "#lib/engine/record.ts";
import { actorName, databaseNow } from "#lib/engine/run-context.ts";
import { inventorySystems, type Systems } from "#lib/engine/systems.ts";
import { AppError } from "#lib/errors.ts";
import { startsOf } from "#lib/freeze/load-starts.ts";
import { lockReferred } from "#lib/inventory/locked-rows.ts";
import { findService } from "#lib/inventory/service-rows.ts";
import { assessService, claimsOf, type Assessment } from "#lib/migrations/assess-service.ts";
import type { CreateMigrationInput } from "#lib/migrations/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead } from "#lib/people/authorise.ts";
import { requireRole } from "#lib/people/authorise.ts";

/**
 * Opens a migration: looks at everything once more, pins what the targets are, and takes service, store and sequence for it. Needs an
 * operator. The watch of an earlier migration of the same things ends with it. The approval policy of this moment is kept with it.
 * @throws AppError `forbidden`, `not-found`, `invalid`, `conflict` (blocked, frozen, or another migration is open on one of them)
 */
export async function createMigration(ctx: Context, input: CreateMigrationInput): Promise<{ id: string }> {
  return createOn(inventorySystems, ctx, input);
}

/** The same over given systems. */
export async function createOn(
  systems: Systems,
  ctx: Context,
  input: CreateMigrationInput,
): Promise<{ id: string }> {
  const id = randomUUID();
  const seen = await findService(database(), input.serviceId);
  const environmentId = seen.environment.id;
  await authoriseRead(ctx, environmentId);
  const assessment = await assessService(systems, input);
  return transact(
    ctx,
    {
      action: "create-migration",
      subject: { kind: "migration", id, name: `${seen.name}: ${assessment.runbook.title}` },
      environmentId,
      migrationId: id,
      planHash: assessment.planHash,
      input,
      allow: async (tx) => {
        await requireRole(tx, ctx, ["operator"], environmentId);
        await lockReferred(tx, "service", input.serviceId, "serviceId");
        await lockReferred(tx, "store", assessment.store.id, "serviceId");
        if (assessment.destination !== null)
          await lockReferred(tx, "store", assessment.destination.id, "destinationStoreId");
        for (const { clusterId } of assessment.targets.sequences)
          await lockReferred(tx, "cluster", clusterId, "clusterId");
        if (assessment.blockedBecause !== null) throw new AppError("conflict", assessment.blockedBecause);
        const starts = await startsOf(tx, environmentId, await databaseNow(tx));
        if (!starts.open)
          throw new AppError("conflict", `${starts.because ?? ""} Nothing was created.`.trim());
      },
    },
    async (tx) => {
      await endWatches(tx, input, assessment);
      await insert(tx, ctx, id, assessment);
      await keepPolicy(tx, id, environmentId);
      return { id };
    },
  );
}

async function insert(
  tx: Tx,
  ctx: Context,
  id: string,
  { targets, plan, planHash, runbook, store, service }: Assessment,
): Promise<void> {
  const sequence = targets.sequences.find(({ role }) => role === "destination") ?? targets.sequences[0];
  await tx.migration.create({
    data: {
      id,
      environmentId: service.environment.id,
      serviceId: service.id,
      storeId: store.id,
      clusterId: sequence?.clusterId ?? null,
      namespace: sequence?.namespace ?? null,
      runbook: runbook.id,
      runbookVersion: runbook.version,
      targets: jsonTargets(targets),
      plan: jsonOf(plan),
      planHash,
      startedById: ctx.actor.id,
      startedByName: actorName(ctx),
    },
  });
  await tx.migrationStep.createMany({
    data: runbook.steps.map((step, position) => ({
      migrationId: id,
      stepId: step.id,
      position,
      fixed: {},
      findings: [],
      readings: [],
    })),
  });
  try {
    await tx.migrationClaim.createMany({
      data: claimsOf(targets).map((claim) => ({ migrationId: id, ...claim })),
    });
  } catch (cause) {
    if (!isTaken(cause)) throw cause;
    throw new AppError(
      "conflict",
      "Another migration is open on this service, its store or this namespace. Nothing was created. Finish or abandon it first.",
      { cause },
    );
  }
}

function isTaken(error: unknown): boolean {
  return (
    sqlStateOf(error) === "23505" || (error instanceof Error && "code" in error && error.code === "P2002")
  );
}

/** A watch does not keep anybody from moving on: it ends where the next migration begins. */
async function endWatches(tx: Tx, input: CreateMigrationInput, { targets }: Assessment): Promise<void> {
  const watching = await tx.migration.findMany({
    where: {
      state: "watching",
      claims: { some: { releasedAt: null, OR: claimsOf(targets).map((claim) => ({ ...claim })) } },
    },
    select: { id: true },
  });
  await tx.migration.updateMany({ where: { serviceId: input.serviceId }, data: { nextCheckAt: null } });
  for (const { id } of watching)
    await endMigration(tx, id, "done", "Another migration began, which ended the watch.");
}

/** The targets as plain JSON: they hold no longs. */
function jsonTargets({ move, ...targets }: Assessment["targets"]): object {
  return move === undefined ? targets : { ...targets, move };
}

/** The plan as plain JSON: it holds no longs. */
function jsonOf(plan: Assessment["plan"]) {
  return { ...plan, targets: [...plan.targets], steps: [...plan.steps] } as unknown as object;
}
