import { closeRequestsOf } from "#lib/approvals/close-request.ts";
import { planDifferences } from "#lib/approvals/plan-differences.ts";
import { database } from "#lib/db/client.ts";
import { decideQuiet } from "#lib/engine/decide.ts";
import { obstacles } from "#lib/engine/finding.ts";
import { CONDITION_LIMIT_MS, observe } from "#lib/engine/observe.ts";
import { makePlan, planHash, type Plan } from "#lib/engine/plan.ts";
import { raiseVersion, reopenSteps } from "#lib/engine/record.ts";
import { ok } from "#lib/engine/run-context.ts";
import type { Targets } from "#lib/engine/step.ts";
import { inventorySystems, type Systems } from "#lib/engine/systems.ts";
import { AdapterError, AppError } from "#lib/errors.ts";
import { identityDifference } from "#lib/inventory/identity-words.ts";
import { findStore } from "#lib/inventory/store-rows.ts";
import { withPlanOf } from "#lib/migrations/assess-service.ts";
import { buildWorld, loadFacts } from "#lib/migrations/build-world.ts";
import { changeMigration } from "#lib/migrations/change-migration.ts";
import { loadMigration, valuesOf, type StoredMigration } from "#lib/migrations/load-migration.ts";
import type { ReplanInput } from "#lib/migrations/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead } from "#lib/people/authorise.ts";
import type { StoreIdentity } from "#lib/stores/schema.ts";

/** What came of planning again. `changed` false: the plan is the same, and everything that was approved stays approved. */
export type Replanned = { readonly changed: boolean; readonly planHash: string };

/**
 * Resolves the plan of an open migration once more: with the runbook as the console has it now, and with the identity that its store shows
 * now. An identical plan changes nothing and keeps its approvals. Any difference voids them, and the migration begins again at its first
 * step under the new plan; nothing that was done is taken back. A move that has begun to change the destination starts over also on an equal
 * plan, with approvals, S, C and ledgers of its own; not once a client has started there.
 * @throws AppError `forbidden`, `not-found`, `stale`, `conflict` (an attempt is open, clients run, the store is not the pinned one),
 *   `unavailable` when the store cannot be read
 */
export async function replanMigration(ctx: Context, input: ReplanInput): Promise<Replanned> {
  return replanOn(inventorySystems, ctx, input);
}

/** The same over given systems. */
export async function replanOn(systems: Systems, ctx: Context, input: ReplanInput): Promise<Replanned> {
  const { migrationId, seenVersion } = input;
  const before = await loadMigration(database(), migrationId);
  await authoriseRead(ctx, before.environmentId);
  const targets = await targetsNow(systems, before);
  const startsOver = await mayStartOver(systems, before);
  return changeMigration(
    ctx,
    "replan-migration",
    migrationId,
    input,
    async (tx, migration) => {
      ok(decideQuiet(migration.situation, seenVersion));
      if (migration.situation.state !== "open") {
        throw new AppError("conflict", "Clients run on the new sequence. The plan stands.");
      }
      const { runbook } = migration;
      const plan = makePlan(runbook, targets);
      const hash = await planHash(plan);
      if (hash === migration.planHash && !startsOver)
        return { changed: false, planHash: hash, differences: [] };
      const { plan: old } = await tx.migration.findUniqueOrThrow({
        where: { id: migrationId },
        select: { plan: true },
      });
      await closeRequestsOf(tx, ctx, migrationId, "void");
      const [first] = runbook.steps;
      if (first !== undefined) await reopenSteps(tx, ctx, migration, first.id);
      await tx.migration.update({
        where: { id: migrationId },
        data: { targets, plan: jsonOf(plan), planHash: hash, runbookVersion: runbook.version },
      });
      await raiseVersion(tx, migrationId);
      return { changed: true, planHash: hash, differences: planDifferences(old, plan) };
    },
    ({ changed, planHash: hash, differences }) => ({
      planHash: hash,
      outcome: { changed, differences: differences.map((one) => ({ ...one })) },
    }),
  );
}

/**
 * Whether something is begun that is begun anew by planning again, and nothing speaks against that.
 * @throws AppError `conflict` with what does
 */
async function mayStartOver(systems: Systems, migration: StoredMigration): Promise<boolean> {
  const { runbook, steps, targets, situation } = migration;
  if (runbook.startOver === undefined || situation.state !== "open") return false;
  const acts = runbook.steps.filter(({ kind }) => kind === "act").map(({ id }) => id);
  if (!migration.attempts.some(({ stepId }) => acts.includes(stepId))) return false;
  const readings = await observe({
    targets,
    requests: runbook.startOver.reads,
    values: valuesOf(steps),
    systems,
    limitMs: CONDITION_LIMIT_MS,
    allocate: null,
  });
  const world = buildWorld(migration, await loadFacts(database(), migration), readings);
  const [obstacle] = obstacles(runbook.startOver.holds(world), new Set(), "all");
  if (obstacle === undefined) return true;
  throw new AppError("conflict", `${obstacle.title} ${obstacle.remedy ?? ""}`.trim());
}

/** The migration's targets with the identity that each store shows now, and what becomes of each table now where a store is moved. */
async function targetsNow(systems: Systems, migration: StoredMigration): Promise<Targets> {
  const targets = await pinnedNow(systems, migration);
  if (migration.runbook.startOver === undefined) return targets;
  const move = await systems.openMove(targets, "long");
  try {
    return withPlanOf(targets, await move.assess());
  } catch (cause) {
    if (!(cause instanceof AdapterError)) throw cause;
    throw new AppError(
      "unavailable",
      `The two stores cannot be assessed, so the plan stays as it is. ${cause.message}`,
      { cause },
    );
  } finally {
    await move.close();
  }
}

async function pinnedNow(systems: Systems, { targets }: StoredMigration): Promise<Targets> {
  const stores = [];
  for (const target of targets.stores) {
    const { identity: pinned } = await findStore(database(), target.storeId);
    const identity = await identityOf(systems, target.storeId);
    const difference = pinned === null ? null : identityDifference(pinned, identity);
    if (difference !== null) {
      throw new AppError(
        "conflict",
        `Something else than the pinned store answers at the address of ${target.label}: ${difference}. Nothing was changed. If that is meant, pin its identity again first.`,
      );
    }
    stores.push({ ...target, identity });
  }
  return { ...targets, stores };
}

async function identityOf(systems: Systems, storeId: string): Promise<StoreIdentity> {
  try {
    return (await (await systems.openStore(storeId, "short")).readBound()).identity;
  } catch (cause) {
    if (!(cause instanceof AdapterError)) throw cause;
    throw new AppError(
      "unavailable",
      `The store cannot be read, so the plan stays as it is. ${cause.message}`,
      { cause },
    );
  }
}

/** The plan as plain JSON: it holds no longs. */
function jsonOf(plan: Plan): object {
  return { ...plan };
}
