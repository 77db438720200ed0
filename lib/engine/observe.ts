import { database } from "#lib/db/client.ts";
import { readNeighbours, readSequence, takeFresh } from "#lib/engine/observe-sequence.ts";
import { readMove } from "#lib/engine/observe-move.ts";
import { readStore } from "#lib/engine/observe-store.ts";
import {
  allocates,
  collect,
  distinct,
  find,
  readingKey,
  type Reading,
  type ReadingRequest,
  type Values,
} from "#lib/engine/reading.ts";
import type { Seen } from "#lib/engine/seen.ts";
import { hasPlaceOf, sequenceAt, storeAt, type Targets } from "#lib/engine/step.ts";
import {
  readDatabaseClock,
  type DatabaseClock,
  type Patience,
  type StoreMove,
  type Systems,
} from "#lib/engine/systems.ts";
import { AdapterError, AppError } from "#lib/errors.ts";
import { neighboursOf, servicesOnNamespace } from "#lib/inventory/shared-systems.ts";
import type { BoundStore } from "#lib/stores/bound-store.ts";
import type { Timelock } from "#lib/timelock/timelock.ts";

/** How long one reading may take before it counts as unknown. The longer one outlasts the loss of a quorum. */
export const CONDITION_LIMIT_MS = 8_000;
export const READ_BACK_LIMIT_MS = 45_000;
/** The same for what looks into every table of two stores. */
const SURVEY_OF_STORES_LIMIT_MS = 90_000;
const CONCURRENT_MAX = 8;

/** What to read, from where, and whether timestamps may be used up for it: only by a run that holds the lease. */
export type Observation = {
  readonly targets: Targets;
  readonly requests: readonly ReadingRequest[];
  readonly values: Values;
  readonly systems: Systems;
  readonly limitMs: number;
  readonly allocate: { readonly purpose: string } | null;
};

/** The systems opened for one observation, each once. */
export interface Opened {
  store(id: string): Promise<BoundStore>;
  timelock(id: string): Promise<Timelock>;
  move(): Promise<StoreMove>;
}

/**
 * Reads everything that is asked for, beside each other, each within its time. A read that fails is a reading that says why it is not
 * known: this function does not throw for what a system does. What uses up timestamps comes last, after what would speak against it.
 */
export async function observe(observation: Observation): Promise<readonly Reading[]> {
  const clock = await readDatabaseClock();
  const { opened, close } = openOnce(
    observation.systems,
    observation.targets,
    observation.limitMs > CONDITION_LIMIT_MS ? "long" : "short",
  );
  try {
    const requests = distinct(observation.requests).filter((one) => hasPlaceOf(observation.targets, one));
    const read = async (request: ReadingRequest) => readOne(request, observation, opened, clock);
    // Two large stores cost minutes, a node that hangs seconds: what depends on neither is read last, so that nothing is old when it is decided on.
    const slow = await inParallel(requests.filter(isSlow), read);
    const surveys = await inParallel(requests.filter(isSurvey), read);
    const others = await inParallel(
      requests.filter((request) => !isSlow(request) && !isSurvey(request) && !allocates(request)),
      read,
    );
    const taken: Reading[] = [];
    for (const request of requests.filter(allocates)) {
      taken.push(await readFresh(request, observation, opened, clock, surveys));
    }
    const raised = await inParallel(
      surveys.map(({ request }) => request).filter((request) => mayBeRaised(request, surveys, taken)),
      read,
    );
    return [...collect(slow, surveys, others, taken, raised).values()];
  } finally {
    await close();
  }
}

/** Taking a timestamp above the stored bound raises that bound: what was read before is read again. Source: atlasdb-facts A.5 */
function mayBeRaised(
  request: ReadingRequest,
  surveys: readonly Reading[],
  taken: readonly Reading[],
): boolean {
  if (request.kind !== "timelock.learned") return false;
  const fresh = find(collect(taken), "timelock.fresh", request.sequence);
  const learned = find(collect(surveys), "timelock.learned", request.sequence);
  if (!fresh.known || !learned.known) return false;
  const { state, bound } = learned.value;
  return state !== "unknown" && (bound === null || bound < fresh.value.last);
}

function isSurvey(request: ReadingRequest): boolean {
  return request.kind.startsWith("timelock.") && !allocates(request);
}

/** What looks into every table of two stores. */
export function isSlow({ kind }: ReadingRequest): boolean {
  return kind === "move.assessment" || kind === "move.tables";
}

