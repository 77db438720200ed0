/** What an estimate rests on. Weights are estimated bytes of shards, or 1 each where the source could not tell. */
export type EndInputs = {
  readonly shards: { readonly done: number; readonly total: number };
  readonly weight: { readonly done: number; readonly left: number; readonly largestLeft: number };
  /** Weight a second and lane of the shards that ended last: a quarter was slower than `slow`, a quarter faster than `fast`. */
  readonly shardRate: { readonly slow: number; readonly fast: number } | null;
  readonly lanes: number;
  readonly cells: number;
  /** Of all lanes lately; null when nothing moved. */
  readonly cellsPerSecond: number | null;
};

/** Shards that must have ended, or the share of the weight, before anything is said. */
const SHARDS_MIN = 3;
const SHARE_MIN = 0.05;

/** Whether so many shards, or so large a share of the work, are done that an end can be told at all. */
export function isEnoughDone(shards: number, share: number): boolean {
  return shards >= SHARDS_MIN || share >= SHARE_MIN;
}

/**
 * When the run ends, in seconds from now: the range between what slow and fast shards and the newest rate of all lanes suggest. Null before
 * there is enough to go by, or while nothing moves. Source: shared throughput notes, section 5, ETA
 */
export function estimateEnd(inputs: EndInputs): { readonly from: number; readonly to: number } | null {
  const { shards, weight, shardRate, lanes, cells, cellsPerSecond } = inputs;
  const share = weight.done / Math.max(1, weight.done + weight.left);
  if (!isEnoughDone(shards.done, share)) return null;
  if (cellsPerSecond === null || lanes === 0) return null;
  const suggested: number[] = [];
  if (shardRate !== null && shardRate.slow > 0) {
    suggested.push(weight.left / shardRate.fast / lanes);
    suggested.push(Math.max(weight.left / lanes, weight.largestLeft) / shardRate.slow);
  }
  if (cellsPerSecond > 0 && weight.done > 0)
    suggested.push(((cells / weight.done) * weight.left) / cellsPerSecond);
  if (suggested.length === 0) return null;
  return { from: Math.floor(Math.min(...suggested)), to: Math.ceil(Math.max(...suggested)) };
}
