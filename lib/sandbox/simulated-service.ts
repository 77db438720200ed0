import { setTimeout } from "node:timers/promises";

import { AdapterError } from "#lib/errors.ts";
import type { SandboxConfiguration, SandboxServiceState } from "#lib/rehearsal/schema.ts";
import { migrateToTimelock } from "#lib/sandbox/automated-migrator.ts";
import { isInvalidatedStore } from "#lib/sandbox/embedded-bound.ts";
import type { IssuedLog } from "#lib/sandbox/issued-log.ts";
import type { ServiceStore } from "#lib/sandbox/service-store.ts";
import type { ServiceTimelock } from "#lib/sandbox/timelock-client.ts";
import { type TimestampSource, embeddedTimestamps } from "#lib/sandbox/timestamp-source.ts";
import { type Random, punch, runTransaction } from "#lib/sandbox/transactions.ts";

/** How fast a simulated service works. AtlasDB punches every 60 s and retries a missing column for two to three minutes. */
export type ServicePace = {
  readonly transactionIntervalMs: number;
  readonly punchIntervalMs: number;
  readonly startRetryMs: number;
  readonly startRetries: number;
};

/** What a simulated service is made of. */
export type ServiceParts = {
  readonly node: string;
  /** Opens the store that a configuration names, under the name of the service's node. */
  readonly openStore: (node: string, configuration: SandboxConfiguration) => Promise<ServiceStore>;
  readonly tables: readonly string[];
  readonly namespace: string;
  /** On Cassandra the namespace is the keyspace, so files that name another are refused. Source: atlasdb-facts B.1 */
  readonly namespaceIsKeyspace: boolean;
  readonly timelock: ServiceTimelock;
  readonly issued: IssuedLog;
  readonly pace: ServicePace;
  readonly random: Random;
  readonly now: () => Date;
};

/** The state of a service with what it says about it. */
export type ServiceCondition = {
  readonly state: SandboxServiceState;
  readonly detail: string | null;
  readonly since: Date;
  readonly commits: number;
  readonly lastPunchAt: Date | null;
};

/**
 * One AtlasDB service of one node: starts, allocates, writes transactions and fails as AtlasDB 0.1175 does on its kind of store
 * (atlasdb-facts A.5, B.4, C, D.1, D.2, E, F.2, F.4). It never coordinates with the console.
 */
export interface SimulatedService {
  condition(): ServiceCondition;
  /** Starts with a configuration; returns when it runs, waits or has failed. Starting a started service changes nothing. */
  start(configuration: SandboxConfiguration): Promise<void>;
  /** Stops after the transaction under way and closes all sessions. */
  stop(): Promise<void>;
}

/** The namespace that a configuration names: the service's own, the new one of a change of namespace, or one with a typing error. */
export function namespaceOf(namespace: string, configuration: SandboxConfiguration): string {
  if (configuration === "renamed") return `${namespace}-new`;
  return configuration === "other-namespace" ? `${namespace}-typo` : namespace;
}

/** Errors after which a real service must be restarted by a person. */
const FATAL = [
  "multiple-running",
  "bound-vanished",
  "both-columns",
  "store-invalidated",
  "clocks-went-backwards",
];

/** Builds the service; nothing is connected before `start`. */
export function simulatedService(parts: ServiceParts): SimulatedService {
  const memory = conditionMemory(parts.now);
  let stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  return {
    condition: () => memory.condition(),
    start: async (configuration) => {
      if (["starting", "running", "waiting"].includes(memory.condition().state)) return;
      memory.say("starting", null);
      await running;
      stopping = new AbortController();
      const opened = Promise.withResolvers<void>();
      running = live(parts, memory, configuration, stopping.signal, opened.resolve);
      await opened.promise;
    },
    stop: async () => {
      stopping.abort();
      await running;
      memory.say("stopped", null);
    },
  };
}

interface ConditionMemory {
  condition(): ServiceCondition;
  say(state: SandboxServiceState, detail: string | null): void;
  committed(): void;
  punched(at: Date): void;
}

