import { CellCursor, RECORD_OVERHEAD, type CellBlock } from "#lib/mover/cell-block.ts";
import { type CellSource, IN_PROGRESS } from "#lib/mover/cell-source.ts";
import { LOOK_UP_MAX } from "#lib/mover/commit-oracle.ts";
import { type KeyRange, WHOLE_TABLE } from "#lib/mover/key-range.ts";

/** Blocks read from the head of a table, and from each of a few places within it. */
const HEAD_BLOCKS = 4;
const PLACE_BLOCKS = 1;
const PLACES = 3;

/** A table is sampled within when it is larger than this. */
const SAMPLE_BYTES = 64 * 1_024 * 1_024;

/** What is known of a table after a few blocks of it were read; null is unknown. Exact where the whole table fitted in them. */
export type TableProbe = {
  readonly versions: number | null;
  readonly cells: number | null;
  readonly bytes: number | null;
  readonly isExact: boolean;
  /** Versions that were looked at, and the starts among them that have no commit, at most a few. */
  readonly looked: number;
  readonly uncommitted: readonly bigint[];
};

/** Starts named in a finding. */
const NAMED_MAX = 20;

type Sample = { versions: number; cells: number; bytes: number; readonly starts: Set<bigint>; last: Buffer };

/** Reads a few blocks of a table and what the store says of it. @throws AdapterError effect `none` */
export async function probeTable(source: CellSource, table: string): Promise<TableProbe> {
  const sample: Sample = { versions: 0, cells: 0, bytes: 0, starts: new Set(), last: Buffer.alloc(0) };
  const isWhole = await readSome(source, table, WHOLE_TABLE, HEAD_BLOCKS, sample);
  if (isWhole) {
    const { versions, cells, bytes } = sample;
    const uncommitted = await findUncommitted(source, sample);
    return { versions, cells, bytes, isExact: true, looked: versions, uncommitted };
  }
  const { estimate, places } = await source.planCuts(table, { bytes: SAMPLE_BYTES, shardsMax: PLACES + 1 });
  for (const from of places.slice(0, PLACES))
    await readSome(source, table, { from, to: null }, PLACE_BLOCKS, sample);
  const versions =
    estimate.versions ??
    (estimate.bytes === null ? null : Math.round((estimate.bytes * sample.versions) / sample.bytes));
  return {
    versions,
    cells: versions === null ? null : Math.round((versions * sample.cells) / sample.versions),
    bytes: estimate.bytes,
    isExact: false,
    looked: sample.versions,
    uncommitted: await findUncommitted(source, sample),
  };
}

/** True when the range had no more than that. */
async function readSome(
  source: CellSource,
  table: string,
  range: KeyRange,
  blocksMax: number,
  sample: Sample,
): Promise<boolean> {
  let blocks = 0;
  for await (const block of source.readVersions(table, range)) {
    if (blocks === blocksMax) return false;
    addBlock(sample, block);
    blocks += 1;
  }
  return true;
}

function addBlock(sample: Sample, block: CellBlock): void {
  const cursor = new CellCursor();
  cursor.reset(block);
  while (cursor.next()) {
    const key = cursor.bytes.subarray(cursor.start + 2, cursor.columnEnd);
    if (!key.equals(sample.last)) sample.cells += 1;
    sample.last = key;
    sample.versions += 1;
    sample.bytes += cursor.end - cursor.start - RECORD_OVERHEAD;
    const { timestamp } = cursor;
    if (timestamp > 0n && sample.starts.size < LOOK_UP_MAX) sample.starts.add(timestamp);
  }
}

async function findUncommitted(source: CellSource, { starts }: Sample): Promise<readonly bigint[]> {
  if (starts.size === 0) return [];
  const asked = BigInt64Array.from(starts);
  const commits = await source.commits.lookUp(asked);
  return [...asked].filter((_, index) => commits[index] === IN_PROGRESS).slice(0, NAMED_MAX);
}
