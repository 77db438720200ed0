import type { Counts } from "#lib/mover/counts.ts";
import type { Difference } from "#lib/mover/difference.ts";
import type { CellKey, KeyRange } from "#lib/mover/key-range.ts";
import type { TableEstimate } from "#lib/mover/store-table.ts";

/** One range of one table: the unit that a worker holds. `id` is its place in the plan, from 0. */
export type Shard = {
  readonly id: number;
  readonly table: string;
  readonly range: KeyRange;
  readonly estimate: TableEstimate;
};

/**
 * What is to be done, fixed before the first cell. `start` is S: copied cells are written at it, and the source is read as a transaction
 * that starts at it. `versions`: a comparison with what another tool has written takes the newest committed version that the destination has
 * at S, and not exactly one at S. A run's plan never changes; another plan is another run.
 */
export type RunPlan = {
  readonly runId: string;
  readonly kind: "copy" | "compare";
  readonly start: bigint;
  readonly versions?: "newest" | undefined;
  readonly shards: readonly Shard[];
};

/** How far a shard is: `sequence` counts its chunks from 1; `next` is where to go on, null when the shard is done; `counts` are its totals. */
export type Checkpoint = {
  readonly sequence: number;
  readonly next: CellKey | null;
  readonly counts: Counts;
};

/** The right to work on a shard. `attempt` is the fence: it grows with every claim, and only the newest may write checkpoints. */
export type ShardLease = {
  readonly runId: string;
  readonly shard: Shard;
  readonly start: bigint;
  readonly attempt: number;
  readonly worker: string;
  /** The ledger's newest checkpoint; null when nothing was done yet. */
  readonly checkpoint: Checkpoint | null;
};

/** What a person asks of a run. Null is "no limit". Rates and lanes are for all workers of the run together. */
export type RunControl = {
  readonly wanted: "run" | "pause" | "cancel";
  readonly cellsPerSecondMax: number | null;
  readonly bytesPerSecondMax: number | null;
  readonly lanes: number;
};

/** Why a shard stands still: `poison` waits for a person, others go on; `fatal` pauses the whole run. Words for the person. */
export type ShardFailure = {
  readonly class: "poison" | "fatal";
  readonly code: string;
  readonly message: string;
};

/** One shard as the ledger has it. */
export type ShardState = {
  readonly shard: Shard;
  readonly state: "waiting" | "held" | "done" | "failed";
  readonly attempt: number;
  readonly worker: string | null;
  readonly checkpoint: Checkpoint | null;
  readonly failure: ShardFailure | null;
};

/**
 * The truth about one run: plan, leases, checkpoints, control. Everything that resolves is durable. Where the destination keeps
 * checkpoints itself, those outrank the ledger's, which then follows.
 */
export interface Ledger {
  /** Keeps the plan of a new run, or finds the same there. @throws AppError `conflict` when the run has another plan */
  create(plan: RunPlan): Promise<void>;
  /** The plan; null before `create`. */
  plan(): Promise<RunPlan | null>;
  /** The next shard that waits, or whose holder's lease has run out, largest first; null when there is none just now. */
  claim(worker: string): Promise<ShardLease | null>;
  /** Says that the holder is alive. @throws AdapterError code `lease-lost` */
  renew(lease: ShardLease): Promise<void>;
  /**
   * Records how far the shard is, with the differences found since the last checkpoint. Sequence numbers only grow; one that is not above
   * the recorded one changes nothing. @throws AdapterError code `lease-lost` when a newer attempt exists
   */
  checkpoint(lease: ShardLease, checkpoint: Checkpoint, differences?: readonly Difference[]): Promise<void>;
  /** Gives the shard back: finished (its checkpoint says so), unfinished (it waits again), or failed. @throws AdapterError `lease-lost` */
  release(lease: ShardLease, failure?: ShardFailure): Promise<void>;
  /** Lets failed shards wait again. */
  retryFailed(): Promise<void>;
  /** What is asked of the run, all workers together. */
  control(): Promise<RunControl>;
  /** What of it is asked of this worker; the whole where a ledger serves one process. Read at every chunk. */
  share(worker: string): Promise<RunControl>;
  /** Asks. `cancel` is final. */
  setControl(control: RunControl): Promise<void>;
  /** Every shard, in plan order. */
  shards(): Promise<readonly ShardState[]>;
  /** The differences recorded, at most `max`. */
  differences(max: number): Promise<readonly Difference[]>;
  /** Frees what the ledger holds. */
  close(): Promise<void>;
}

/** The part of a ledger that a shard's work writes to. */
export type Recorder = Pick<Ledger, "checkpoint">;