function conditionMemory(now: () => Date): ConditionMemory {
  let condition: ServiceCondition = {
    state: "stopped",
    detail: null,
    since: now(),
    commits: 0,
    lastPunchAt: null,
  };
  return {
    condition: () => condition,
    say: (state, detail) => {
      const since = state === condition.state ? condition.since : now();
      condition = { ...condition, state, detail, since };
    },
    committed: () => {
      condition = { ...condition, commits: condition.commits + 1 };
    },
    punched: (at) => {
      condition = { ...condition, lastPunchAt: at };
    },
  };
}

/** One life from start to stop or failure; never rejects. `opened` is called once it runs or has failed. */
async function live(
  parts: ServiceParts,
  memory: ConditionMemory,
  configuration: SandboxConfiguration,
  signal: AbortSignal,
  opened: () => void,
): Promise<void> {
  let store: ServiceStore | null = null;
  try {
    store = await parts.openStore(parts.node, configuration);
    const source = parts.issued.watch(await open(store, parts, configuration, signal));
    memory.say("running", null);
    opened();
    await work(store, source, parts, memory, signal);
  } catch (error) {
    memory.say("failed", describe(error));
  } finally {
    await store?.close().catch(() => undefined);
    opened();
  }
}

/** Writes transactions until told to stop. Whatever may pass is waited for. @throws what a restart alone can mend */
async function work(
  store: ServiceStore,
  source: TimestampSource,
  parts: ServiceParts,
  memory: ConditionMemory,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const { commit } = await runTransaction(store, source, parts.tables, parts.random);
      if (commit !== null) await afterCommit(store, commit, parts, memory);
      memory.say("running", null);
    } catch (error) {
      if (isFatal(error)) throw error;
      memory.say("waiting", describe(error));
    }
    await pause(parts.pace.transactionIntervalMs, signal);
  }
}

async function afterCommit(
  store: ServiceStore,
  commit: bigint,
  parts: ServiceParts,
  memory: ConditionMemory,
): Promise<void> {
  memory.committed();
  const at = parts.now();
  const last = memory.condition().lastPunchAt;
  if (last !== null && at.getTime() - last.getTime() < parts.pace.punchIntervalMs) return;
  await punch(store, commit, BigInt(at.getTime()));
  memory.punched(at);
}

/** What a start does before the first transaction. Source: atlasdb-facts B.4, D.1 (create, embedded start on poisoned store) */
async function open(
  store: ServiceStore,
  parts: ServiceParts,
  configuration: SandboxConfiguration,
  signal: AbortSignal,
): Promise<TimestampSource> {
  const namespace = namespaceOf(parts.namespace, configuration);
  if (parts.namespaceIsKeyspace && namespace !== parts.namespace) throw otherKeyspace(parts, namespace);
  await store.prepare(parts.tables);
  if (configuration === "embedded" || configuration === "moved") {
    return retrying(parts.pace, signal, async () => embeddedTimestamps(await store.embeddedBound()));
  }
  await migrateToTimelock(store, parts.timelock, namespace);
  const source: TimestampSource = { fresh: () => parts.timelock.fresh(namespace) };
  await corroborate(store, source);
  return source;
}

function otherKeyspace({ namespace }: ServiceParts, named: string): AdapterError {
  return new AdapterError(
    "configuration-refused",
    "none",
    `The namespace ${named} and the keyspace ${namespace} differ: AtlasDB refuses to start with them`,
  );
}

/** A missing column is retried, since it may be a rename under way. Source: atlasdb-facts D.1 (RetriableTransactions) */
async function retrying<T>(pace: ServicePace, signal: AbortSignal, attempt: () => Promise<T>): Promise<T> {
  for (let left = pace.startRetries; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!isInvalidatedStore(error) || left <= 0 || signal.aborted) throw error;
      await pause(pace.startRetryMs, signal);
    }
  }
}

/** Refuses to start where TimeLock is behind what was committed. Source: atlasdb-facts B.4.5 */
async function corroborate(store: ServiceStore, source: TimestampSource): Promise<void> {
  const lower = await store.newestPunch();
  const fresh = await source.fresh();
  if (lower === null || fresh > lower) return;
  throw new AdapterError(
    "clocks-went-backwards",
    "none",
    `Expected lower bound of ${lower}, but found fresh timestamp of ${fresh}: for safety, AtlasDB refuses to start`,
  );
}

function isFatal(error: unknown): boolean {
  return isInvalidatedStore(error) || (error instanceof AdapterError && FATAL.includes(error.code));
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Waits, or returns at once when the service is told to stop. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => undefined);
}
