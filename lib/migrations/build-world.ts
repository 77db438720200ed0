import { z } from "zod";

import type { Reader } from "#lib/db/transact-handle.ts";
import { currentStep } from "#lib/engine/decide.ts";
import { recentProbes } from "#lib/engine/probe-ledger.ts";
import {
  collect,
  find,
  reading,
  role,
  ROLES,
  type Readings,
  type Reading,
  type Role,
} from "#lib/engine/reading.ts";
import {
  storedFindings,
  type CheckedConfiguration,
  type Clients,
  type Declaration,
  type Facts,
  type Finished,
  type FreshProbe,
  type World,
} from "#lib/engine/step.ts";
import { copiesInto } from "#lib/migrations/earlier-copies.ts";
import { valuesOf, type StoredMigration } from "#lib/migrations/load-migration.ts";
import { samplesKeptSeconds } from "#lib/migrations/stop-samples.ts";
import { judgeStopProof } from "#lib/runbooks/findings/stop-proof.ts";
import type { StopSample } from "#lib/runbooks/findings/stop-proof-series.ts";
import { longCodec } from "#lib/stores/schema.ts";

const readingList = z.array(reading);

/** Everything besides the migration's own rows that its judgement needs, as stored. */
export type StoredFacts = {
  readonly now: Date;
  readonly recordedSource: "embedded" | "timelock";
  readonly atlasdbVersion: string | null;
  readonly quietWindowSeconds: number;
  readonly participants: readonly Declaration[];
  readonly attested: Facts["attested"];
  readonly configurations: readonly CheckedConfiguration[];
  readonly smokeTest: Facts["smokeTest"];
  readonly samples: readonly StopSample[];
  readonly nodes: Facts["nodes"];
  readonly probes: Readonly<Partial<Record<Role, readonly FreshProbe[]>>>;
  readonly highestLearned: Facts["highestLearned"];
  readonly openIncidents: readonly string[];
  readonly copiesThere: readonly bigint[];
};

/** Reads what the console knows about a migration besides its own rows. */
export async function loadFacts(reader: Reader, migration: StoredMigration): Promise<StoredFacts> {
  const { id, serviceId } = migration;
  const service = await reader.service.findUniqueOrThrow({
    where: { id: serviceId },
    include: {
      nodes: { orderBy: { position: "asc" } },
      dependents: { orderBy: { position: "asc" } },
      environment: true,
    },
  });
  const [clock] = await reader.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`;
  const now = clock?.now ?? new Date();
  const attestations = await reader.migrationAttestation.findMany({
    where: { migrationId: id, withdrawnAt: null },
  });
  const files = await reader.migrationConfiguration.findMany({ where: { migrationId: id } });
  const test = await reader.migrationSmokeTest.findFirst({
    where: { migrationId: id },
    orderBy: { at: "desc" },
  });
  const incidents = await reader.migrationIncident.findMany({
    where: { migrationId: id, closedAt: null },
    orderBy: { openedAt: "asc" },
  });
  const since = new Date(now.getTime() - samplesKeptSeconds(service.environment.quietWindowSeconds) * 1000);
  return {
    now,
    recordedSource: service.timestampSource === "timelock" ? "timelock" : "embedded",
    atlasdbVersion: service.atlasdbVersion,
    quietWindowSeconds: service.environment.quietWindowSeconds,
    participants: participantsOf(service.nodes, service.dependents),
    attested: new Map(
      attestations.map((one) => [one.subject, { by: one.byName, at: one.at.toISOString(), note: one.note }]),
    ),
    configurations: service.nodes.map((node) => configurationOf(node, files)),
    smokeTest: test
      ? { tried: test.tried, passed: test.passed, by: test.byName, at: test.at.toISOString() }
      : null,
    samples: await loadSamples(reader, id, since),
    nodes: service.nodes.map(({ name, kind }) => ({ name, kind })),
    probes: await probesOf(reader, migration),
    highestLearned: await highestLearned(reader, id),
    openIncidents: incidents.map((one) => one.title),
    copiesThere: await copiesInto(reader, migration.targets, id),
  };
}

/** What can run as this service, and what must therefore be declared stopped. */
export function participantsOf(
  nodes: readonly {
    readonly id: string;
    readonly name: string;
    readonly address: string;
    readonly kind: string;
  }[],
  dependents: readonly { readonly id: string; readonly name: string; readonly note: string }[],
): readonly Declaration[] {
  return [
    ...nodes.map((node) => ({
      subject: `node:${node.id}`,
      label: `${node.name} is stopped and does not restart by itself.`,
      hint: [KIND_WORDS[node.kind] ?? node.kind, node.address].filter((word) => word !== "").join(", "),
    })),
    ...dependents.map((one) => ({
      subject: `dependent:${one.id}`,
      label: `${one.name}, which uses this service's timestamps, is stopped.`,
      hint: one.note === "" ? null : one.note,
    })),
    {
      subject: "others",
      label: "Nothing else takes timestamps from this service's store.",
      hint: "AtlasDB command lines, cron jobs, disaster-recovery nodes and remote dependents that are not listed.",
    },
  ];
}

const KIND_WORDS: Readonly<Record<string, string>> = {
  node: "node",
  "disaster-recovery": "disaster-recovery node",
  "command-line": "AtlasDB command line",
  cron: "cron job",
};

