import { inventorySystems, type Systems } from "#lib/engine/systems.ts";
import { database } from "#lib/db/client.ts";
import { findService } from "#lib/inventory/service-rows.ts";
import { assessService } from "#lib/migrations/assess-service.ts";
import { findingViews, readingView } from "#lib/migrations/views/reading-view.ts";
import type { CreateMigrationInput, MigrationPreview } from "#lib/migrations/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead } from "#lib/people/authorise.ts";

/**
 * What the wizard shows before anything is created: findings, plan and advice, read live. Allocates nothing and writes nothing.
 * @throws AppError `forbidden`, `not-found`, `conflict`, `invalid`
 */
export async function previewMigration(ctx: Context, input: CreateMigrationInput): Promise<MigrationPreview> {
  return previewOn(inventorySystems, ctx, input);
}

/** The same over given systems. */
export async function previewOn(
  systems: Systems,
  ctx: Context,
  input: CreateMigrationInput,
): Promise<MigrationPreview> {
  const { environment } = await findService(database(), input.serviceId);
  await authoriseRead(ctx, environment.id);
  const { runbook, service, world, findings, readings, planHash, blockedBecause } = await assessService(
    systems,
    input,
  );
  return {
    runbook: runbook.id,
    advice: [...runbook.advice(world, service.atlasdbVersion)],
    findings: findingViews(findings, new Map()),
    readings: readings.map(readingView),
    steps: runbook.steps.map((step, index) => ({
      id: step.id,
      number: index + 1,
      title: step.title,
      kind: step.kind,
      purpose: step.purpose,
      irreversible: step.irreversible,
    })),
    planHash,
    canCreate: blockedBecause === null,
    blockedBecause,
  };
}
