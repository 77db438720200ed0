import { redactConfiguration } from "#lib/atlasdb/redact-configuration.ts";
import { database } from "#lib/db/client.ts";
import { decideStart } from "#lib/engine/decide.ts";
import { raiseVersion } from "#lib/engine/record.ts";
import { actorName, ok } from "#lib/engine/run-context.ts";
import { AppError } from "#lib/errors.ts";
import { findCluster } from "#lib/inventory/cluster-rows.ts";
import { findStore } from "#lib/inventory/store-rows.ts";
import { changeMigration } from "#lib/migrations/change-migration.ts";
import { loadMigration, type StoredMigration } from "#lib/migrations/load-migration.ts";
import type { FindingView, SubmitConfigurationInput } from "#lib/migrations/schema.ts";
import { checkFiles, wantedFor } from "#lib/migrations/views/configuration-view.ts";
import { findingViews } from "#lib/migrations/views/reading-view.ts";
import type { Finding } from "#lib/engine/finding.ts";
import type { Context } from "#lib/people/actor.ts";

/**
 * Checks the files of one node against AtlasDB's rules and this migration, and keeps them without their secrets. A later submission for
 * the same node replaces an earlier one. Returns the findings; a blocking one keeps the step from being confirmed.
 * @throws AppError `forbidden`, `not-found` (no such node), `stale`, `conflict` when the current step asks for none
 */
export async function submitConfiguration(
  ctx: Context,
  input: SubmitConfigurationInput,
): Promise<readonly FindingView[]> {
  const { migrationId, stepId, seenVersion, nodeId } = input;
  const findings = await checked(await loadMigration(database(), migrationId), input);
  return changeMigration(ctx, "submit-configuration", migrationId, input, async (tx, migration) => {
    const step = ok(decideStart(migration.runbook, migration.situation, stepId, seenVersion));
    if (!step.inputs.includes("configuration"))
      throw new AppError("conflict", `“${step.title}” asks for no configuration.`);
    const node = await tx.serviceNode.findFirst({
      where: { id: nodeId, serviceId: migration.serviceId },
      select: { id: true },
    });
    if (node === null) throw new AppError("not-found", "This service has no such node.");
    const row = {
      install: redactConfiguration(input.install),
      runtime: redactConfiguration(input.runtime),
      findings,
      checkedAt: new Date(),
      checkedBy: actorName(ctx),
    };
    await tx.migrationConfiguration.upsert({
      where: { migrationId_nodeId: { migrationId, nodeId } },
      create: { migrationId, nodeId, ...row },
      update: row,
    });
    await raiseVersion(tx, migrationId);
    return findingViews(findings, new Map());
  });
}

/** What the rules say of the files; nothing where the step explains no change. */
async function checked(
  { runbook, targets, storeId }: StoredMigration,
  input: SubmitConfigurationInput,
): Promise<readonly Finding[]> {
  const guide = runbook.steps.find(({ id }) => id === input.stepId)?.guide ?? null;
  if (guide === null) return [];
  const clusterIds = new Set(targets.sequences.map(({ clusterId }) => clusterId));
  const [clusters, store] = await Promise.all([
    Promise.all([...clusterIds].map(async (id) => findCluster(database(), id))),
    findStore(database(), targets.stores[1]?.storeId ?? storeId),
  ]);
  return checkFiles(guide, wantedFor(targets, clusters, store), input);
}
