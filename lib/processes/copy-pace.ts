import { type Counts, NO_COUNTS } from "#lib/mover/counts.ts";
import { isEnoughDone } from "#lib/mover/estimate-end.ts";
import type { RunPlan, ShardState } from "#lib/mover/ledger.ts";
import type { SecondsRange } from "#lib/processes/copy-events.ts";

/** Speeds remembered: those of about the last minute, one a second. */
const SPEEDS_MAX = 60;

/** Speeds that say something. */
const SPEEDS_MIN = 5;

/** How far a statistic may be off before it is believed no more. */
const CORRECTION_MAX = 10;

type Work = { readonly estimate: number | null; read: number; isDone: boolean };

/**
 * Says how long a run still takes: what is left by the source's own statistics, mended by how far those were off for ranges that are done,
 * at the slower and the faster speeds of the last minute. A range, and nothing before enough was seen.
 */
export class CopyPace {
  #work: Work[] = [];
  #speeds: number[] = [];
  #measuredAt = 0;
  #measured = 0;

  /** A run begins or goes on from where it stands. `now` in milliseconds. */
  planned({ shards }: RunPlan, states: readonly ShardState[], now: number): void {
    this.#work = shards.map(({ id, estimate }) => {
      const state = states.find(({ shard }) => shard.id === id);
      const { versions } = state?.checkpoint?.counts ?? NO_COUNTS;
      return { estimate: estimate.versions, read: versions, isDone: state?.state === "done" };
    });
    this.#speeds = [];
    this.#measuredAt = now;
    this.#measured = this.#total();
  }

  /** A chunk of a shard is durable. */
  moved(shard: number, { versions }: Counts): void {
    const work = this.#work[shard];
    if (work !== undefined) work.read += versions;
  }

  /** A shard is done. */
  finished(shard: number): void {
    const work = this.#work[shard];
    if (work !== undefined) work.isDone = true;
  }

  /** Takes the speed since the last call, and says what is left. Stretches without any progress, such as pauses, are no speed. */
  secondsLeft(now: number): SecondsRange | null {
    const [total, passed] = [this.#total(), now - this.#measuredAt];
    if (passed > 0 && total > this.#measured) {
      this.#speeds = [...this.#speeds, ((total - this.#measured) * 1_000) / passed].slice(-SPEEDS_MAX);
    }
    this.#measuredAt = now;
    this.#measured = total;
    const left = this.#left();
    if (left === null || this.#speeds.length < SPEEDS_MIN) return null;
    const done = this.#work.filter(({ isDone }) => isDone).length;
    if (!isEnoughDone(done, total / Math.max(1, total + left))) return null;
    const sorted = this.#speeds.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? 1;
    return { least: Math.floor(left / at(0.75)), most: Math.ceil(left / at(0.25)) };
  }

  #total(): number {
    return this.#work.reduce((sum, { read }) => sum + read, 0);
  }

  /** Null as soon as the size of a range that is not done is unknown. */
  #left(): number | null {
    const done = this.#work.filter(({ isDone, estimate }) => isDone && estimate !== null);
    const estimated = done.reduce((sum, { estimate }) => sum + (estimate ?? 0), 0);
    const was = done.reduce((sum, { read }) => sum + read, 0);
    const factor =
      estimated === 0 ? 1 : Math.min(CORRECTION_MAX, Math.max(1 / CORRECTION_MAX, was / estimated));
    let left = 0;
    for (const { estimate, read, isDone } of this.#work) {
      if (isDone) continue;
      if (estimate === null) return null;
      left += Math.max(0, estimate * factor - read);
    }
    return left;
  }
}
