import { AppError, assertNever } from "#lib/errors.ts";
import type {
  SandboxCommand,
  SandboxConfiguration,
  SandboxOffer,
  SandboxStatus,
} from "#lib/rehearsal/schema.ts";
import { type Bench, type LabParts, benchOf, isActive, remember } from "#lib/sandbox/lab-bench.ts";
import { offerOf, statusOf } from "#lib/sandbox/lab-view.ts";
import { type LabTimelock, portOf } from "#lib/sandbox/lab-timelock.ts";
import { serially } from "#lib/sandbox/serially.ts";
import type { SandboxState } from "#lib/sandbox/sandbox-state.ts";

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

/** Builds the lab around prepared stores and a running TimeLock; services are started by `resume`. */
export function createLab(parts: LabParts): Lab {
  let services = labServices(parts, parts.state);
  let seeded = parts.state.seeded;
  // A store that is not here this time keeps what is remembered of its service.
  let absent = parts.state.services;
  const inTurn = serially();
  const reset = async () => {
    await services.stopAll();
    await parts.timelock.reset();
    seeded = [];
    for (const store of parts.stores) {
      await store.recreate();
      seeded = [...seeded, store.definition.id];
    }
    absent = {};
    services = labServices(parts, { ...parts.state, services: {} });
    services.resume();
  };
  return {
    status: async () => statusOf(parts, services.all()),
    run: async (command) =>
      inTurn(async () =>
        command.kind === "reset" ? reset() : runCommand(services, parts.timelock, command),
      ),
    offer: () => offerOf(parts),
    state: () => ({
      ...parts.state,
      seeded,
      ports: parts.timelock.urls().map(portOf),
      services: {
        ...absent,
        ...Object.fromEntries(services.all().map((bench) => [bench.definition.id, remember(bench)])),
      },
    }),
    resume: () => services.resume(),
    close: async () => {
      await services.stopAll();
      await parts.timelock.close();
    },
  };
}

interface LabServices {
  all(): readonly Bench[];
  start(id: string, configuration: SandboxConfiguration): void;
  stop(id: string): Promise<void>;
  stopAll(): Promise<void>;
  resume(): void;
}

function labServices(parts: LabParts, state: SandboxState): LabServices {
  const benches = new Map(parts.stores.map((store) => [store.definition.id, benchOf(parts, store, state)]));
  const find = (id: string) => {
    const bench = benches.get(id);
    if (bench === undefined) throw new AppError("not-found", `The sandbox has no service ${id}.`);
    return bench;
  };
  const start = (id: string, configuration: SandboxConfiguration) => {
    const bench = find(id);
    if (configuration === "moved" && bench.spare === undefined)
      throw new AppError("conflict", `${bench.definition.node} has no second store to be started on.`);
    if (isActive(bench) && bench.configuration !== configuration) {
      throw new AppError(
        "conflict",
        `${bench.definition.node} is running with another configuration. Stop it first, then start it with this one.`,
      );
    }
    benches.set(id, { ...bench, configuration, running: true });
    void bench.service.start(configuration);
  };
  const all = () => Array.from(benches.values());
  return {
    all,
    start,
    stop: async (id) => {
      const bench = find(id);
      benches.set(id, { ...bench, running: false });
      await bench.service.stop();
    },
    stopAll: async () => {
      await Promise.all(all().map(async (bench) => bench.service.stop()));
    },
    resume: () => {
      for (const bench of all()) if (bench.running) start(bench.definition.id, bench.configuration);
    },
  };
}

async function runCommand(
  services: LabServices,
  timelock: LabTimelock,
  command: Exclude<SandboxCommand, { kind: "reset" }>,
): Promise<void> {
  switch (command.kind) {
    case "start-service":
      return services.start(command.service, command.configuration);
    case "stop-service":
      return services.stop(command.service);
    case "start-node":
      return timelock.startNode(command.node);
    case "stop-node":
      return timelock.stopNode(command.node);
    case "set-fault":
      return timelock.setFault(command.fault);
    case "clear-fault":
      return timelock.clearFault(command.fault);
    default:
      return assertNever(command);
  }
}
