import { planDifferences } from "#lib/approvals/plan-differences.ts";
import { unitApprovals } from "#lib/approvals/unit-status.ts";
import { AUDITED_ACTIONS } from "#lib/audit/actions.ts";
import { database } from "#lib/db/client.ts";
import { currentStep, decideAbandon } from "#lib/engine/decide.ts";
import { leaseScope } from "#lib/engine/lease.ts";
import { keptPastes, withPasted } from "#lib/engine/pasted.ts";
import { makePlan, planHash } from "#lib/engine/plan.ts";
import { collect, find, type Reading, type Readings, type Role, type ValueOf } from "#lib/engine/reading.ts";
import { actorName } from "#lib/engine/run-context.ts";
import type { BrokenGlassMark } from "#lib/engine/unit.ts";
import { startsOf } from "#lib/freeze/load-starts.ts";
import type { Runbook, Targets } from "#lib/engine/step.ts";
import { findCluster } from "#lib/inventory/cluster-rows.ts";
import { findService } from "#lib/inventory/service-rows.ts";
import { findStore } from "#lib/inventory/store-rows.ts";
import { buildWorld, clientsNow, loadFacts } from "#lib/migrations/build-world.ts";
import { loadMigration, type StoredMigration } from "#lib/migrations/load-migration.ts";
import type { MigrationView } from "#lib/migrations/schema.ts";
import { namespacesOf } from "#lib/migrations/views/configuration-view.ts";
import { stepView, type ViewInput } from "#lib/migrations/views/step-view.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead, hasRole } from "#lib/people/authorise.ts";
import { z } from "zod";

const TIMELINE_MAX = 200;

/** A migration as stored, for the server-rendered page; reads no outside system. @throws AppError `not-found`, `forbidden` */
export async function getMigration(ctx: Context, id: string): Promise<MigrationView> {
  const migration = await loadMigration(database(), id);
  await authoriseRead(ctx, migration.environmentId);
  const input = await viewInput(ctx, migration, []);
  const { runbook, situation } = migration;
  const { world, canOperate } = input;
  const current =
    situation.state === "done" || situation.state === "abandoned"
      ? null
      : currentStep(runbook, migration.steps);
  const service = await findService(database(), migration.serviceId);
  const abandon = decideAbandon(runbook, situation, world, null);
  return {
    id,
    runbook: runbook.id,
    runbookTitle: runbook.title,
    runbookVersion: migration.runbookVersion,
    state: situation.state,
    version: situation.version,
    planHash: migration.planHash,
    environment: service.environment,
    service: { id: service.id, name: service.name },
    targets: targetsOf(migration, input),
    startedAt: migration.startedAt.toISOString(),
    startedBy: migration.startedBy,
    lease: await leaseOf(ctx, id),
    currentStep: current?.id ?? null,
    steps: runbook.steps.map((step, index) => stepView(input, step, index, current?.id ?? null)),
    proof: runbook.proof(world),
    stopProof: world.facts.stopProof,
    incidents: await incidentsOf(id),
    timeline: await timelineOf(id, runbook),
    abandon: abandon.ok
      ? { possible: canOperate, because: null, leavesBehind: [...abandon.next.leavesBehind] }
      : { possible: false, because: abandon.reason, leavesBehind: [] },
    watch: watchOf(migration),
    approvals: [...input.approvals],
    brokenGlass: await brokenGlassOf(id),
    newPlan: await newPlanOf(migration),
    startsOver:
      runbook.startOver !== undefined &&
      situation.state === "open" &&
      migration.attempts.some(({ operation }) => "into" in operation),
    starts: input.starts,
    canOperate,
  };
}

