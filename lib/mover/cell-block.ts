/**
 * Some cell versions as bytes: `count` whole records without gaps. A record is one tuple of Postgres' binary COPY of
 * `row_name, col_name, ts, val`: int16 4, then for each field an int32 length and its bytes, all big-endian; ts has length 8; a value
 * of length -1 (NULL) counts as empty. So the fastest pair moves bytes without re-encoding, and every other adapter reads offsets.
 * Source: Postgres documentation, COPY, "Binary Format"; atlasdb-facts D.2
 *
 * A block belongs to whoever was handed it: its maker neither reads nor changes the bytes afterwards, and the receiver may change them, and
 * may give the memory back with `recycleBlock`.
 */
export type CellBlock = { readonly bytes: Buffer; readonly count: number };

/** Bytes of the memory that blocks are usually made in. */
export const BLOCK_ROOM_BYTES = 320 * 1_024;

/** Kept free for the next blocks: 20 MB at most. */
const FREE_MAX = 64;
const free: ArrayBufferLike[] = [];

/**
 * Memory for a block. New memory for each would make the collector go over the whole heap every few dozen megabytes, and the process large.
 */
export function blockRoom(): Buffer {
  const kept = free.pop();
  return kept === undefined ? Buffer.allocUnsafeSlow(BLOCK_ROOM_BYTES) : Buffer.from(kept);
}

/**
 * Gives the memory of a block back, for another one. Only its owner may, once, and when nothing looks at it any more; whoever does not, leaves
 * it to the collector. Memory of another size than `blockRoom` gives is left to it, too.
 */
export function recycleBlock({ bytes }: CellBlock): void {
  const { buffer } = bytes;
  if (buffer.byteLength !== BLOCK_ROOM_BYTES || free.length >= FREE_MAX || free.includes(buffer)) return;
  free.push(buffer);
}

/** Bytes of a record beside row, column and value. */
export const RECORD_OVERHEAD = 2 + 4 + 4 + 4 + 8 + 4;

/** As `readInt32BE`, without its checks: blocks hold whole records. */
export function int32At(bytes: Buffer, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}

/**
 * Walks a block without making an object a record: `next()` moves to the first or next record and says whether there is one; then the
 * offsets below are those of that record in `bytes`. A value's length is `valueEnd - valueStart`; NULL reads as empty.
 */
export class CellCursor {
  bytes: Buffer = Buffer.alloc(0);
  /** First byte of the record, and the first behind it. */
  start = 0;
  end = 0;
  rowStart = 0;
  rowEnd = 0;
  columnStart = 0;
  columnEnd = 0;
  /** Where the timestamp's 8 bytes are. */
  timestampAt = 0;
  /** The two halves of the timestamp as they were read, signed. */
  timestampHigh = 0;
  timestampLow = 0;
  valueStart = 0;
  valueEnd = 0;

  /** Puts the cursor before the first record. */
  reset(block: CellBlock): void {
    this.bytes = block.bytes;
    this.start = 0;
    this.end = 0;
  }

  /** Moves on. Trusts the block to hold whole records (`CellBlock`'s guarantee). */
  next(): boolean {
    const { bytes } = this;
    const start = this.end;
    if (start >= bytes.length) return false;
    const rowEnd = start + 6 + int32At(bytes, start + 2);
    const columnEnd = rowEnd + 4 + int32At(bytes, rowEnd);
    const length = int32At(bytes, columnEnd + 12);
    const valueStart = columnEnd + 16;
    const valueEnd = length < 0 ? valueStart : valueStart + length;
    this.start = start;
    this.rowStart = start + 6;
    this.rowEnd = rowEnd;
    this.columnStart = rowEnd + 4;
    this.columnEnd = columnEnd;
    this.timestampAt = columnEnd + 4;
    this.timestampHigh = int32At(bytes, columnEnd + 4);
    this.timestampLow = int32At(bytes, columnEnd + 8);
    this.valueStart = valueStart;
    this.valueEnd = valueEnd;
    this.end = valueEnd;
    return true;
  }

