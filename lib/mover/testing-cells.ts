import { type CellBlock, CellBlockBuilder, CellCursor } from "#lib/mover/cell-block.ts";
import { ABORTED, type CommitReader, IN_PROGRESS } from "#lib/mover/cell-source.ts";
import { compareCells, type ModelCell, type ModelStore, type ModelTable } from "#lib/mover/testing-store.ts";

/** The versions of a table as a source would give them, cut into blocks of so many records as `sizes` says, over and over. */
export function* versionBlocks(table: ModelTable, sizes: readonly number[] = [1_000]): Generator<CellBlock> {
  const versions = table.versions.toSorted(
    (a, b) => compareCells(a, b) || (a.timestamp > b.timestamp ? -1 : 1),
  );
  const builder = new CellBlockBuilder(64);
  let turn = 0;
  for (const { row, column, timestamp, value } of versions) {
    builder.add(row, column, timestamp, value);
    if (builder.count < (sizes[turn % sizes.length] ?? 1)) continue;
    turn += 1;
    yield builder.take();
  }
  if (builder.count > 0) yield builder.take();
}

/** The cells of some blocks, with their timestamps. */
export function cellsOf(blocks: Iterable<CellBlock>): (ModelCell & { readonly timestamp: bigint })[] {
  const cursor = new CellCursor();
  const cells: (ModelCell & { readonly timestamp: bigint })[] = [];
  for (const block of blocks) {
    cursor.reset(block);
    let count = 0;
    for (; cursor.next(); count += 1) {
      cells.push({
        row: Buffer.from(cursor.row),
        column: Buffer.from(cursor.column),
        value: Buffer.from(cursor.value),
        timestamp: cursor.timestamp,
      });
    }
    if (count !== block.count) throw new Error(`a block of ${block.count} records has ${count}`);
  }
  return cells;
}

/** The transactions of a model store. `preload` false: as a table too large to be read whole. Counts its look-ups. */
export function modelCommits(store: ModelStore, preload: boolean): CommitReader & { lookUps: number } {
  const commitOf = (start: bigint) => {
    const transaction = store.transactions.get(start);
    return transaction === undefined ? IN_PROGRESS : (transaction.commit ?? ABORTED);
  };
  return {
    lookUps: 0,
    estimateEntries: async () => (preload ? store.transactions.size : null),
    async *readAll() {
      const starts = BigInt64Array.from(store.transactions.keys());
      yield { starts, commits: starts.map(commitOf) };
    },
    async lookUp(starts) {
      this.lookUps += 1;
      return starts.map(commitOf);
    },
  };
}
