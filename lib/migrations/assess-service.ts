import { database } from "#lib/db/client.ts";
import type { Finding } from "#lib/engine/finding.ts";
import { CONDITION_LIMIT_MS, observe } from "#lib/engine/observe.ts";
import { makePlan, planHash, type Plan } from "#lib/engine/plan.ts";
import { collect, find, type Reading, type Role } from "#lib/engine/reading.ts";
import type { Places, Runbook, StoreTarget, Targets, World } from "#lib/engine/step.ts";
import type { Systems } from "#lib/engine/systems.ts";
import { AdapterError, AppError } from "#lib/errors.ts";
import { findCluster } from "#lib/inventory/cluster-rows.ts";
import { identityDifference } from "#lib/inventory/identity-words.ts";
import type { ClusterDto, ServiceDto, StoreDto } from "#lib/inventory/schema.ts";
import { findService } from "#lib/inventory/service-rows.ts";
import { servicesOnStore } from "#lib/inventory/shared-systems.ts";
import { storeDatabase } from "#lib/inventory/store-address.ts";
import { findStore } from "#lib/inventory/store-rows.ts";
import { participantsOf } from "#lib/migrations/build-world.ts";
import type { CreateMigrationInput } from "#lib/migrations/schema.ts";
import { runbookOf } from "#lib/runbooks/registry.ts";
import { namespaceNameProblem } from "#lib/timelock/namespace-name.ts";
import type { Assessment as MoveAssessment } from "#lib/mover/assess-report.ts";
import type { StoreIdentity } from "#lib/stores/schema.ts";
import { startedThereBecause } from "#lib/migrations/earlier-copies.ts";
import { judgeStopProof } from "#lib/runbooks/findings/stop-proof.ts";

/** A service looked at as the first step of a runbook would, before any migration exists. */
export type Assessment = {
  readonly runbook: Runbook;
  readonly service: ServiceDto;
  readonly store: StoreDto;
  /** Where the store is moved to; null for a runbook that moves none. */
  readonly destination: StoreDto | null;
  /** The one that was chosen; null where none was asked for. */
  readonly cluster: ClusterDto | null;
  readonly targets: Targets;
  readonly plan: Plan;
  readonly planHash: string;
  readonly world: World;
  readonly findings: readonly Finding[];
  readonly readings: readonly Reading[];
  /** Why no migration can be opened on this; null when one can. */
  readonly blockedBecause: string | null;
};

/**
 * Reads everything that the first step reads, allocates nothing, and resolves the plan. What cannot be read is a finding.
 * @throws AppError `not-found`, `conflict` (archived, other environment), `invalid` (namespace)
 */
export async function assessService(systems: Systems, input: CreateMigrationInput): Promise<Assessment> {
  const runbook = runbookOf(input.runbook);
  const { service, store, cluster, destination } = await partsOf(input);
  const places = placesOf(runbook, service, input, destination);
  const identity = await readIdentity(systems, store);
  const there = destination === null ? null : await readIdentity(systems, destination);
  const opened = await targetsOf(systems, places, {
    service,
    store: { row: store, identity: identity.known },
    other: destination === null ? null : { row: destination, identity: there?.known ?? null },
  });
  const first = runbook.steps[0];
  if (!first) throw new AppError("invalid", "This runbook has no steps.");
  const readings = await observe({
    targets: opened,
    requests: first.reads,
    values: {},
    systems,
    limitMs: CONDITION_LIMIT_MS,
    allocate: null,
  });
  const targets = withMovePlan(opened, readings);
  const world = worldOf(targets, service, readings);
  const findings = first.holds(world);
  const plan = makePlan(runbook, targets);
  return {
    runbook,
    service,
    store,
    destination,
    cluster,
    targets,
    plan,
    planHash: await planHash(plan),
    world,
    findings,
    readings,
    blockedBecause:
      identity.because ??
      there?.because ??
      (await sharedBecause(service, store, identity.known)) ??
      (destination === null ? null : await sharedBecause(service, destination, there?.known ?? null)) ??
      (await busyBecause(targets)) ??
      (await startedThereBecause(targets, readings)) ??
      refusalOf(findings),
  };
}

function withMovePlan(targets: Targets, readings: readonly Reading[]): Targets {
  const found = find(collect(readings), "move.assessment", "destination");
  return found.known ? withPlanOf(targets, found.value.assessment) : targets;
}

