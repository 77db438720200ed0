import { AdapterError } from "#lib/errors.ts";
import type { CellBlock } from "#lib/mover/cell-block.ts";

/** What a binary COPY begins with: signature, no flags, no extension. Source: Postgres documentation, COPY, "Binary Format" */
export const COPY_HEADER = Buffer.from("PGCOPY\n\u{ff}\r\n\0\0\0\0\0\0\0\0\0", "latin1");

/** What a binary COPY ends with: a field count of -1. */
export const COPY_TRAILER = Buffer.from([0xff, 0xff]);

const HEADER_BYTES = 19;
const FIELDS = 4;

/**
 * Cuts the stream of a binary COPY of `row_name, col_name, ts, val` into blocks of whole records, wherever the network cut it. Keeps the
 * incomplete record only, and joins a large one once, however many pieces it came in.
 */
export class CopySplitter {
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  /** Bytes without which nothing can be said about the next record. */
  #wanted = HEADER_BYTES;
  #header = true;
  #ended = false;

  /** Takes what came, and gives the whole records so far; null when there are none. @throws AdapterError `bad-copy` */
  push(chunk: Buffer): CellBlock | null {
    if (chunk.length === 0) return null;
    if (this.#ended) throw badCopy("goes on behind its end");
    this.#pieces.push(chunk);
    this.#pieceBytes += chunk.length;
    if (this.#pieceBytes < this.#wanted) return null;
    let bytes = this.#pieces.length === 1 ? chunk : Buffer.concat(this.#pieces, this.#pieceBytes);
    this.#wanted = 0;
    if (this.#header) bytes = this.#skipHeader(bytes);
    const { end, count } = this.#walk(bytes);
    const rest = bytes.subarray(end);
    this.#pieces = rest.length === 0 ? [] : [rest];
    this.#pieceBytes = rest.length;
    return count === 0 ? null : { bytes: bytes.subarray(0, end), count };
  }

  /** Says that the stream is over. @throws AdapterError `bad-copy` when it ended early */
  end(): void {
    if (!this.#ended) throw badCopy("ended early");
  }

  #skipHeader(bytes: Buffer): Buffer {
    if (bytes.length < HEADER_BYTES) {
      this.#wanted = HEADER_BYTES;
      return bytes;
    }
    if (bytes.compare(COPY_HEADER, 0, 11, 0, 11) !== 0) throw badCopy("has no signature");
    const extension = bytes.readInt32BE(15);
    if (extension !== 0) throw badCopy("has a header extension");
    this.#header = false;
    return bytes.subarray(HEADER_BYTES);
  }

  /** Finds the last whole record, and how many there are; also how many bytes the next one needs, as far as can be seen. */
  #walk(bytes: Buffer): { readonly end: number; readonly count: number } {
    let end = 0;
    let count = 0;
    while (!this.#header && end + 2 <= bytes.length) {
      const fields = bytes.readInt16BE(end);
      if (fields === -1) return this.#finish(bytes, end, count);
      if (fields !== FIELDS) throw badCopy(`has a record of ${fields} fields`);
      const next = endOfRecord(bytes, end);
      if (next > bytes.length) {
        this.#wanted = next - end;
        break;
      }
      end = next;
      count += 1;
    }
    return { end, count };
  }

  #finish(bytes: Buffer, end: number, count: number): { readonly end: number; readonly count: number } {
    if (bytes.length !== end + 2) throw badCopy("goes on behind its end");
    this.#ended = true;
    return { end, count };
  }
}

/** Where the record ends; behind the bytes there are when it is not whole, and then no further than is known. */
function endOfRecord(bytes: Buffer, start: number): number {
  let at = start + 2;
  for (let field = 0; field < FIELDS; field += 1) {
    if (at + 4 > bytes.length) return at + 4;
    const length = bytes.readInt32BE(at);
    at += length < 0 ? 4 : 4 + length;
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
