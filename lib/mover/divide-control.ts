import type { RunControl } from "#lib/mover/ledger.ts";

/** A worker that holds shards of a run now. */
export type Holder = { readonly worker: string; readonly lanes: number };

/**
 * What of a run's limits is this worker's. Lanes: the same for every worker that holds a shard and for this one, what is left over to the first
 * of them, so that with fewer lanes than workers the last have none. Rates: by the lanes that each holds, so that all together keep to the
 * limit; this worker counts with one at least, and a rate is never 0, which would be none.
 */
export function divideControl(control: RunControl, holders: readonly Holder[], me: string): RunControl {
  const others = holders.filter(({ worker, lanes }) => worker !== me && lanes > 0);
  const held = holders.find(({ worker }) => worker === me)?.lanes ?? 0;
  // Whoever holds something goes before a newcomer: lanes that are too few do not wander.
  const before = others.filter(({ worker }) => held === 0 || worker < me).length;
  const workers = others.length + 1;
  const lanes = Math.floor(control.lanes / workers) + (before < control.lanes % workers ? 1 : 0);
  const own = Math.max(1, held);
  const all = others.reduce((sum, other) => sum + other.lanes, own);
  const part = (rate: number | null) => (rate === null ? null : Math.max(1, Math.floor((rate * own) / all)));
  return {
    wanted: control.wanted,
    lanes,
    cellsPerSecondMax: part(control.cellsPerSecondMax),
    bytesPerSecondMax: part(control.bytesPerSecondMax),
  };
}
