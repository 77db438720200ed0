import { AdapterError } from "#lib/errors.ts";
import { BLOCK_ROOM_BYTES, blockRoom, type CellBlock } from "#lib/mover/cell-block.ts";

/** What a binary COPY begins with: signature, no flags, no extension. Source: Postgres documentation, COPY, "Binary Format" */
export const COPY_HEADER = Buffer.from("PGCOPY\n\u{ff}\r\n\0\0\0\0\0\0\0\0\0", "latin1");

/** What a binary COPY ends with: a field count of -1. */
export const COPY_TRAILER = Buffer.from([0xff, 0xff]);

const HEADER_BYTES = 19;
const FIELDS = 4;

/** A block is handed on when it has this many bytes, or less at the end; there is room for one more read from the network. */
const BLOCK_BYTES = 128 * 1_024;

/** Four fields of a gigabyte, which is the most that Postgres has in one. */
const RECORD_BYTES_MAX = 4 * 2 ** 30;

/**
 * Puts the stream of a binary COPY of `row_name, col_name, ts, val` together to blocks of whole records, wherever it was cut. Every byte is
 * copied once, and what is left behind the last whole record of a block a second time; a record larger than a block gets one of its own size.
 */
export class CopySplitter {
  #bytes = blockRoom();
  #length = 0;
  /** Behind the last whole record, how many there are up to there, and how many bytes the next one needs as far as can be seen. */
  #whole = 0;
  #count = 0;
  #wanted = HEADER_BYTES;
  #header = true;
  #ended = false;

  /** Whether there is enough for a block. */
  get isFull(): boolean {
    return this.#count > 0 && this.#length >= BLOCK_BYTES;
  }

  /** Takes `source[start, end)`, and keeps no hold of it. @throws AdapterError `bad-copy` */
  write(source: Buffer, start: number, end: number): void {
    const needed = this.#length + end - start;
    if (needed > this.#bytes.length) this.#grow(needed);
    source.copy(this.#bytes, this.#length, start, end);
    this.#length = needed;
    if (needed - this.#whole >= this.#wanted) this.#walk();
  }

  /** Hands over the whole records so far; null when there are none. */
  take(): CellBlock | null {
    if (this.#count === 0) return null;
    const block = { bytes: this.#bytes.subarray(0, this.#whole), count: this.#count };
    const rest = this.#bytes.subarray(this.#whole, this.#length);
    const needed = Math.max(rest.length, this.#wanted);
    this.#bytes = needed > BLOCK_ROOM_BYTES ? Buffer.allocUnsafeSlow(needed) : blockRoom();
    rest.copy(this.#bytes);
    this.#length = rest.length;
    this.#whole = 0;
    this.#count = 0;
    return block;
  }

  /** Says that the stream is over. @throws AdapterError `bad-copy` when it ended early */
  end(): void {
    if (!this.#ended) throw badCopy("ended early");
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(
      Math.max(needed, this.#whole + this.#wanted, this.#bytes.length * 2),
    );
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }

  /** Goes over the records that became whole, and says how much the next one needs. */
  #walk(): void {
    if (this.#header && !this.#skipHeader()) return;
    const bytes = this.#bytes;
    const length = this.#length;
    let at = this.#whole;
    this.#wanted = 2;
    if (this.#ended) throw badCopy("goes on behind its end");
    while (at + 2 <= length) {
      const fields = bytes.readInt16BE(at);
      if (fields === -1) {
        if (length !== at + 2) throw badCopy("goes on behind its end");
        this.#ended = true;
        this.#wanted = 1;
        this.#length = at;
        break;
      }
      if (fields !== FIELDS) throw badCopy(`has a record of ${fields} fields`);
      const next = endOfRecord(bytes, at, length);
      if (next > length) {
        this.#wanted = next - at;
        if (this.#wanted > RECORD_BYTES_MAX) throw badCopy(`has a record of ${this.#wanted} bytes`);
        break;
      }
      at = next;
      this.#count += 1;
    }
    this.#whole = at;
  }

  #skipHeader(): boolean {
    const bytes = this.#bytes;
    if (bytes.compare(COPY_HEADER, 0, 11, 0, 11) !== 0) throw badCopy("has no signature");
    if (bytes.readInt32BE(15) !== 0) throw badCopy("has a header extension");
    bytes.copyWithin(0, HEADER_BYTES, this.#length);
    this.#length -= HEADER_BYTES;
    this.#header = false;
    this.#wanted = 2;
    return this.#length >= 2;
  }
}

/** Where the record ends; behind `length`, and then no further than is known, when it is not whole. */
function endOfRecord(bytes: Buffer, start: number, length: number): number {
  let at = start + 2;
  for (let field = 0; field < FIELDS; field += 1) {
    if (at + 4 > length) return at + 4;
    const size = bytes.readInt32BE(at);
    at += size < 0 ? 4 : 4 + size;
  }
  return at;
}

function badCopy(what: string): AdapterError {
  return new AdapterError(
    "bad-copy",
    "none",
    `What the server sent as a binary COPY ${what}. Nothing was changed in the store.`,
  );
}
