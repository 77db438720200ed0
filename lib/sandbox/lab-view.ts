import {
  SANDBOX_CONFIGURATIONS,
  type SandboxOffer,
  type SandboxServiceView,
  type SandboxStatus,
} from "#lib/rehearsal/schema.ts";
import { configurationFiles } from "#lib/sandbox/configuration-files.ts";
import type { Bench, LabParts } from "#lib/sandbox/lab-bench.ts";
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
    stores: await Promise.all(benches.map(async (bench) => viewStore(bench.connection, bench.definition))),
    faults: [...parts.timelock.faults()],
  };
}

function viewOf(parts: LabParts, bench: Bench): SandboxServiceView {
  const { definition, configuration, connection } = bench;
  const condition = bench.service.condition();
  const totals = bench.issued.totals();
  return {
    id: definition.id,
    node: definition.node,
    purpose: definition.purpose,
    store: definition.id,
    namespace: definition.namespace,
    configuration,
    files: SANDBOX_CONFIGURATIONS.map((one) => ({
      configuration: one,
      ...configurationFiles(definition, one, connection, parts.timelock.urls()),
    })),
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
    stores: parts.stores.map(({ definition, connection }) => ({
      name: definition.database,
      host: connection.host,
      port: connection.port,
      database: connection.database,
      user: connection.user,
      password: connection.password,
    })),
    services: parts.stores.map(({ definition }) => ({
      name: definition.id,
      description: definition.purpose,
      store: definition.database,
      namespace: definition.namespace,
      source: definition.configuration === "embedded" ? "embedded" : "timelock",
      nodes: [definition.node],
    })),
  };
}
