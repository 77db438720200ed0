import type { TestDatabase } from "#lib/db/testing.ts";
import type { SandboxConfiguration } from "#lib/rehearsal/schema.ts";
import { type IssuedLog, NOTHING_ISSUED, issuedLog } from "#lib/sandbox/issued-log.ts";
import { type SimulatedService, simulatedService } from "#lib/sandbox/simulated-service.ts";
import { postgresServiceStore } from "#lib/sandbox/postgres-service-store.ts";
import { openPool, type StoreConnection } from "#lib/sandbox/store-connection.ts";
import type { ServiceTimelock } from "#lib/sandbox/timelock-client.ts";

/** The connection of a test database, as the sandbox describes one. */
export function connectionOf(database: TestDatabase): StoreConnection {
  const url = new URL(database.superuserUrl);
  return {
    kind: "postgres",
    host: url.hostname,
    port: Number(url.port),
    database: database.name,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
}

/** A TimeLock in memory with the semantics of facts A.5 and A.6, without HTTP: one bound per namespace. */
export function memoryTimelock(): ServiceTimelock & {
  readonly bounds: Map<string, bigint>;
  readonly calls: string[];
  restart(): void;
  fail(error: Error | null): void;
} {
  const bounds = new Map<string, bigint>();
  let counters = new Map<string, bigint>();
  const calls: string[] = [];
  let failure: Error | null = null;
  const touch = (namespace: string) => {
    if (failure !== null) throw failure;
    if (!bounds.has(namespace)) bounds.set(namespace, 0n);
    if (!counters.has(namespace)) counters.set(namespace, bounds.get(namespace) ?? 0n);
    return counters.get(namespace) ?? 0n;
  };
  const raise = (namespace: string, to: bigint) => {
    if (to > (bounds.get(namespace) ?? 0n)) bounds.set(namespace, to + 1_000_000n);
    counters.set(namespace, to);
  };
  return {
    bounds,
    calls,
    restart: () => {
      counters = new Map();
    },
    fail: (error) => {
      failure = error;
    },
    ping: async (namespace) => {
      touch(namespace);
      calls.push(`ping ${namespace}`);
    },
    fastForward: async (namespace, to) => {
      const current = touch(namespace);
      calls.push(`fast-forward ${namespace} ${to}`);
      if (to > current) raise(namespace, to);
    },
    fresh: async (namespace) => {
      const next = touch(namespace) + 1n;
      raise(namespace, next);
      return next;
    },
  };
}

/** A service on `database` that works as fast as it can, with the log of what it was given. */
export function testService(
  database: TestDatabase,
  timelock: ServiceTimelock,
  issued: IssuedLog = issuedLog(NOTHING_ISSUED, () => new Date()),
): { readonly service: SimulatedService; readonly issued: IssuedLog } {
  const service = simulatedService({
    node: "orders-1",
    openStore: async (node) => postgresServiceStore(openPool(connectionOf(database), node)),
    tables: ["shop.orders", "shop.customers"],
    namespace: "orders",
    namespaceIsKeyspace: false,
    timelock,
    issued,
    pace: { transactionIntervalMs: 1, punchIntervalMs: 5, startRetryMs: 20, startRetries: 3 },
    random: Math.random,
    now: () => new Date(),
  });
  return { service, issued };
}

/** Runs a service until it has committed `commits` transactions more, or fails. */
export async function runFor(
  service: SimulatedService,
  configuration: SandboxConfiguration,
  commits: number,
): Promise<void> {
  const target = service.condition().commits + commits;
  await service.start(configuration);
  for (let tries = 0; tries < 2000; tries += 1) {
    const { state, commits: done } = service.condition();
    if (done >= target || state === "failed" || state === "stopped") break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
