import { peopleOf } from "#lib/approvals/load-people.ts";
import { currentPolicy } from "#lib/approvals/load-policy.ts";
import { effective, notEligible, whoWords } from "#lib/approvals/policy.ts";
import { collect, find } from "#lib/engine/reading.ts";
import { databaseNow } from "#lib/engine/run-context.ts";
import type { Runbook } from "#lib/engine/step.ts";
import { inventorySystems, type Systems } from "#lib/engine/systems.ts";
import { unitsOf } from "#lib/engine/unit.ts";
import { startsOf } from "#lib/freeze/load-starts.ts";
import { database } from "#lib/db/client.ts";
import { findService } from "#lib/inventory/service-rows.ts";
import { assessService, type Assessment } from "#lib/migrations/assess-service.ts";
import {
  instructionsOf,
  namespacesOf,
  wantedConfigurationOf,
  writtenOut,
} from "#lib/migrations/views/configuration-view.ts";
import { findingViews, readingViews } from "#lib/migrations/views/reading-view.ts";
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
  const assessment = await assessService(systems, input);
  const { runbook, service, targets, world, findings, readings, planHash, blockedBecause } = assessment;
  const starts = await startsOf(database(), environment.id, await databaseNow());
  const blocked = blockedBecause ?? starts.because;
  return {
    runbook: runbook.id,
    advice: [...runbook.advice(world, service.atlasdbVersion)],
    instructions: instructionsBefore(assessment),
    findings: findingViews(findings, new Map()),
    readings: readingViews(readings, targets),
    steps: runbook.steps.map((step, index) => ({
      id: step.id,
      number: index + 1,
      title: step.title,
      kind: step.kind,
      purpose: step.purpose,
      irreversible: step.irreversible,
    })),
    planHash,
    tables: tablesOf(assessment),
    approvals: await approvalsOf(ctx, runbook, environment.id),
    starts,
    canCreate: blocked === null,
    blockedBecause: blocked,
  };
}

/** What becomes of each table, with sizes, where the assessment tells. */
function tablesOf({ readings }: Assessment): MigrationPreview["tables"] {
  const found = find(collect(readings), "move.assessment", "destination");
  if (!found.known) return null;
  const { tables, dropped, total, readAt } = found.value.assessment;
  return { tables, dropped, total, estimatedAt: readAt };
}

/** The block that is written out beside the first question, where the first step asks one. */
function instructionsBefore({
  runbook,
  targets,
  cluster,
  store,
}: Assessment): MigrationPreview["instructions"] {
  const guide = runbook.steps[0]?.guide ?? null;
  return guide === null || cluster === null
    ? []
    : writtenOut(instructionsOf(guide, wantedConfigurationOf(namespacesOf(targets), cluster, store)));
}

async function approvalsOf(
  ctx: Context,
  runbook: Runbook,
  environmentId: string,
): Promise<MigrationPreview["approvals"]> {
  const { policy } = await currentPolicy(database(), environmentId);
  const { levels } = effective(policy);
  const people = await peopleOf(database(), environmentId);
  const nameOf = (id: string) => people.find((one) => one.id === id)?.name ?? "somebody without a role here";
  return unitsOf(runbook).flatMap(({ id, title, danger }) => {
    const rule = levels[danger];
    if (rule.people === 0) return [];
    const eligible = people.filter(
      (one) => one.id !== ctx.actor.id && notEligible(one, rule.approvers) === null,
    );
    const who = whoWords(rule.approvers, nameOf);
    return [{ unit: id, title, danger, people: rule.people, who, eligible: eligible.length }];
  });
}