/** What every view of a migration is made from; `just` are readings that were taken for it. */
export async function viewInput(
  ctx: Context,
  migration: StoredMigration,
  just: readonly Reading[],
): Promise<ViewInput> {
  const second = migration.targets.stores[1];
  const clusterIds = new Set(migration.targets.sequences.map(({ clusterId }) => clusterId));
  const [store, destination, clusters, facts, canOperate, approvals] = await Promise.all([
    findStore(database(), migration.storeId),
    second === undefined ? null : findStore(database(), second.storeId),
    Promise.all([...clusterIds].map(async (one) => findCluster(database(), one))),
    loadFacts(database(), migration),
    hasRole(ctx, ["operator"], migration.environmentId),
    unitApprovals(database(), migration),
  ]);
  const starts = await startsOf(database(), migration.environmentId, facts.now);
  const latest = facts.samples.at(-1)?.readings;
  const stored = migration.steps.flatMap((step) => step.readings);
  const pasted = await keptPastes(database(), migration, facts.now);
  const known = collect(
    [stored, [...(latest?.values() ?? [])], pasted, just].flat().filter((one) => one.value !== null),
  );
  const bound =
    second === undefined ? firstKnown(known, "store.bound") : knownAt(known, "store.bound", "source");
  const world = buildWorld(migration, facts, just);
  return {
    migration,
    world:
      just.length > 0 || latest === undefined
        ? world
        : { ...world, readings: collect(withPasted([...latest.values()], pasted)) },
    places: {
      targets: migration.targets,
      store,
      clusters,
      leaders: leadersOf(migration.targets, known),
      bound: bound?.bound ?? null,
      destination:
        destination === null
          ? null
          : {
              store: destination,
              bound: knownAt(known, "store.bound", "destination")?.bound ?? null,
            },
    },
    canOperate,
    approvals,
    starts,
  };
}

function knownAt<K extends "store.bound">(readings: Readings, kind: K, at: Role): ValueOf<K> | null {
  const found = find(readings, kind, at);
  return found.known ? found.value : null;
}

/** Who leads each sequence; where only one of two on the same cluster was read, it stands for both. */
function leadersOf({ sequences }: Targets, known: Readings): ViewInput["places"]["leaders"] {
  const seen = sequences.flatMap(({ role, clusterId }) => {
    const found = find(known, "timelock.health", role);
    const node = found.known ? found.value.leaderNode : null;
    return node === null ? [] : [{ role, clusterId, node }];
  });
  return Object.fromEntries(
    sequences.flatMap(({ role, clusterId }) => {
      const one =
        seen.find((other) => other.role === role) ?? seen.find((other) => other.clusterId === clusterId);
      return one === undefined ? [] : [[role, one.node]];
    }),
  );
}

/** A reading of whichever place has one, where a migration has one store. */
function firstKnown<K extends "store.bound">(readings: Readings, kind: K): ValueOf<K> | null {
  for (const role of ["destination", "source"] as const) {
    const found = find(readings, kind, role);
    if (found.known) return found.value;
  }
  return null;
}

const verdict = z.enum(["justified", "objected"]).nullable();

async function brokenGlassOf(migrationId: string): Promise<BrokenGlassMark[]> {
  const rows = await database().approvalBreakGlass.findMany({
    where: { migrationId },
    include: { request: { select: { unit: true } } },
    orderBy: { brokenAt: "asc" },
  });
  return rows.map((row) => ({
    id: row.id,
    requestId: row.requestId,
    unit: row.request.unit,
    by: row.personName,
    at: row.brokenAt.toISOString(),
    reason: row.reason,
    verdict: verdict.parse(row.verdict),
  }));
}

/** The plan that the runbook makes of the same targets now, where it is another than the one that the migration opened with. */
async function newPlanOf({
  id,
  runbook,
  targets,
  ...migration
}: StoredMigration): Promise<MigrationView["newPlan"]> {
  const plan = makePlan(runbook, targets);
  const hash = await planHash(plan);
  if (hash === migration.planHash) return null;
  const row = await database().migration.findUniqueOrThrow({ where: { id }, select: { plan: true } });
  return { planHash: hash, differences: [...planDifferences(row.plan, plan)] };
}

