import { z } from "zod";

import { database } from "#lib/db/client.ts";
import { currentStep } from "#lib/engine/decide.ts";
import { environmentRefOf } from "#lib/inventory/environment-rows.ts";
import { stepState } from "#lib/migrations/load-migration.ts";
import { MIGRATION_STATES, type MigrationSummary } from "#lib/migrations/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { readableEnvironments } from "#lib/people/authorise.ts";
import { runbookOf } from "#lib/runbooks/registry.ts";

/** What a list of migrations shows. */
export const migrationFilter = z.strictObject({
  state: z.enum(MIGRATION_STATES).optional(),
  serviceId: z.uuid().optional(),
  environmentId: z.uuid().optional(),
});
export type MigrationFilter = z.infer<typeof migrationFilter>;

const MAX = 500;

/** The migrations that the actor may read, newest first, at most 500. */
export async function listMigrations(
  ctx: Context,
  filter: MigrationFilter = {},
): Promise<readonly MigrationSummary[]> {
  const readable = await readableEnvironments(ctx);
  const rows = await database().migration.findMany({
    where: {
      ...(filter.state === undefined ? {} : { state: filter.state }),
      ...(filter.serviceId === undefined ? {} : { serviceId: filter.serviceId }),
      AND: [
        readable === "all" ? {} : { environmentId: { in: [...readable] } },
        filter.environmentId === undefined ? {} : { environmentId: filter.environmentId },
      ],
    },
    include: {
      steps: { orderBy: { position: "asc" }, select: { stepId: true, state: true } },
      attempts: {
        where: { state: { in: ["intended", "uncertain"] } },
        select: { stepId: true, state: true },
      },
      incidents: { where: { closedAt: null }, select: { id: true } },
    },
    orderBy: { startedAt: "desc" },
    take: MAX,
  });
  const [services, environments] = await Promise.all([
    database().service.findMany({
      where: { id: { in: rows.map((row) => row.serviceId) } },
      select: { id: true, name: true },
    }),
    database().environment.findMany({ where: { id: { in: rows.map((row) => row.environmentId) } } }),
  ]);
  return rows.flatMap((row) => {
    const service = services.find((one) => one.id === row.serviceId);
    const environment = environments.find((one) => one.id === row.environmentId);
    if (!service || !environment) return [];
    const state = z.enum(MIGRATION_STATES).parse(row.state);
    return [
      {
        id: row.id,
        runbookTitle: runbookOf(row.runbook).title,
        service,
        environment: environmentRefOf(environment),
        state,
        step: state === "done" || state === "abandoned" ? null : stepOf(row),
        openIncidents: row.incidents.length,
        startedAt: row.startedAt.toISOString(),
        startedBy: row.startedByName,
      },
    ];
  });
}

function stepOf(row: {
  readonly runbook: string;
  readonly steps: readonly { readonly stepId: string; readonly state: string }[];
  readonly attempts: readonly { readonly stepId: string; readonly state: string }[];
}): MigrationSummary["step"] {
  const runbook = runbookOf(row.runbook);
  const records = row.steps.map(({ stepId, state }) => ({ id: stepId, state: stepState.parse(state) }));
  const step = currentStep(runbook, records);
  if (step === null) return null;
  const open = row.attempts.find((one) => one.stepId === step.id);
  return {
    number: runbook.steps.indexOf(step) + 1,
    of: runbook.steps.length,
    title: step.title,
    state: open === undefined ? "current" : open.state === "intended" ? "running" : "uncertain",
  };
}