  /** The timestamp. Makes a bigint: for the rare cell, not for every one. */
  get timestamp(): bigint {
    return this.bytes.readBigInt64BE(this.timestampAt);
  }

  /** A view on the row's bytes; copy it to keep it longer than the block. */
  get row(): Buffer {
    return this.bytes.subarray(this.rowStart, this.rowEnd);
  }

  /** A view on the column's bytes. */
  get column(): Buffer {
    return this.bytes.subarray(this.columnStart, this.columnEnd);
  }

  /** A view on the value's bytes. */
  get value(): Buffer {
    return this.bytes.subarray(this.valueStart, this.valueEnd);
  }
}

function roomOf(bytes: number): Buffer {
  return bytes === BLOCK_ROOM_BYTES ? blockRoom() : Buffer.allocUnsafeSlow(bytes);
}

/**
 * Collects records into blocks: `add` until `byteLength` is enough, then `take`. Grows for one record larger than the initial size, and
 * falls back to that size with the next block.
 */
export class CellBlockBuilder {
  readonly #initialBytes: number;
  #bytes: Buffer;
  #length = 0;
  #count = 0;

  constructor(initialBytes = 65_536) {
    this.#initialBytes = initialBytes;
    this.#bytes = roomOf(initialBytes);
  }

  /** Bytes collected so far. */
  get byteLength(): number {
    return this.#length;
  }

  /** Records collected so far. */
  get count(): number {
    return this.#count;
  }

  /** Appends one record. */
  add(row: Uint8Array, column: Uint8Array, timestamp: bigint, value: Uint8Array): void {
    let at = this.#reserve(RECORD_OVERHEAD + row.length + column.length + value.length);
    const bytes = this.#bytes;
    at = bytes.writeInt16BE(4, at);
    at = bytes.writeInt32BE(row.length, at);
    bytes.set(row, at);
    at = bytes.writeInt32BE(column.length, at + row.length);
    bytes.set(column, at);
    at = bytes.writeInt32BE(8, at + column.length);
    at = bytes.writeBigInt64BE(timestamp, at);
    at = bytes.writeInt32BE(value.length, at);
    bytes.set(value, at);
    this.#count += 1;
  }

  /**
   * Appends one record whose fields stand as COPY has them, each behind its length: those of `head` first, then those in `source[start, end)`.
   * The timestamp in it, 8 bytes from `timestampAt` of `source`, is the complement of the record's.
   */
  addComplemented(head: Buffer, source: Buffer, start: number, end: number, timestampAt: number): void {
    const at = this.#reserve(2 + head.length + end - start);
    const bytes = this.#bytes;
    bytes[at] = 0;
    bytes[at + 1] = 4;
    if (head.length > 0) head.copy(bytes, at + 2);
    const behind = at + 2 + head.length;
    source.copy(bytes, behind, start, end);
    const first = behind + timestampAt - start;
    for (let index = first; index < first + 8; index += 1) bytes[index] = ~(bytes[index] as number);
    this.#count += 1;
  }

  /** Appends whole records from `source[start, end)`, `count` of them. */
  addRecords(source: Buffer, start: number, end: number, count: number): void {
    const at = this.#reserve(end - start);
    source.copy(this.#bytes, at, start, end);
    this.#count += count;
  }

  /** Hands over what was collected and starts anew. */
  take(): CellBlock {
    const block = { bytes: this.#bytes.subarray(0, this.#length), count: this.#count };
    this.#bytes = roomOf(this.#initialBytes);
    this.#length = 0;
    this.#count = 0;
    return block;
  }

  #reserve(bytes: number): number {
    const at = this.#length;
    const needed = at + bytes;
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, at);
      this.#bytes = grown;
    }
    this.#length = needed;
    return at;
  }
}
