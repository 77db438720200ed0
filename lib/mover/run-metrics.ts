import type { CopyPart } from "#lib/mover/copy-view.ts";
import type { OnProgress, ProgressEvent } from "#lib/mover/progress.ts";

/** What all lanes of a process did since it was last asked; milliseconds are the lanes' own, so that two lanes have two a millisecond. */
export type WorkDone = {
  readonly versions: number;
  readonly cells: number;
  readonly bytes: number;
  readonly bytesRead: number;
  readonly ms: Readonly<Record<CopyPart, number>>;
};

/** A lane since it was last asked for; `cellsPerSecond` is null without a checkpoint in that time. */
export type LaneNow = {
  readonly shard: number;
  readonly cellsPerSecond: number | null;
  readonly waitingFor: CopyPart | "retry" | null;
};

/** Failures of one class and code since it was last asked; the words and the place are of the last one. */
export type ErrorsSeen = {
  readonly class: "transient" | "poison" | "fatal";
  readonly code: string;
  readonly count: number;
  readonly message: string;
  readonly table: string;
  readonly shard: number;
};

/** What is written down at a time. `lanes` are all that are held. */
export type MetricsPart = {
  readonly done: WorkDone;
  readonly lanes: readonly LaneNow[];
  readonly errors: readonly ErrorsSeen[];
};

const NOTHING: WorkDone = {
  versions: 0,
  cells: 0,
  bytes: 0,
  bytesRead: 0,
  ms: { source: 0, filter: 0, destination: 0, throttle: 0 },
};

type LaneSum = { cells: number; elapsedMs: number; waitingFor: LaneNow["waitingFor"] };

/**
 * Adds up what the lanes of one process tell, between two times that somebody writes it down. Needs the same memory however long that takes:
 * sums, one entry a lane, one a kind of failure.
 */
export class RunMetrics {
  readonly #lanes = new Map<number, LaneSum>();
  readonly #errors = new Map<string, ErrorsSeen>();
  #done: WorkDone = NOTHING;

  /** How many shards this process holds. */
  get held(): number {
    return this.#lanes.size;
  }

  /** Takes one event of a lane. */
  readonly heard: OnProgress = (event) => {
    switch (event.kind) {
      case "started":
        this.#lanes.set(event.shard, { cells: 0, elapsedMs: 0, waitingFor: null });
        return;
      case "chunk":
        this.#chunk(event);
        return;
      case "retry":
        this.#error({ ...event, class: "transient", count: 1 });
        this.#wait(event.shard);
        return;
      case "failed":
        this.#error({ ...event.failure, table: event.table, shard: event.shard, count: 1 });
        this.#lanes.delete(event.shard);
        return;
      case "finished":
      case "released":
      case "lost":
        this.#lanes.delete(event.shard);
    }
  };

  /** Everything since the last call. */
  take(): MetricsPart {
    const lanes = [...this.#lanes].map(([shard, { cells, elapsedMs, waitingFor }]) => ({
      shard,
      cellsPerSecond: elapsedMs === 0 ? null : Math.round((cells * 1_000) / elapsedMs),
      waitingFor,
    }));
    for (const lane of this.#lanes.values()) Object.assign(lane, { cells: 0, elapsedMs: 0 });
    const part = { done: this.#done, lanes, errors: [...this.#errors.values()] };
    this.#done = NOTHING;
    this.#errors.clear();
    return part;
  }

  /** Puts back what could not be written down, so that it is with the next. */
  restore({ done, errors }: MetricsPart): void {
    this.#done = addWork(this.#done, done);
    for (const error of errors) this.#error(error);
  }

  #chunk(event: Extract<ProgressEvent, { kind: "chunk" }>): void {
    const { counts, elapsedMs, sourceMs, sinkMs, throttleMs, bytesRead } = event;
    const filter = Math.max(0, elapsedMs - sourceMs - sinkMs - throttleMs);
    const ms = { source: sourceMs, filter, destination: sinkMs, throttle: throttleMs };
    const { versions, cells, bytes } = counts;
    this.#done = addWork(this.#done, { versions, cells, bytes, bytesRead, ms });
    const lane = this.#lanes.get(event.shard);
    if (lane === undefined) return;
    lane.cells += cells;
    lane.elapsedMs += elapsedMs;
    lane.waitingFor = largestPart(ms);
  }

  #wait(shard: number): void {
    const lane = this.#lanes.get(shard);
    if (lane !== undefined) lane.waitingFor = "retry";
  }

  #error({ class: kind, code, count, message, table, shard }: ErrorsSeen): void {
    const key = `${kind} ${code}`;
    const before = this.#errors.get(key)?.count ?? 0;
    this.#errors.set(key, { class: kind, code, count: before + count, message, table, shard });
  }
}

/** The part that took most of the time; null when nothing took any. */
export function largestPart(ms: Readonly<Record<CopyPart, number>>): CopyPart | null {
  let largest: CopyPart | null = null;
  for (const part of ["source", "filter", "destination", "throttle"] as const) {
    if (ms[part] > (largest === null ? 0 : ms[largest])) largest = part;
  }
  return largest;
}

function addWork(a: WorkDone, b: WorkDone): WorkDone {
  return {
    versions: a.versions + b.versions,
    cells: a.cells + b.cells,
    bytes: a.bytes + b.bytes,
    bytesRead: a.bytesRead + b.bytesRead,
    ms: {
      source: a.ms.source + b.ms.source,
      filter: a.ms.filter + b.ms.filter,
      destination: a.ms.destination + b.ms.destination,
      throttle: a.ms.throttle + b.ms.throttle,
    },
  };
}