/** What a migration works on, for people. */
export function targetsOf(migration: StoredMigration, { places }: ViewInput): MigrationView["targets"] {
  const { identity } = migration.targets.stores[0] ?? { identity: null };
  return [
    ...(places.destination === null
      ? [{ label: "Store", value: places.store.name }]
      : [
          { label: "Source", value: places.store.name },
          { label: "Destination", value: places.destination.store.name },
        ]),
    {
      label: "Timestamp table",
      value:
        identity === null
          ? ""
          : [identity.database, identity.schema, identity.table].filter((part) => part !== null).join("."),
    },
    ...(migration.targets.sequences.length === 0
      ? []
      : [
          { label: "TimeLock cluster", value: places.clusters.map(({ name }) => name).join(", ") },
          ...namespaceTargets(migration),
        ]),
  ];
}

function namespaceTargets({ targets }: StoredMigration): MigrationView["targets"] {
  const { namespace, oldNamespace } = namespacesOf(targets);
  return oldNamespace === null || oldNamespace === namespace
    ? [{ label: "Namespace", value: namespace }]
    : [
        { label: "Old namespace", value: oldNamespace },
        { label: "New namespace", value: namespace },
      ];
}

async function leaseOf(ctx: Context, id: string): Promise<MigrationView["lease"]> {
  const rows = await database().$queryRaw<{ label: string; expiresAt: Date }[]>`
    SELECT label, expires_at AS "expiresAt" FROM lease
    WHERE scope = ${leaseScope.migration(id)} AND expires_at > clock_timestamp()`;
  const [row] = rows;
  if (!row) return null;
  return { holder: row.label, expiresAt: row.expiresAt.toISOString(), mine: row.label === actorName(ctx) };
}

const actionsOf = z.array(z.string());

async function incidentsOf(id: string): Promise<MigrationView["incidents"]> {
  const rows = await database().migrationIncident.findMany({
    where: { migrationId: id },
    orderBy: { openedAt: "desc" },
  });
  return rows.map((row) => ({
    id: row.id,
    title: row.title,
    detail: row.detail,
    actions: actionsOf.parse(row.actions),
    openedAt: row.openedAt.toISOString(),
    closedAt: row.closedAt?.toISOString() ?? null,
  }));
}

const told = z.object({ because: z.string().optional(), step: z.string().optional() });

async function timelineOf(id: string, runbook: Runbook): Promise<MigrationView["timeline"]> {
  const rows = await database().auditEntry.findMany({
    where: { migrationId: id },
    orderBy: { sequence: "desc" },
    take: TIMELINE_MAX,
  });
  return rows.map((row) => {
    const words = Object.entries(AUDITED_ACTIONS).find(([action]) => action === row.action)?.[1].words;
    const outcome = told.safeParse(row.outcome);
    const because = outcome.success ? (outcome.data.because ?? "") : "";
    const input = z.object({ stepId: z.string() }).safeParse(row.input);
    const stepId = input.success ? input.data.stepId : outcome.success ? outcome.data.step : undefined;
    const title = runbook.steps.find((one) => one.id === stepId)?.title;
    const step = title === undefined ? "" : ` (${title})`;
    return {
      sequence: row.sequence.toString(),
      at: row.at.toISOString(),
      by: row.actorKind === "worker" ? "worker" : row.actorName,
      text: `${words ?? row.action}${step}${because === "" ? "" : `: ${because}`}`,
      outcome: row.result,
    };
  });
}

function watchOf(migration: StoredMigration): MigrationView["watch"] {
  if (migration.watchSince === null || clientsNow(migration) !== "running") return null;
  return {
    until: migration.watchUntil?.toISOString() ?? null,
    lastCheckedAt: migration.lastCheckedAt?.toISOString() ?? null,
    nextCheckAt: migration.nextCheckAt?.toISOString() ?? null,
  };
}
