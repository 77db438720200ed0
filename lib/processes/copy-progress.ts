import { addCounts, type Counts, NO_COUNTS } from "#lib/mover/counts.ts";
import type { RunPlan, ShardState } from "#lib/mover/ledger.ts";
import type { ProgressEvent } from "#lib/mover/progress.ts";
import type { OnCopyEvent, ProvingStage } from "#lib/processes/copy-events.ts";
import { CopyPace } from "#lib/processes/copy-pace.ts";

/** Milliseconds between two lines of progress. */
const EVERY_MS = 1_000;

/** Turns what the lanes tell into lines of progress: at most one a second, and one at the end. `now` in milliseconds. */
export class CopyProgress {
  readonly #stage: ProvingStage;
  readonly #tell: OnCopyEvent;
  readonly #now: () => number;
  readonly #startedAt: number;
  #saidAt: number;
  #totals: Counts = NO_COUNTS;
  /** Cells of earlier runs of this copy: they are no speed of this one. */
  #cellsBefore = 0;
  #shards = 0;
  #done = new Set<number>();
  readonly #pace = new CopyPace();

  constructor(stage: ProvingStage, tell: OnCopyEvent, now: () => number = () => performance.now()) {
    this.#stage = stage;
    this.#tell = tell;
    this.#now = now;
    this.#startedAt = now();
    this.#saidAt = this.#startedAt;
  }

  /** A run begins or goes on from where it stands. */
  readonly planned = (plan: RunPlan, shards: readonly ShardState[]): void => {
    this.#shards = plan.shards.length;
    this.#done = new Set(shards.filter(({ state }) => state === "done").map(({ shard }) => shard.id));
    this.#totals = shards.reduce(
      (sum, { checkpoint }) => addCounts(sum, checkpoint?.counts ?? NO_COUNTS),
      NO_COUNTS,
    );
    this.#cellsBefore = this.#totals.cells;
    this.#pace.planned(plan, shards, this.#now());
    this.#say();
  };

  /** Something happened in a lane. */
  readonly heard = (event: ProgressEvent): void => {
    const { shard, table } = event;
    switch (event.kind) {
      case "chunk":
        this.#totals = addCounts(this.#totals, event.counts);
        this.#pace.moved(shard, event.counts);
        break;
      case "finished":
        this.#done.add(shard);
        this.#pace.finished(shard);
        break;
      case "retry":
        this.#tell({
          type: "retry",
          table,
          shard,
          code: event.code,
          message: event.message,
          delayMs: Math.round(event.delayMs),
        });
        break;
      case "failed":
        this.#tell({
          type: "failed",
          table,
          shard,
          code: event.failure.code,
          message: event.failure.message,
        });
        break;
      case "started":
      case "released":
      case "lost":
    }
    const isOver = event.kind === "finished" && this.#done.size === this.#shards;
    if (isOver || this.#now() - this.#saidAt >= EVERY_MS) this.#say();
  };

  #say(): void {
    const now = this.#now();
    this.#saidAt = now;
    const elapsedMs = now - this.#startedAt;
    const cells = this.#totals.cells - this.#cellsBefore;
    this.#tell({
      type: "progress",
      stage: this.#stage,
      shardsDone: this.#done.size,
      shards: this.#shards,
      counts: this.#totals,
      cellsPerSecond: elapsedMs < 1 ? 0 : Math.round((cells * 1_000) / elapsedMs),
      secondsLeft: this.#done.size === this.#shards ? null : this.#pace.secondsLeft(now),
      elapsedMs: Math.round(elapsedMs),
    });
  }
}