function configurationOf(
  node: { readonly id: string; readonly name: string },
  files: readonly { readonly nodeId: string; readonly checkedAt: Date; readonly findings: unknown }[],
): CheckedConfiguration {
  const file = files.find((one) => one.nodeId === node.id);
  return {
    nodeId: node.id,
    node: node.name,
    checkedAt: file?.checkedAt.toISOString() ?? null,
    findings: file ? storedFindings.parse(file.findings) : [],
  };
}

async function loadSamples(reader: Reader, migrationId: string, since: Date): Promise<readonly StopSample[]> {
  const rows = await reader.migrationSample.findMany({
    where: { migrationId, kind: "stop", at: { gte: since } },
    orderBy: { at: "asc" },
  });
  return rows.map((row) => ({
    at: row.at.toISOString(),
    readings: collect(readingList.parse(row.readings)),
  }));
}

async function probesOf(
  reader: Reader,
  { targets, startedAt }: StoredMigration,
): Promise<StoredFacts["probes"]> {
  const probes: Partial<Record<Role, readonly FreshProbe[]>> = {};
  for (const { role, clusterId, namespace } of targets.sequences) {
    probes[role] = await recentProbes(reader, { clusterId, namespace }, startedAt);
  }
  return probes;
}

const LEARNED = "timelock.learned@";

async function highestLearned(reader: Reader, migrationId: string): Promise<Facts["highestLearned"]> {
  const rows = await reader.$queryRaw<{ key: string; highest: string | null }[]>`
    SELECT key, max((reading->'value'->>'bound')::numeric)::text AS highest FROM migration_reading
    WHERE migration_id = ${migrationId}::uuid AND key LIKE 'timelock.learned@%' GROUP BY key`;
  const highest: Partial<Record<Role, bigint>> = {};
  for (const row of rows) {
    const at = role.parse(row.key.slice(LEARNED.length));
    if (row.highest !== null) highest[at] = longCodec.parse(row.highest);
  }
  return highest;
}

/** Whether clients are meant to be stopped, so that movement means harm. */
export function clientsNow(migration: StoredMigration): Clients {
  if (migration.situation.state !== "open") return "running";
  return currentStep(migration.runbook, migration.steps)?.clients ?? "running";
}

/** The world that pure functions judge: stored rows, and readings that were just taken, which also count as the newest look. */
export function buildWorld(migration: StoredMigration, stored: StoredFacts, just: readonly Reading[]): World {
  const readings = collect(just);
  const finished = new Map<string, Finished>(
    migration.steps.flatMap((step) =>
      step.state === "done"
        ? [
            [
              step.id,
              {
                at: step.finishedAt?.toISOString() ?? "",
                by: step.finishedBy ?? "",
                readings: collect(step.readings),
              },
            ] as const,
          ]
        : [],
    ),
  );
  return {
    targets: migration.targets,
    values: valuesOf(migration.steps),
    readings,
    facts: { ...factsOf(migration, stored, readings, just), finished },
  };
}

function factsOf(
  migration: StoredMigration,
  stored: StoredFacts,
  readings: Readings,
  just: readonly Reading[],
): Omit<Facts, "finished"> {
  const clients = clientsNow(migration);
  const { stores, sequences } = migration.targets;
  const store = stores[0]?.role ?? null;
  const left = sequences.find((one) => one.role === "source")?.role ?? null;
  // What was pasted is no look of ours: the declarations say that it stood still.
  const newest = just.find((one) => one.key === `store.bound@${store}` && one.provenance === "observed");
  const now = stored.now.toISOString();
  const samples =
    newest && newest.value ? [...stored.samples, { at: newest.readAt, readings }] : stored.samples;
  return {
    now,
    recordedSource: stored.recordedSource,
    atlasdbVersion: stored.atlasdbVersion,
    nodes: stored.nodes,
    quietWindowSeconds: stored.quietWindowSeconds,
    participants: stored.participants,
    attested: stored.attested,
    configurations: stored.configurations,
    smokeTest: stored.smokeTest,
    stopProof: judgeStopProof({
      samples: samples.filter((sample) => sample.readings.has(`store.sessions@${store}`)),
      windowSeconds: stored.quietWindowSeconds,
      now,
      participants: stored.participants,
      attested: new Set(stored.attested.keys()),
      store,
      sequence: left,
      probes: left === null ? [] : (stored.probes[left] ?? []),
      ownBound: valuesOf(migration.steps).N ?? null,
      watching: clients === "stopping" || clients === "stopped" || clients === "one-may-fail",
    }),
    lastFresh: lastFresh(stored.probes, readings),
    highestLearned: stored.highestLearned,
    openIncidents: stored.openIncidents,
    copiesThere: stored.copiesThere,
    watch: {
      since: migration.watchSince?.toISOString() ?? null,
      until: migration.watchUntil?.toISOString() ?? null,
      lastCheckedAt: migration.lastCheckedAt?.toISOString() ?? null,
    },
  };
}

/** Of each sequence, the newest probe before the one that stands in the readings. */
function lastFresh(probes: StoredFacts["probes"], readings: Readings): Facts["lastFresh"] {
  const last: Partial<Record<Role, FreshProbe>> = {};
  for (const at of ROLES) {
    const now = find(readings, "timelock.fresh", at);
    const before = now.known
      ? probes[at]?.find((probe) => probe.ownProbes < now.value.ownProbes)
      : probes[at]?.[0];
    if (before !== undefined) last[at] = before;
  }
  return last;
}
