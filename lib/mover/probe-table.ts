import { CellCursor, RECORD_OVERHEAD, type CellBlock } from "#lib/mover/cell-block.ts";
import { type CellSource, IN_PROGRESS } from "#lib/mover/cell-source.ts";
import { LOOK_UP_MAX } from "#lib/mover/commit-oracle.ts";
import { type CellKey, type KeyRange, rowStart, WHOLE_TABLE } from "#lib/mover/key-range.ts";
import type { TableEstimate } from "#lib/mover/store-table.ts";

/** Blocks read from the head of a table that is not large, and of each row that is looked at within one. */
const HEAD_BLOCKS = 4;
const ROW_BLOCKS = 1;

/** Rows looked at within a table. */
const ROWS_MAX = 16;

/** Above this the head is not read: a store that sorts what it is asked for would sort the whole table before its first block. */
const HEAD_BYTES_MAX = 64 * 1_024 * 1_024;

/** What is known of a table after a few blocks of it were read; null is unknown. Exact where the whole table fitted in them. */
export type TableProbe = {
  readonly versions: number | null;
  readonly cells: number | null;
  readonly bytes: number | null;
  readonly isExact: boolean;
  /** Versions that were looked at, and the starts among them that have no commit, at most a few. */
  readonly looked: number;
  /** Bytes of the largest value, and of the largest row and column together, among them. */
  readonly largestValue: number;
  readonly largestKey: number;
  readonly uncommitted: readonly bigint[];
};

/** Starts named in a finding. */
const NAMED_MAX = 20;

type Sample = {
  versions: number;
  cells: number;
  bytes: number;
  largestValue: number;
  largestKey: number;
  readonly starts: Set<bigint>;
  last: Buffer;
};

/** Reads a few blocks of a table and what the store says of it. @throws AdapterError effect `none` */
export async function probeTable(source: CellSource, table: string): Promise<TableProbe> {
  const sample: Sample = {
    versions: 0,
    cells: 0,
    bytes: 0,
    largestValue: 0,
    largestKey: 0,
    starts: new Set(),
    last: Buffer.alloc(0),
  };
  const size = { bytes: HEAD_BYTES_MAX, shardsMax: ROWS_MAX + 1 };
  const { estimate, places } = await source.planCuts(table, size);
  const isSmall = estimate.bytes === null || estimate.bytes <= HEAD_BYTES_MAX;
  if (isSmall && (await readSome(source, table, WHOLE_TABLE, HEAD_BLOCKS, sample))) {
    const { versions, cells, bytes, largestValue, largestKey } = sample;
    const uncommitted = await findUncommitted(source, sample);
    return { versions, cells, bytes, isExact: true, looked: versions, largestValue, largestKey, uncommitted };
  }
  for (const from of places.slice(0, ROWS_MAX))
    await readSome(source, table, { from, to: afterRow(from.row) }, ROW_BLOCKS, sample);
  return {
    ...extrapolate(estimate, sample),
    isExact: false,
    looked: sample.versions,
    largestValue: sample.largestValue,
    largestKey: sample.largestKey,
    uncommitted: await findUncommitted(source, sample),
  };
}

/** The place behind the last cell of a row. */
function afterRow(row: Buffer): CellKey {
  return rowStart(Buffer.concat([row, Buffer.of(0)]));
}

/** A table of which nothing was seen stays unknown beyond what its store says. */
function extrapolate(
  { versions, bytes }: TableEstimate,
  sample: Sample,
): Pick<TableProbe, "versions" | "cells" | "bytes"> {
  if (sample.versions === 0) {
    // A store that counts none in a table whose head was not read may have counted before it was filled.
    const told = versions === 0 ? null : versions;
    return { versions: told, cells: told, bytes };
  }
  const all = versions ?? (bytes === null ? null : Math.round((bytes * sample.versions) / sample.bytes));
  const cells = all === null ? null : Math.round((all * sample.cells) / sample.versions);
  return { versions: all === null ? null : Math.round(all), cells, bytes };
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
    const cell = cursor.bytes.subarray(cursor.start + 2, cursor.columnEnd);
    if (!cell.equals(sample.last)) sample.cells += 1;
    sample.last = cell;
    sample.versions += 1;
    sample.bytes += cursor.end - cursor.start - RECORD_OVERHEAD;
    sample.largestValue = Math.max(sample.largestValue, cursor.valueEnd - cursor.valueStart);
    const key = cursor.rowEnd - cursor.rowStart + cursor.columnEnd - cursor.columnStart;
    sample.largestKey = Math.max(sample.largestKey, key);
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
