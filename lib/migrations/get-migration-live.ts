import { database } from "#lib/db/client.ts";
import { currentStep } from "#lib/engine/decide.ts";
import { CONDITION_LIMIT_MS, isSlow, observe } from "#lib/engine/observe.ts";
import { keptPastes, withPasted } from "#lib/engine/pasted.ts";
import { readingKey, type Reading, type ReadingRequest } from "#lib/engine/reading.ts";
import { databaseNow } from "#lib/engine/run-context.ts";
import { inventorySystems, type Systems } from "#lib/engine/systems.ts";
import { viewInput } from "#lib/migrations/get-migration.ts";
import { loadMigration, valuesOf } from "#lib/migrations/load-migration.ts";
import type { MigrationLive } from "#lib/migrations/schema.ts";
import { findingViews, readingViews } from "#lib/migrations/views/reading-view.ts";
import { attestationViews, whyNot } from "#lib/migrations/views/step-view.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead } from "#lib/people/authorise.ts";

/**
 * What moves while a person looks: the current step's conditions read again, judged, and nothing allocated. Readings that use up a
 * timestamp are left out and said so. @throws AppError `not-found`, `forbidden`
 */
export async function getMigrationLive(ctx: Context, id: string): Promise<MigrationLive> {
  return liveOn(inventorySystems, ctx, id);
}

/** The same over given systems. */
export async function liveOn(systems: Systems, ctx: Context, id: string): Promise<MigrationLive> {
  const migration = await loadMigration(database(), id);
  await authoriseRead(ctx, migration.environmentId);
  const { runbook, situation } = migration;
  const over = situation.state === "done" || situation.state === "abandoned";
  const step = over ? null : currentStep(runbook, migration.steps);
  const requests = step?.reads ?? runbook.watch.reads;
  const remembered = rememberedOf(id, requests);
  const read = await observe({
    targets: migration.targets,
    requests: requests.filter((one) => !remembered.some(({ key }) => key === readingKey(one))),
    values: valuesOf(migration.steps),
    systems,
    limitMs: CONDITION_LIMIT_MS,
    allocate: null,
  });
  remember(id, read);
  const observed = [...read, ...remembered];
  const readings = withPasted(observed, await keptPastes(database(), migration, await databaseNow()));
  const input = await viewInput(ctx, migration, readings);
  const { world } = input;
  const findings = step?.holds(world) ?? [];
  return {
    at: world.facts.now,
    version: situation.version,
    stepId: step?.id ?? null,
    findings: findingViews(findings, world.facts.attested),
    readings: readingViews(readings, migration.targets),
    attestations: step ? attestationViews(step, world, findings) : [],
    blockedBecause: step ? whyNot(input, step, findings) : null,
    proof: runbook.proof(world),
    stopProof: world.facts.stopProof,
    attemptState: situation.openAttempt?.state ?? null,
    approvals: [...input.approvals],
    starts: input.starts,
  };
}

/** A page asks again and again; what looks into every table of two stores is not read each time. */
const REMEMBERED_MS = 60_000;
const REMEMBERED_MAX = 50;
const lately = new Map<string, { readonly at: number; readonly readings: readonly Reading[] }>();

function rememberedOf(id: string, requests: readonly ReadingRequest[]): readonly Reading[] {
  const known = lately.get(id);
  if (known === undefined || performance.now() - known.at > REMEMBERED_MS) return [];
  const wanted = new Set(requests.filter(isSlow).map(readingKey));
  return known.readings.filter(({ key }) => wanted.has(key));
}

/** What could not be read is asked for again at the next look. */
function remember(id: string, read: readonly Reading[]): void {
  const slow = read.filter(({ request, value }) => isSlow(request) && value !== null);
  if (slow.length === 0) return;
  const [oldest] = lately.keys();
  if (lately.size >= REMEMBERED_MAX && oldest !== undefined) lately.delete(oldest);
  lately.set(id, { at: performance.now(), readings: slow });
}
