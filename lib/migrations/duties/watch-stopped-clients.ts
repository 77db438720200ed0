import { database } from "#lib/db/client.ts";
import { currentStep } from "#lib/engine/decide.ts";
import { CONDITION_LIMIT_MS, observe } from "#lib/engine/observe.ts";
import type { Engine } from "#lib/engine/run-context.ts";
import { buildWorld, clientsNow, loadFacts } from "#lib/migrations/build-world.ts";
import { loadMigration, valuesOf, type StoredMigration } from "#lib/migrations/load-migration.ts";
import { openIncident } from "#lib/migrations/open-incident.ts";
import { keepSample } from "#lib/migrations/stop-samples.ts";
import type { Context } from "#lib/people/actor.ts";

/**
 * One round of the stop proof: looks at every migration whose clients are meant to be stopped, keeps the look, and opens an incident
 * where something moved after the stop was confirmed. Uses up no timestamp, changes no system, needs no page to be open.
 */
export async function watchStoppedClients(engine: Engine, ctx: Context, signal: AbortSignal): Promise<void> {
  const rows = await database().migration.findMany({ where: { state: "open" }, select: { id: true } });
  for (const { id } of rows) {
    if (signal.aborted) return;
    const migration = await loadMigration(database(), id);
    const clients = clientsNow(migration);
    if (clients === "stopping" || clients === "stopped" || clients === "one-may-fail") {
      await lookAt(engine, ctx, migration, clients !== "stopping");
    }
  }
}

async function lookAt(
  engine: Engine,
  ctx: Context,
  migration: StoredMigration,
  confirmed: boolean,
): Promise<void> {
  const stop = migration.runbook.steps.find((step) => step.clients === "stopping");
  if (!stop) return;
  const readings = await observe({
    targets: migration.targets,
    requests: stop.reads,
    values: valuesOf(migration.steps),
    systems: engine.systems,
    limitMs: CONDITION_LIMIT_MS,
    allocate: null,
  });
  // What was begun meanwhile may have changed the step: the look is kept only while clients are still meant to be stopped.
  const now = await loadMigration(database(), migration.id);
  if (currentStep(now.runbook, now.steps)?.id !== currentStep(migration.runbook, migration.steps)?.id) return;
  await keepSample(migration.id, "stop", readings);
  if (!confirmed) return;
  const world = buildWorld(now, await loadFacts(database(), now), readings);
  for (const one of now.runbook.meanwhile?.(world) ?? []) {
    if (one.level !== "blocking") continue;
    await openIncident(ctx, now, {
      kind: one.id,
      title: one.title,
      detail: `${one.detail ?? ""} ${one.remedy ?? ""}`.trim(),
    });
  }
  const { stopProof } = world.facts;
  if (stopProof.level !== "moving") return;
  await openIncident(ctx, now, {
    kind: "clients-running",
    title: "Somebody uses this service while its clients are meant to be stopped.",
    detail: stopProof.sources
      .filter((one) => one.level === "moving")
      .map((one) => `${one.label}: ${one.detail}`)
      .join(" "),
  });
}
