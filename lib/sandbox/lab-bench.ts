import type { SandboxConfiguration } from "#lib/rehearsal/schema.ts";
import type { SandboxDefinition } from "#lib/sandbox/definitions.ts";
import { type IssuedLog, NOTHING_ISSUED, issuedLog } from "#lib/sandbox/issued-log.ts";
import type { LabConnection } from "#lib/sandbox/lab-connection.ts";
import type { LabTimelock } from "#lib/sandbox/lab-timelock.ts";
import { openServiceStore } from "#lib/sandbox/open-service-store.ts";
import type { SandboxState } from "#lib/sandbox/sandbox-state.ts";
import { type ServicePace, type SimulatedService, simulatedService } from "#lib/sandbox/simulated-service.ts";
import type { StoreConnection } from "#lib/sandbox/store-connection.ts";
import { serviceTimelock } from "#lib/sandbox/timelock-client.ts";

/** One store with how to reach it; `recreate` makes it anew with its first data. */
export type LabStore = {
  readonly definition: SandboxDefinition;
  readonly connection: LabConnection;
  /** Of the second, empty store. */
  readonly spare?: StoreConnection;
  readonly recreate: () => Promise<void>;
};

/** How the store that a configuration names is reached. */
export function connectionFor(
  { connection, spare }: Pick<LabStore, "connection" | "spare">,
  configuration: SandboxConfiguration,
): LabConnection {
  return configuration === "moved" ? (spare ?? connection) : connection;
}

/** What a lab is made of. */
export type LabParts = {
  readonly stores: readonly LabStore[];
  readonly timelock: LabTimelock;
  readonly state: SandboxState;
  readonly pace: ServicePace;
};

/** A store with its service as it is set up now; `running`: a person wants it to run. */
export type Bench = LabStore & {
  readonly service: SimulatedService;
  readonly issued: IssuedLog;
  readonly configuration: SandboxConfiguration;
  readonly running: boolean;
};

/** A store's bench as `state` left it, or as after a reset. Nothing is started. */
export function benchOf(parts: LabParts, store: LabStore, state: SandboxState): Bench {
  const { definition } = store;
  const left = state.services[definition.id];
  const issued = issuedLog(left?.issued ?? NOTHING_ISSUED, () => new Date());
  const service = simulatedService({
    node: definition.node,
    openStore: async (node, configuration) => openServiceStore(connectionFor(store, configuration), node),
    tables: definition.tables,
    namespace: definition.namespace,
    namespaceIsKeyspace: definition.kind === "cassandra",
    timelock: serviceTimelock(() => parts.timelock.urls()),
    issued,
    pace: parts.pace,
    random: Math.random,
    now: () => new Date(),
  });
  return {
    ...store,
    service,
    issued,
    configuration: left?.configuration ?? definition.configuration,
    running: left?.running ?? definition.running,
  };
}

/** What must be remembered of a bench. */
export function remember(bench: Bench): SandboxState["services"][string] {
  const { count, highest, faultCount, faults } = bench.issued.totals();
  return {
    configuration: bench.configuration,
    running: bench.running,
    issued: { count, highest, faultCount, faults: [...faults] },
  };
}

/** Whether the service has been started and has not ended. */
export function isActive(bench: Bench): boolean {
  return ["starting", "running", "waiting"].includes(bench.service.condition().state);
}
