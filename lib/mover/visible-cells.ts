import { Breather } from "#lib/mover/breather.ts";
import { BLOCK_ROOM_BYTES, type CellBlock, CellBlockBuilder, recycleBlock } from "#lib/mover/cell-block.ts";
import { type CommitOracle, LOOK_UP_MAX } from "#lib/mover/commit-oracle.ts";
import type { Counts } from "#lib/mover/counts.ts";
import { LatestCommitted } from "#lib/mover/latest-committed.ts";

const BLOCK_BYTES = 128 * 1_024;

/**
 * The cells that a transaction that starts at `start` sees, in key order and bearing that timestamp, from all versions. `onCounts` hears what
 * each block of versions came to. @throws AdapterError what the source or the look-up threw
 */
export async function* visibleCells(
  blocks: AsyncIterable<CellBlock>,
  oracle: CommitOracle,
  start: bigint,
  onCounts: (counts: Counts) => void,
): AsyncGenerator<CellBlock> {
  const filter = new LatestCommitted(oracle.states, start);
  const breather = new Breather();
  const out = new CellBlockBuilder(BLOCK_ROOM_BYTES);
  for await (const block of blocks) {
    filter.push(block);
    while (filter.advance(out) === "needs-commits") await oracle.resolve(filter.unknownStarts(LOOK_UP_MAX));
    onCounts(filter.takeCounts());
    recycleBlock(block);
    await breather.breathe();
    if (out.byteLength >= BLOCK_BYTES) yield out.take();
  }
  if (out.count > 0) yield out.take();
}
