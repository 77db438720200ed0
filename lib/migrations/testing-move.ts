import type { JobState } from "#lib/engine/move-reading.ts";
import type { StoreMove } from "#lib/engine/systems.ts";
import { AdapterError, AppError, InvariantError } from "#lib/errors.ts";
import type { Assessment } from "#lib/mover/assess-report.ts";
import { NO_COUNTS } from "#lib/mover/counts.ts";
import type { StartPair } from "#lib/mover/sequence.ts";
import type { MoveSide } from "#lib/mover/side.ts";
import { newestLeftBehind } from "#lib/mover/source-mark.ts";
import { takeStart } from "#lib/mover/start.ts";
import type { CountProbe } from "#lib/mover/timelock-sequence.ts";

const TABLE = {
  name: "app.orders",
  fate: "copied",
  reason: "A table of the service.",
  replaces: true,
} as const;

/** The two sides that S and C are taken between. */
export type Sides = {
  readonly source: MoveSide;
  readonly destination: MoveSide;
  readonly countProbe: CountProbe | undefined;
};

/**
 * A move in memory, with the rules of the real one: the setup empties the destination and refuses another drop list, S and C are taken from the
 * sides' sequences, a commit is put if absent, a job goes on when it is worked on. `fault` is what happens to the next change.
 */
export class FakeMove implements StoreMove {
  /** As the pinned targets of the migration make them. */
  sides: Sides | null = null;
  fault: "unreachable" | "lost-answer" | null = null;
  drops: readonly string[] = [TABLE.name];
  differences = 0;
  readonly commits = new Map<bigint, bigint>();
  readonly jobs: { readonly kind: "copy" | "compare"; readonly start: bigint; state: JobState["state"] }[] =
    [];
  setUps = 0;
  /** What happens between the decision to set up and its last look. */
  beforeSetUp: (() => Promise<void>) | null = null;
  /** AtlasDB's own migrator has written here. */
  filledByHand = false;
  readonly forgotten: bigint[] = [];
  #isFilled = false;

  async assess(): Promise<Assessment> {
    return {
      findings: [],
      tables: [{ ...TABLE, versions: 10, cells: 7, bytes: 700, duration: null }],
      dropped: this.drops.map((name) => ({ name, versions: 3, bytes: null })),
      total: { cells: 7, bytes: 700, duration: null },
      readAt: new Date().toISOString(),
    };
  }

  async readTables() {
    const isSetUp = this.setUps > 0;
    return {
      differences: isSetUp ? [] : [{ name: TABLE.name, problem: "has other metadata bytes" }],
      differenceCount: isSetUp ? 0 : 1,
      drops: [...this.drops],
      filledSince: [],
      filled: this.#isFilled || this.filledByHand ? [TABLE.name] : [],
      writers: { holding: 0, silent: [] },
    };
  }

  async readCommit(start: bigint): Promise<bigint | null> {
    return this.commits.get(start) ?? null;
  }

  async readJob(kind: "copy" | "compare", start: bigint): Promise<JobState> {
    const job = this.#newest(kind, start);
    const done = job?.state === "complete" ? 1 : 0;
    const differences = kind === "compare" ? this.differences : 0;
    return {
      run: kind,
      state: job?.state ?? "absent",
      shards: { done, failed: 0, total: job === undefined ? 0 : 1 },
      counts: done === 0 ? { ...NO_COUNTS } : { ...NO_COUNTS, versions: 10, cells: 7, older: 3, differences },
      failures: [],
    };
  }

  async setUp(seenThere: bigint): Promise<void> {
    await this.beforeSetUp?.();
    const bound = this.sides?.destination.bound;
    const now = bound === undefined ? 0n : await newestLeftBehind(bound);
    await this.#change(() => {
      if (now > seenThere) throw new AppError("conflict", "A client works in the destination.");
      if (this.drops.some((name) => name !== TABLE.name))
        throw new AppError("stale", "The destination has other tables than planned.");
      this.setUps += 1;
      this.#isFilled = false;
    });
  }

  async takeStart(x: bigint): Promise<StartPair> {
    const { sides } = this;
    if (sides === null) throw new InvariantError("a fake move without its sides");
    const { source, destination, countProbe } = sides;
    const { start, commit } = await takeStart(source, destination, { x, countProbe });
    await this.#change(() => undefined);
    return { start, commit };
  }

  async commitStart(start: bigint, commit: bigint): Promise<void> {
    await this.#change(() => {
      const found = this.commits.get(start) ?? commit;
      this.commits.set(start, found);
      if (found !== commit) throw new AppError("conflict", "Another commit stands there.");
    });
  }

  async startCopy(start: bigint): Promise<void> {
    await this.#change(() => {
      if (this.#newest("copy", start) === undefined)
        this.jobs.push({ kind: "copy", start, state: "running" });
    });
  }

  async startComparison(start: bigint): Promise<void> {
    await this.#change(() => {
      const before = this.#newest("compare", start)?.state ?? "complete";
      if (before === "complete" || before === "cancelled")
        this.jobs.push({ kind: "compare", start, state: "running" });
    });
  }

  async work(kind: "copy" | "compare", start: bigint): Promise<void> {
    const job = this.#newest(kind, start);
    if (job?.state !== "running") return;
    job.state = "complete";
    this.#isFilled = true;
  }

  async forget(start: bigint): Promise<void> {
    this.forgotten.push(start);
  }

  async close(): Promise<void> {}

  #newest(kind: "copy" | "compare", start: bigint) {
    return this.jobs.findLast((job) => job.kind === kind && job.start === start);
  }

  async #change(change: () => void): Promise<void> {
    const { fault } = this;
    this.fault = null;
    if (fault === "unreachable") throw new AdapterError("unreachable", "none", "The fake is away.");
    change();
    if (fault === "lost-answer") throw new AdapterError("time-out", "unknown", "The fake's answer is lost.");
  }
}
