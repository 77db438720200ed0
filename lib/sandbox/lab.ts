import { AppError, assertNever } from "#lib/errors.ts";
import type {
  SandboxCommand,
  SandboxConfiguration,
  SandboxOffer,
  SandboxServiceView,
  SandboxStatus,
} from "#lib/rehearsal/schema.ts";
import { configurationFiles } from "#lib/sandbox/configuration-files.ts";
import type { SandboxDefinition } from "#lib/sandbox/definitions.ts";
import { type IssuedLog, NOTHING_ISSUED, issuedLog } from "#lib/sandbox/issued-log.ts";
import { type LabTimelock, portOf } from "#lib/sandbox/lab-timelock.ts";
import type { SandboxState } from "#lib/sandbox/sandbox-state.ts";
import {
  type ServicePace,
  type SimulatedService,
  namespaceOf,
  simulatedService,
} from "#lib/sandbox/simulated-service.ts";
import type { StoreConnection } from "#lib/sandbox/store-connection.ts";
import { viewStore } from "#lib/sandbox/store-view.ts";
import { serviceTimelock } from "#lib/sandbox/timelock-client.ts";

/** The running sandbox: what it looks like, what can be done to it, and what must be remembered of it. */
export interface Lab {
  status(): Promise<SandboxStatus>;
  /** Does what a person asked for. Starts return at once; `status` shows how they went. @throws AppError when it cannot be done */
  run(command: SandboxCommand): Promise<void>;
  offer(): SandboxOffer;
  state(): SandboxState;
  /** Starts the services that were running when the sandbox was left. */
  resume(): void;
  /** Stops services and TimeLock, remembering which ran. */
  close(): Promise<void>;
}

/** One store with how to reach it. */
export type LabStore = { readonly definition: SandboxDefinition; readonly connection: StoreConnection };

/** What a lab is made of; `recreate` makes a store anew with its first data. */
export type LabParts = {
  readonly stores: readonly LabStore[];
  readonly timelock: LabTimelock;
  readonly state: SandboxState;
  readonly pace: ServicePace;
  readonly recreate: (store: LabStore) => Promise<void>;
};

type Bench = LabStore & {
  readonly service: SimulatedService;
  readonly issued: IssuedLog;
  readonly configuration: SandboxConfiguration;
  readonly running: boolean;
};

/** Builds the lab around prepared stores and a running TimeLock; services are started by `resume`. */
export function createLab(parts: LabParts): Lab {
  let benches = new Map(
    parts.stores.map((store) => [store.definition.id, benchOf(parts, store, parts.state)]),
  );
  let seeded = parts.state.seeded;
  const benchFor = (id: string) => {
    const bench = benches.get(id);
    if (bench === undefined) throw new AppError("not-found", `The sandbox has no service ${id}.`);
    return bench;
  };
  const start = (bench: Bench, configuration: SandboxConfiguration) => {
    benches.set(bench.definition.id, { ...bench, configuration, running: true });
    void bench.service.start(configuration);
  };
  const resume = () => {
    for (const bench of benches.values()) if (bench.running) start(bench, bench.configuration);
  };
  const stopServices = async () => {
    await Promise.all(Array.from(benches.values(), async (bench) => bench.service.stop()));
  };
  const reset = async () => {
    await stopServices();
    await parts.timelock.reset();
    seeded = [];
    for (const store of parts.stores) {
      await parts.recreate(store);
      seeded = [...seeded, store.definition.id];
    }
    const fresh: SandboxState = { ...parts.state, services: {} };
    benches = new Map(parts.stores.map((store) => [store.definition.id, benchOf(parts, store, fresh)]));
    resume();
  };
  return {
    status: async () => statusOf(parts, Array.from(benches.values())),
    run: async (command) => {
      switch (command.kind) {
        case "start-service":
          return startService(benchFor(command.service), command.configuration, start);
        case "stop-service": {
          const bench = benchFor(command.service);
          benches.set(command.service, { ...bench, running: false });
          return bench.service.stop();
        }
        case "start-node":
          return parts.timelock.startNode(command.node);
        case "stop-node":
          return parts.timelock.stopNode(command.node);
        case "set-fault":
          return parts.timelock.setFault(command.fault);
        case "clear-fault":
          return parts.timelock.clearFault(command.fault);
        case "reset":
          return reset();
        default:
          return assertNever(command);
      }
    },
    offer: () => offerOf(parts),
    state: () => ({
      ...parts.state,
      seeded,
      ports: parts.timelock.urls().map(portOf),
      services: Object.fromEntries(Array.from(benches, ([id, bench]) => [id, remember(bench)])),
    }),
    resume,
    close: async () => {
      await stopServices();
      await parts.timelock.close();
    },
  };
}

function startService(
  bench: Bench,
  configuration: SandboxConfiguration,
  start: (bench: Bench, configuration: SandboxConfiguration) => void,
): void {
  const active = ["starting", "running", "waiting"].includes(bench.service.condition().state);
  if (active && bench.configuration !== configuration) {
    throw new AppError(
      "conflict",
      `${bench.definition.node} is running with another configuration. Stop it first, then start it with this one.`,
    );
  }
  start(bench, configuration);
}

function benchOf(parts: LabParts, store: LabStore, state: SandboxState): Bench {
  const { definition, connection } = store;
  const left = state.services[definition.id];
  const issued = issuedLog(left?.issued ?? NOTHING_ISSUED, () => new Date());
  const service = simulatedService({
    node: definition.node,
    connection,
    tables: definition.tables,
    namespace: definition.namespace,
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

function remember(bench: Bench): SandboxState["services"][string] {
  const { count, highest, faultCount, faults } = bench.issued.totals();
  return {
    configuration: bench.configuration,
    running: bench.running,
    issued: { count, highest, faultCount, faults: [...faults] },
  };
}

async function statusOf(parts: LabParts, benches: readonly Bench[]): Promise<SandboxStatus> {
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
    ...configurationFiles(definition, configuration, connection, parts.timelock.urls()),
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

function offerOf(parts: LabParts): SandboxOffer {
  return {
    cluster: {
      name: "Sandbox TimeLock",
      basePath: "",
      token: "sandbox",
      nodes: parts.timelock.nodes().map(({ id, url }) => ({ name: id, url })),
    },
    stores: parts.stores.map(({ definition, connection }) => ({
      name: definition.id,
      host: connection.host,
      port: connection.port,
      database: connection.database,
      user: connection.user,
      password: connection.password,
    })),
    services: parts.stores.map(({ definition }) => ({
      name: definition.id,
      description: definition.purpose,
      store: definition.id,
      namespace: definition.namespace,
      source: definition.configuration === "embedded" ? "embedded" : "timelock",
      nodes: [definition.node],
    })),
  };
}