/** What becomes of each table is pinned with the targets: it is part of the plan, and the setup refuses when it has changed. */
export function withPlanOf(
  targets: Targets,
  { tables, dropped }: Pick<MoveAssessment, "tables" | "dropped">,
): Targets {
  const planned = tables.map(({ name, fate, reason, replaces }) => ({ name, fate, reason, replaces }));
  return { ...targets, move: { tables: planned, dropped } };
}

async function partsOf(input: CreateMigrationInput): Promise<{
  service: ServiceDto;
  store: StoreDto;
  cluster: ClusterDto | null;
  destination: StoreDto | null;
}> {
  const problem = input.namespace === undefined ? null : namespaceNameProblem(input.namespace);
  if (problem !== null) {
    const words = `“${input.namespace}” cannot be a namespace: ${problem}.`;
    throw new AppError("invalid", words, { fields: { namespace: words } });
  }
  const service = await findService(database(), input.serviceId);
  const store = await findStore(database(), service.store.id);
  const cluster = input.clusterId === undefined ? null : await findCluster(database(), input.clusterId);
  const { destinationStoreId } = input;
  const destination =
    destinationStoreId === undefined ? null : await findStore(database(), destinationStoreId);
  const archived = [service, store, cluster, destination].find((one) => (one?.archivedAt ?? null) !== null);
  if (archived) throw new AppError("conflict", `${archived.name} is archived. Restore it first.`);
  if (cluster !== null && cluster.environment.id !== service.environment.id) {
    const words = `The cluster ${cluster.name} belongs to another environment than ${service.name}.`;
    throw new AppError("conflict", words, { fields: { clusterId: words } });
  }
  if (destination !== null && destination.environment.id !== service.environment.id) {
    const words = `The store ${destination.name} belongs to another environment than ${service.name}.`;
    throw new AppError("conflict", words, { fields: { destinationStoreId: words } });
  }
  return { service, store, cluster, destination };
}

/** @throws AppError `invalid` with what to choose otherwise, `conflict` where the runbook is not for this service */
function placesOf(
  runbook: Runbook,
  service: ServiceDto,
  input: CreateMigrationInput,
  destination: StoreDto | null,
): Places {
  const { timestampSource, cluster, namespace } = service;
  const { clusterId, namespace: chosen } = input;
  const places = runbook.places({
    service: service.name,
    storeKind: service.store.kind,
    recorded: { source: timestampSource, clusterId: cluster?.id ?? null, namespace },
    chosen: clusterId === undefined || chosen === undefined ? null : { clusterId, namespace: chosen },
    destination:
      destination === null
        ? null
        : {
            storeId: destination.id,
            isOwn: destination.id === service.store.id,
            kind: destination.connection.kind,
            timestamps: input.destinationTimestamps ?? timestampSource,
          },
  });
  if (places.fits) return places;
  const { because, field } = places;
  if (field === null) throw new AppError("conflict", because);
  throw new AppError("invalid", because, { fields: { [field]: because } });
}

/** Which store answers now; it must be the one that the inventory has pinned. */
async function readIdentity(
  systems: Systems,
  store: StoreDto,
): Promise<{ readonly known: StoreIdentity | null; readonly because: string | null }> {
  if (store.connection.kind === "oracle") {
    const because = `What ${store.name} is has not been pinned. Its page has the command whose output pins it.`;
    return { known: store.identity, because: store.identity === null ? because : null };
  }
  try {
    const { identity } = await (await systems.openStore(store.id, "short")).readBound();
    const difference = store.identity === null ? null : identityDifference(store.identity, identity);
    if (difference === null) return { known: identity, because: null };
    return {
      known: store.identity,
      because: `Something else than the store ${store.name} answers at its address: ${difference}. Nothing may be changed there.`,
    };
  } catch (error) {
    if (error instanceof AdapterError || error instanceof AppError) {
      return { known: store.identity, because: `The store ${store.name} cannot be read: ${error.message}` };
    }
    throw error;
  }
}

async function targetsOf(
  systems: Systems,
  places: Places,
  parts: {
    readonly service: ServiceDto;
    readonly store: SeenStore;
    readonly other: SeenStore | null;
  },
): Promise<Targets> {
  const { service, store, other } = parts;
  return {
    environmentId: service.environment.id,
    serviceId: service.id,
    serviceLabel: service.name,
    stores: [
      storeTargetOf(places.store, store),
      ...(other === null || places.otherStore === undefined ? [] : [storeTargetOf(places.otherStore, other)]),
    ],
    sequences: await Promise.all(
      places.sequences.map(async (one) => ({
        ...one,
        label: (await findCluster(database(), one.clusterId)).name,
        servers: await serversOf(systems, one.clusterId),
      })),
    ),
  };
}