async function readOne(
  request: ReadingRequest,
  observation: Observation,
  opened: Opened,
  clock: DatabaseClock,
): Promise<Reading> {
  const limitMs = isSlow(request) ? SURVEY_OF_STORES_LIMIT_MS : observation.limitMs;
  return reading(request, clock, limitMs, async () => {
    const { targets } = observation;
    if ("store" in request) {
      const target = storeAt(targets, request.store);
      return readStore(await opened.store(target.storeId), target, request.kind);
    }
    if ("into" in request) return readMove(await opened.move(), observation, request);
    const target = sequenceAt(targets, request.sequence);
    if (request.kind === "timelock.fresh")
      throw new AppError("invalid", "A fresh timestamp is not read here.");
    if (request.kind === "inventory.namespace-users") return readNamespaceUsers(targets, target);
    const timelock = await opened.timelock(target.clusterId);
    if (request.kind === "timelock.neighbours") {
      return readNeighbours(
        timelock,
        target,
        await neighboursOf(database(), target.clusterId, targets.serviceId),
      );
    }
    return readSequence(timelock, target, request.kind);
  });
}

async function readFresh(
  request: ReadingRequest,
  observation: Observation,
  opened: Opened,
  clock: DatabaseClock,
  surveys: readonly Reading[],
): Promise<Reading> {
  if (request.kind !== "timelock.fresh" || observation.allocate === null) {
    return {
      ...unread(request, clock, "It uses up a timestamp, so it is read only when the step is run."),
      deferred: true,
    };
  }
  if (observation.values.N !== undefined) {
    return unread(
      request,
      clock,
      "No timestamp was taken: the value for the store's bound is fixed, and a new timestamp could be issued again from there.",
    );
  }
  const { purpose } = observation.allocate;
  const target = sequenceAt(observation.targets, request.sequence);
  const seen = find(collect(surveys), "timelock.learned", request.sequence);
  const learned = seen.known ? seen.value : null;
  const { values } = observation;
  const floor = request.above === null ? null : (values[request.above] ?? values.TS ?? null);
  return reading(request, clock, observation.limitMs, async () =>
    takeFresh(await opened.timelock(target.clusterId), target, {
      floor,
      purpose,
      learned,
    }),
  );
}

async function reading(
  request: ReadingRequest,
  clock: DatabaseClock,
  limitMs: number,
  read: () => Promise<Seen>,
): Promise<Reading> {
  const asked = clock.now().toISOString();
  try {
    const seen = await within(limitMs, read());
    // A survey is as old as its answers, of which the last came now; what hangs in it contributed nothing.
    const readAt = isSurvey(request) || isSlow(request) ? clock.now().toISOString() : asked;
    const { value, source, node, raw } = seen;
    const key = readingKey(request);
    return {
      key,
      request,
      value,
      because: null,
      deferred: false,
      source,
      node,
      raw,
      readAt,
      provenance: "observed",
    };
  } catch (error) {
    if (error instanceof AdapterError || error instanceof AppError) {
      return { ...unread(request, clock, error.message), readAt: asked };
    }
    throw error;
  }
}

function unread(request: ReadingRequest, clock: DatabaseClock, because: string): Reading {
  return {
    key: readingKey(request),
    request,
    value: null,
    because,
    deferred: false,
    source: request.kind,
    node: null,
    raw: null,
    readAt: clock.now().toISOString(),
    provenance: "observed",
  };
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const words = `No answer within ${limitMs / 1000} s.`;
    timer = setTimeout(() => reject(new AdapterError("time-out", "unknown", words)), limitMs);
  });
  work.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function readNamespaceUsers(
  targets: Targets,
  target: { readonly clusterId: string; readonly namespace: string; readonly label: string },
): Promise<Seen> {
  const services = [...(await servicesOnNamespace(database(), target, targets.serviceId))];
  return {
    value: { kind: "inventory.namespace-users", services },
    source: "Lockstep's inventory",
    node: null,
    raw: null,
  };
}

function openOnce(
  systems: Systems,
  targets: Targets,
  patience: Patience,
): { readonly opened: Opened; readonly close: () => Promise<void> } {
  const stores = new Map<string, Promise<BoundStore>>();
  const timelocks = new Map<string, Promise<Timelock>>();
  const moves = new Map<string, Promise<StoreMove>>();
  return {
    opened: {
      store: async (id) => remember(stores, id, async () => systems.openStore(id, patience)),
      timelock: async (id) => remember(timelocks, id, async () => systems.openTimelock(id, patience)),
      move: async () => remember(moves, "", async () => systems.openMove(targets, patience)),
    },
    close: async () => {
      const open = await Promise.allSettled([...timelocks.values(), ...moves.values()]);
      await Promise.allSettled(
        open.flatMap((one) => (one.status === "fulfilled" ? [one.value.close()] : [])),
      );
    },
  };
}

async function remember<T>(known: Map<string, Promise<T>>, id: string, open: () => Promise<T>): Promise<T> {
  const before = known.get(id);
  if (before !== undefined) return before;
  const opening = open();
  known.set(id, opening);
  return opening;
}

async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let index = 0; index < items.length; index += CONCURRENT_MAX) {
    results.push(...(await Promise.all(items.slice(index, index + CONCURRENT_MAX).map(work))));
  }
  return results;
}
