import { InvariantError } from "#lib/errors.ts";
import type { CellSink } from "#lib/mover/cell-sink.ts";
import type { CellSource } from "#lib/mover/cell-source.ts";
import { CommitOracle } from "#lib/mover/commit-oracle.ts";
import { compareShard } from "#lib/mover/compare-shard.ts";
import { CHUNK_LIMITS, type ChunkLimits, copyShard } from "#lib/mover/copy-shard.ts";
import type { Ledger, RunPlan } from "#lib/mover/ledger.ts";
import type { OnProgress } from "#lib/mover/progress.ts";
import { LANE_TIMES, type LanesEnd, type LaneTimes, runLanes, type WorkShard } from "#lib/mover/run-lanes.ts";
import { Throttle } from "#lib/mover/throttle.ts";

/** What one process brings to a run whose plan is in the ledger. */
export type RunParts = {
  readonly source: CellSource;
  readonly ledger: Ledger;
  /** A name for this process, unique among those at work. */
  readonly worker: string;
  readonly onProgress: OnProgress;
  readonly signal: AbortSignal;
  readonly whenIdle: "wait" | "leave";
  readonly limits?: ChunkLimits;
  readonly times?: LaneTimes;
};

/**
 * Works off a copy with this process's lanes, until it is done or nothing is left to do here. May be started again at any time, and by any
 * number of processes at once where the ledger serves several: each cell ends in the destination exactly once.
 * @throws AdapterError when the ledger stays away
 */
export async function runCopy(parts: RunParts & { readonly sink: CellSink }): Promise<LanesEnd> {
  const { sink, limits = CHUNK_LIMITS } = parts;
  const throttle = new Throttle();
  const oracle = await oracleFor(parts, "copy");
  const work: WorkShard = async (lease, hooks) =>
    copyShard({ ...parts, ...hooks, sink, oracle: await oracle(), throttle, limits }, lease);
  await tellTables(parts.ledger, [parts.source]);
  return runLanes({ ...parts, work, throttle, times: parts.times ?? LANE_TIMES });
}

/** Works off a comparison, as `runCopy` does a copy. Neither store is written. */
export async function runComparison(
  parts: RunParts & { readonly destination: CellSource },
): Promise<LanesEnd> {
  const { destination, limits = CHUNK_LIMITS } = parts;
  const throttle = new Throttle();
  const oracle = await oracleFor(parts, "compare");
  const isNewest = (await parts.ledger.plan())?.versions === "newest";
  const opened = isNewest ? await oracleFor({ ...parts, source: destination }, "compare") : null;
  const there = async () => (opened === null ? null : opened());
  const work: WorkShard = async (lease, hooks) =>
    compareShard(
      { ...parts, ...hooks, destination, oracle: await oracle(), there: await there(), throttle, limits },
      lease,
    );
  await tellTables(parts.ledger, [parts.source, destination]);
  return runLanes({ ...parts, work, throttle, times: parts.times ?? LANE_TIMES });
}

/** Tells the sources what is left to read, in the order in which lanes take it. */
async function tellTables(ledger: Ledger, sources: readonly CellSource[]): Promise<void> {
  const left = (await ledger.shards()).filter(({ state }) => state !== "done");
  const tables = [...new Set(left.map(({ shard }) => shard.table))];
  for (const source of sources) source.readAhead?.(tables);
}

/** The oracle of all lanes, opened by the first that needs it; a failure is that lane's, which tries again. */
async function oracleFor(
  { source, ledger }: RunParts,
  kind: RunPlan["kind"],
): Promise<() => Promise<CommitOracle>> {
  const plan = await ledger.plan();
  if (plan?.kind !== kind) throw new InvariantError(`the ledger holds no plan to ${kind}`);
  let opening: Promise<CommitOracle> | undefined;
  return async () => {
    opening ??= CommitOracle.open(source.commits, plan.start).catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  };
}
