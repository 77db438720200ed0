import { ABORTED, type CommitReader, IN_PROGRESS } from "#lib/mover/cell-source.ts";
import {
  COMMITTED_LATER,
  CommitStates,
  ROLLED_BACK,
  UNCOMMITTED,
  VISIBLE,
} from "#lib/mover/commit-states.ts";
import { AdapterError } from "#lib/errors.ts";

/** Entries of a transactions table up to which it is read whole: 75 MB of memory. */
export const PRELOAD_ENTRIES_MAX = 3_000_000;

/** Entries remembered where it is not read whole. */
const REMEMBERED_ENTRIES = 1_000_000;

/** Most starts that one look-up takes. */
export const LOOK_UP_MAX = 4_096;

/** What a reader that starts at `start` makes of a commit timestamp. Source: atlasdb-facts F.7 */
export function judgeCommit(commit: bigint, start: bigint): number {
  if (commit === IN_PROGRESS) return UNCOMMITTED;
  if (commit === ABORTED) return ROLLED_BACK;
  if (commit < 1n) {
    throw new AdapterError(
      "bad-commit",
      "none",
      `The transactions table of the source holds the commit timestamp ${commit}, which AtlasDB never writes. Nothing was changed.`,
    );
  }
  return commit > start ? COMMITTED_LATER : VISIBLE;
}

/**
 * Knows, for one store and one S, which transactions are visible. One for all lanes of a process. A transaction that was not found when
 * the table was read whole is looked up again before it is called uncommitted.
 */
export class CommitOracle {
  readonly states: CommitStates;
  readonly #reader: CommitReader;
  readonly #start: bigint;
  readonly #preload: boolean;

  private constructor(reader: CommitReader, start: bigint, entries: number | null) {
    this.#reader = reader;
    this.#start = start;
    this.#preload = entries !== null && entries <= PRELOAD_ENTRIES_MAX;
    // A third more than estimated: statistics lag behind.
    const room = this.#preload ? Math.ceil((entries ?? 0) * 1.34) + 10_000 : REMEMBERED_ENTRIES;
    this.states = new CommitStates(room, this.#preload ? (entries ?? 0) : 0);
  }

  /** Reads the transactions table whole where it fits. @throws AdapterError effect `none` */
  static async open(reader: CommitReader, start: bigint): Promise<CommitOracle> {
    const oracle = new CommitOracle(reader, start, await reader.estimateEntries());
    if (!oracle.#preload) return oracle;
    for await (const { starts, commits } of reader.readAll()) oracle.#remember(starts, commits);
    return oracle;
  }

  /** Looks these starts up, so that `states` knows them. At most `LOOK_UP_MAX`, repeats allowed. @throws AdapterError effect `none` */
  async resolve(starts: BigInt64Array): Promise<void> {
    const distinct = starts.toSorted().filter((start, index, all) => index === 0 || start !== all[index - 1]);
    if (distinct.length > 0) this.#remember(distinct, await this.#reader.lookUp(distinct));
  }

  #remember(starts: BigInt64Array, commits: BigInt64Array): void {
    const halves = new Int32Array(starts.buffer, starts.byteOffset, starts.length * 2);
    for (let index = 0; index < starts.length; index += 1) {
      const commit = commits[index];
      if (commit === undefined) throw misaligned();
      // Int32Array views are little-endian on every platform that Node runs on.
      this.states.set(halves[2 * index + 1] ?? 0, halves[2 * index] ?? 0, judgeCommit(commit, this.#start));
    }
  }
}

function misaligned(): AdapterError {
  return new AdapterError(
    "bad-commit",
    "none",
    "A look-up of commits gave fewer answers than it was asked for.",
  );
}
