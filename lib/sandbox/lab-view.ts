import {
  SANDBOX_CONFIGURATIONS,
  type SandboxOffer,
  type SandboxServiceView,
  type SandboxStatus,
  type SandboxStoreView,
} from "#lib/rehearsal/schema.ts";
import { configurationFiles } from "#lib/sandbox/configuration-files.ts";
import type { SandboxDefinition } from "#lib/sandbox/definitions.ts";
import { type Bench, connectionFor, type LabParts, type LabStore } from "#lib/sandbox/lab-bench.ts";
import { namespaceOf } from "#lib/sandbox/simulated-service.ts";
import { viewStore } from "#lib/sandbox/store-view.ts";

/** The whole sandbox as it is now. */
export async function statusOf(parts: LabParts, benches: readonly Bench[]): Promise<SandboxStatus> {
  const namespaces = benches.flatMap(({ definition, configuration }) => [
    ...new Set([definition.namespace, namespaceOf(definition.namespace, configuration)]),
  ]);
  return {
    at: new Date().toISOString(),
    transactionIntervalMs: parts.pace.transactionIntervalMs,
    punchIntervalMs: parts.pace.punchIntervalMs,
    quorum: parts.timelock.hasQuorum(),
    nodes: [...parts.timelock.nodes()],
    namespaces: namespaces.map((name) => ({
      name,
      bound: parts.timelock.boundOf(name)?.toString() ?? null,
    })),
    services: benches.map((bench) => viewOf(parts, bench)),
    stores: (await Promise.all(benches.map(viewStores))).flat(),
    faults: [...parts.timelock.faults()],
  };
}

/** The store of a service, and the empty one beside it where it has one. */
async function viewStores({ connection, spare, definition }: Bench): Promise<SandboxStoreView[]> {
  const own = viewStore(connection, definition);
  if (spare === undefined) return [await own];
  return Promise.all([
    own,
    viewStore(spare, { ...definition, id: `${definition.id}-new`, database: spare.database }),
  ]);
}

function viewOf(parts: LabParts, bench: Bench): SandboxServiceView {
  const { definition, configuration } = bench;
  const condition = bench.service.condition();
  const totals = bench.issued.totals();
  return {
    id: definition.id,
    node: definition.node,
    purpose: definition.purpose,
    store: definition.id,
    namespace: definition.namespace,
    configuration,
    files: SANDBOX_CONFIGURATIONS.filter((one) => one !== "moved" || bench.spare !== undefined).map(
      (one) => ({
        configuration: one,
        ...configurationFiles(definition, one, connectionFor(bench, one), parts.timelock.urls()),
      }),
    ),
    state: condition.state,
    detail: condition.detail,
    since: condition.since.toISOString(),
    issuedCount: totals.count,
    lastIssued: bench.issued.last()?.toString() ?? null,
    highestIssued: totals.highest?.toString() ?? null,
    commits: condition.commits,
    lastPunchAt: condition.lastPunchAt?.toISOString() ?? null,
    faultCount: totals.faultCount,
    faults: [...totals.faults],
  };
}

/** What to enter in the console's inventory. */
export function offerOf(parts: LabParts): SandboxOffer {
  return {
    cluster: {
      name: "Sandbox TimeLock",
      basePath: "",
      token: "sandbox",
      nodes: parts.timelock.nodes().map(({ id, url }) => ({ name: id, url })),
    },
    stores: parts.stores.flatMap((store) => [offeredStore(store), ...offeredSpare(store)]),
    services: parts.stores.map(({ definition }) => ({
      name: definition.id,
      description: definition.purpose,
      store: storeName(definition),
      namespace: definition.namespace,
      source: definition.configuration === "embedded" ? "embedded" : "timelock",
      nodes: [definition.node],
    })),
  };
}

/** The name of a store in the inventory. */
function storeName({ kind, database }: SandboxDefinition): string {
  return kind === "postgres" ? database : `sandbox_${database}`;
}

function offeredSpare({ spare }: LabStore): SandboxOffer["stores"] {
  if (spare === undefined) return [];
  const { kind, host, port, database, user, password } = spare;
  return [{ kind, name: database, host, port, database, user, password }];
}

function offeredStore({ definition, connection }: LabStore): SandboxOffer["stores"][number] {
  const name = storeName(definition);
  const { host, port, user, password } = connection;
  if (connection.kind === "postgres")
    return { kind: "postgres", name, host, port, database: connection.database, user, password };
  const { dataCentre, keyspace } = connection;
  return { kind: "cassandra", name, host, port, localDataCentre: dataCentre, keyspace, user, password };
}
