import { AdapterError, AppError, InvariantError } from "#lib/errors.ts";
import { type Difference, DIFFERENCES_MAX } from "#lib/mover/difference.ts";
import type {
  Checkpoint,
  RunControl,
  RunPlan,
  Shard,
  ShardFailure,
  ShardLease,
  ShardState,
} from "#lib/mover/ledger.ts";

/** What happened to a run, in order; the file ledger is a list of these. */
export type LedgerEvent =
  | { readonly kind: "created"; readonly plan: RunPlan }
  | { readonly kind: "claimed"; readonly shard: number; readonly attempt: number; readonly worker: string }
  | {
      readonly kind: "checkpoint";
      readonly shard: number;
      readonly checkpoint: Checkpoint;
      readonly differences: readonly Difference[];
    }
  | { readonly kind: "released"; readonly shard: number; readonly failure: ShardFailure | null }
  | { readonly kind: "retried" }
  | { readonly kind: "control"; readonly control: RunControl };

/** What is asked of a run before anybody asked: everything, at once. */
export const FIRST_CONTROL: RunControl = {
  wanted: "run",
  cellsPerSecondMax: null,
  bytesPerSecondMax: null,
  lanes: 4,
};

/** The refusal of everything that an older attempt wants to record. */
export function lostLease(shard: Shard): AdapterError {
  return new AdapterError(
    "lease-lost",
    "none",
    `Another worker has taken over this range of ${shard.table}. Nothing more is recorded for it here.`,
  );
}

/** The refusal of a second plan for the same run. */
export function otherPlan(runId: string): AppError {
  return new AppError(
    "conflict",
    `The run ${runId} already has another plan. Nothing was changed. Go on with that plan, or start over with a new run.`,
  );
}

/** Whether a shard is finished. */
export function isDone(checkpoint: Checkpoint | null): boolean {
  return checkpoint !== null && checkpoint.next === null;
}

/** A run as the events so far make it: pure, in memory. The events are checked before they are applied, never after. */
export class LedgerState {
  plan: RunPlan | null = null;
  control: RunControl = FIRST_CONTROL;
  readonly differences: Difference[] = [];
  #shards: ShardState[] = [];

  /** Every shard, in plan order. */
  get shards(): readonly ShardState[] {
    return this.#shards;
  }

  /** The shard to work on next: the largest that waits; among equals the first. Null when none waits. */
  #nextWaiting(): ShardState | null {
    let best: ShardState | null = null;
    for (const candidate of this.#shards) {
      if (candidate.state !== "waiting") continue;
      if (best === null || sizeOf(candidate.shard) > sizeOf(best.shard)) best = candidate;
    }
    return best;
  }

  /** The claim of the next shard that waits, as an event to apply and the lease that it gives; null when there is none to give. */
  claimNext(worker: string): { readonly event: LedgerEvent; readonly lease: ShardLease } | null {
    const { plan, control } = this;
    const next = this.#nextWaiting();
    if (plan === null || next === null || control.wanted !== "run") return null;
    const { shard, checkpoint } = next;
    const attempt = next.attempt + 1;
    return {
      event: { kind: "claimed", shard: shard.id, attempt, worker },
      lease: { runId: plan.runId, shard, start: plan.start, attempt, worker, checkpoint },
    };
  }

  /** The shard, if this lease still holds it. @throws AdapterError `lease-lost` */
  requireHeld(lease: ShardLease): ShardState {
    const held = this.#shard(lease.shard.id);
    if (held.state !== "held" || held.attempt !== lease.attempt) throw lostLease(lease.shard);
    return held;
  }

  /** Applies one event. */
  apply(event: LedgerEvent): void {
    switch (event.kind) {
      case "created":
        this.plan = event.plan;
        this.#shards = event.plan.shards.map((shard) => ({
          shard,
          state: "waiting",
          attempt: 0,
          worker: null,
          checkpoint: null,
          failure: null,
        }));
        return;
      case "claimed":
        this.#change(event.shard, {
          state: "held",
          attempt: event.attempt,
          worker: event.worker,
          failure: null,
        });
        return;
      case "checkpoint":
        this.#change(event.shard, { checkpoint: event.checkpoint });
        this.differences.push(...event.differences.slice(0, DIFFERENCES_MAX - this.differences.length));
        return;
      case "released": {
        const { checkpoint } = this.#shard(event.shard);
        const state = isDone(checkpoint) ? "done" : event.failure === null ? "waiting" : "failed";
        this.#change(event.shard, { state, worker: null, failure: event.failure });
        return;
      }
      case "retried":
        this.#shards = this.#shards.map((shard) =>
          shard.state === "failed" ? { ...shard, state: "waiting", failure: null } : shard,
        );
        return;
      case "control":
        this.control = event.control;
    }
  }

  #shard(id: number): ShardState {
    const found = this.#shards[id];
    if (found === undefined) throw new InvariantError(`the ledger has no shard ${id}`);
    return found;
  }

  #change(id: number, change: Partial<ShardState>): void {
    this.#shards[id] = { ...this.#shard(id), ...change };
  }
}

/** For the order of work only: an unknown size counts as large, so that it does not end up last. */
function sizeOf({ estimate }: Shard): number {
  return estimate.bytes ?? Infinity;
}