type SeenStore = { readonly row: StoreDto; readonly identity: StoreIdentity | null };

function storeTargetOf(at: Role, { row, identity }: SeenStore): StoreTarget {
  const unread: StoreIdentity = {
    kind: row.connection.kind,
    system: null,
    database: storeDatabase(row.connection),
    schema: row.schema,
    table: "",
    tableId: null,
  };
  return {
    role: at,
    storeId: row.id,
    label: row.name,
    storeKind: row.connection.kind,
    identity: identity ?? unread,
  };
}

async function serversOf(systems: Systems, clusterId: string): Promise<{ node: string; id: string }[]> {
  try {
    const timelock = await systems.openTimelock(clusterId, "short");
    try {
      const answers = await timelock.serverIds();
      return answers.flatMap((one) => (one.outcome.ok ? [{ node: one.node, id: one.outcome.value }] : []));
    } finally {
      await timelock.close();
    }
  } catch (error) {
    if (error instanceof AdapterError || error instanceof AppError) return [];
    throw error;
  }
}

function worldOf(targets: Targets, service: ServiceDto, readings: readonly Reading[]): World {
  const now = new Date().toISOString();
  const participants = participantsOf(service.nodes, service.dependents);
  const attested = new Map<string, { by: string; at: string; note: string }>();
  return {
    targets,
    values: {},
    readings: collect(readings),
    facts: {
      now,
      recordedSource: service.timestampSource,
      atlasdbVersion: service.atlasdbVersion,
      nodes: service.nodes.map(({ name, kind }) => ({ name, kind })),
      quietWindowSeconds: 0,
      participants,
      attested,
      configurations: [],
      smokeTest: null,
      stopProof: judgeStopProof({
        samples: [],
        windowSeconds: 0,
        now,
        participants,
        attested: new Set(),
        store: null,
        sequence: null,
        probes: [],
        ownBound: null,
        watching: false,
      }),
      finished: new Map(),
      lastFresh: {},
      highestLearned: {},
      openIncidents: [],
      // What earlier copies left is judged apart, before a migration is opened.
      copiesThere: [],
      watch: { since: null, until: null, lastCheckedAt: null },
    },
  };
}

/** A bound that is invalidated is so for everybody on the store: all of them are one service, and stop together. */
async function sharedBecause(
  service: ServiceDto,
  store: StoreDto,
  identity: StoreIdentity | null,
): Promise<string | null> {
  const others = await servicesOnStore(database(), { storeId: store.id, identity }, service.id);
  if (others.length === 0) return null;
  const names = others.map(({ name, environment }) => `${name} (${environment})`).join(", ");
  return `The timestamp table of ${store.name} is also that of ${names}. What runs on one table is one service: list all its nodes there and archive the other, or correct its store.`;
}

async function busyBecause(targets: Targets): Promise<string | null> {
  const claim = await database().migrationClaim.findFirst({
    where: {
      releasedAt: null,
      migration: { state: "open" },
      OR: claimsOf(targets).map(({ kind, subject }) => ({ kind, subject })),
    },
  });
  if (claim === null) return null;
  return `Another migration is open on this ${claim.kind}. Finish or abandon it first.`;
}

/** What a migration has for itself while it is open. */
export function claimsOf(
  targets: Targets,
): readonly { readonly kind: "service" | "store" | "sequence"; readonly subject: string }[] {
  // A store may be moved under one and the same namespace.
  const sequences = new Set(targets.sequences.map(({ clusterId, namespace }) => `${clusterId}/${namespace}`));
  return [
    { kind: "service" as const, subject: targets.serviceId },
    ...targets.stores.map(({ storeId }) => ({ kind: "store" as const, subject: storeId })),
    ...[...sequences].map((subject) => ({ kind: "sequence" as const, subject })),
  ];
}

/** A migration is opened even on open questions, which its first step asks again; not on what no declaration can mend. */
function refusalOf(findings: readonly Finding[]): string | null {
  const hard = findings.find((one) => one.level === "blocking" && one.attest === null);
  return hard ? `${hard.title} ${hard.remedy ?? ""}`.trim() : null;
}
