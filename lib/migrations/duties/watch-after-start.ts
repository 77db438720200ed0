import { database } from "#lib/db/client.ts";
import { currentStep } from "#lib/engine/decide.ts";
import { runStep } from "#lib/engine/execute.ts";
import { underLease } from "#lib/engine/lease.ts";
import { CONDITION_LIMIT_MS, observe } from "#lib/engine/observe.ts";
import { actorName, databaseNow, scopesOf, type Engine } from "#lib/engine/run-context.ts";
import { AppError } from "#lib/errors.ts";
import { buildWorld, loadFacts } from "#lib/migrations/build-world.ts";
import { loadMigration, valuesOf, type StoredMigration } from "#lib/migrations/load-migration.ts";
import { openIncident } from "#lib/migrations/open-incident.ts";
import { keepSample } from "#lib/migrations/stop-samples.ts";
import type { Context } from "#lib/people/actor.ts";

/** How often the worker looks during the first day, and how long it goes on looking daily after that. */
const CLOSE_MS = 5 * 60_000;
const DAY_MS = 24 * 3_600_000;
const DAYS_AFTER = 7;

/**
 * One round of the watch: looks at every migration that is due, opens an incident for each thing that must not be, and finishes the
 * watch step when its day is over without any. Each look uses up one counted timestamp of a sequence that clients use anyway.
 */
export async function watchAfterStart(engine: Engine, ctx: Context, signal: AbortSignal): Promise<void> {
  const now = await databaseNow();
  const rows = await database().migration.findMany({
    where: { state: { in: ["watching", "done"] }, nextCheckAt: { lte: now } },
    select: { id: true },
  });
  for (const { id } of rows) {
    if (signal.aborted) return;
    try {
      await lookAt(engine, ctx, await loadMigration(database(), id), now);
    } catch (error) {
      // Somebody acts on the same things just now, or the watch cannot end yet: the next round looks again.
      if (!(error instanceof AppError)) throw error;
    }
  }
}

async function lookAt(engine: Engine, ctx: Context, migration: StoredMigration, now: Date): Promise<void> {
  const { runbook, targets, id } = migration;
  const readings = await underLease(scopesOf(migration), `${actorName(ctx)} (watch)`, async () =>
    observe({
      targets,
      requests: runbook.watch.reads,
      values: valuesOf(migration.steps),
      systems: engine.systems,
      limitMs: CONDITION_LIMIT_MS,
      allocate: { purpose: "watch" },
    }),
  );
  await keepSample(id, "watch", readings);
  const world = buildWorld(migration, await loadFacts(database(), migration), readings);
  for (const one of runbook.watch.judge(world)) {
    if (one.level !== "blocking") continue;
    await openIncident(ctx, migration, {
      kind: one.id,
      title: one.title,
      detail: `${one.detail ?? ""} ${one.remedy ?? ""}`.trim(),
    });
  }
  await database().migration.update({
    where: { id },
    data: { lastCheckedAt: now, nextCheckAt: nextCheck(migration, now) },
  });
  await finishWhenOver(engine, ctx, migration, now);
}

/** When to look again: every few minutes until the watch is over, daily for a week after it, then never. */
export function nextCheck(migration: Pick<StoredMigration, "watchUntil">, now: Date): Date | null {
  const until = migration.watchUntil;
  if (until === null) return null;
  if (now < until) return new Date(Math.min(now.getTime() + CLOSE_MS, until.getTime()));
  const next = now.getTime() + DAY_MS;
  return next <= until.getTime() + DAYS_AFTER * DAY_MS ? new Date(next) : null;
}

async function finishWhenOver(
  engine: Engine,
  ctx: Context,
  migration: StoredMigration,
  now: Date,
): Promise<void> {
  const step = currentStep(migration.runbook, migration.steps);
  const over = migration.watchUntil !== null && now >= migration.watchUntil;
  if (!over || migration.situation.state !== "watching" || step?.kind !== "gate" || !step.automatic) return;
  await runStep(engine, ctx, {
    migrationId: migration.id,
    stepId: step.id,
    seenVersion: null,
    typedPhrase: null,
    by: "worker",
    continues: false,
  });
}
