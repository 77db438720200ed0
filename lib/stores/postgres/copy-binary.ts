import { AdapterError } from "#lib/errors.ts";
import type { CellBlock } from "#lib/mover/cell-block.ts";

/** What a binary COPY begins with: signature, no flags, no extension. Source: Postgres documentation, COPY, "Binary Format" */
export const COPY_HEADER = Buffer.from("PGCOPY\n\u{ff}\r\n\0\0\0\0\0\0\0\0\0", "latin1");

/** What a binary COPY ends with: a field count of -1. */
export const COPY_TRAILER = Buffer.from([0xff, 0xff]);

const HEADER_BYTES = 19;
const FIELDS = 4;

/**
 * Cuts the stream of a binary COPY of `row_name, col_name, ts, val` into blocks of whole records, wherever the network cut it. What came whole
 * is handed on as it came; only a record that was cut is joined, and once, however many pieces it came in.
 */
export class CopySplitter {
  /** The record that was cut, or the header: its pieces so far, and how many bytes it needs, as far as can be seen. */
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #wanted = HEADER_BYTES;
  #header = true;
  #ended = false;

  /** Takes what came, and gives the whole records so far, in one block or two. @throws AdapterError `bad-copy` */
  push(chunk: Buffer): CellBlock[] {
    const blocks: CellBlock[] = [];
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#ended) throw badCopy("goes on behind its end");
      if (this.#pieceBytes === 0 && !this.#header) {
        rest = this.#walk(rest, blocks);
        if (rest.length === 0) break;
      }
      const missing = Math.max(1, this.#wanted - this.#pieceBytes);
      this.#keep(rest.subarray(0, missing));
      rest = rest.subarray(missing);
      if (this.#pieceBytes >= this.#wanted) this.#join(blocks);
    }
    return blocks;
  }

  /** Says that the stream is over. @throws AdapterError `bad-copy` when it ended early */
  end(): void {
    if (!this.#ended) throw badCopy("ended early");
  }

  #keep(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#pieceBytes += piece.length;
  }

  /** Looks at the pieces as one: the header is done, or the record is whole, or more is known of how long it is. */
  #join(blocks: CellBlock[]): void {
    const joined = Buffer.concat(this.#pieces, this.#pieceBytes);
    this.#pieces = [];
    this.#pieceBytes = 0;
    if (this.#header) {
      this.#skipHeader(joined);
      return;
    }
    const rest = this.#walk(joined, blocks);
    if (rest.length > 0) this.#keep(rest);
  }

  #skipHeader(bytes: Buffer): void {
    if (bytes.compare(COPY_HEADER, 0, 11, 0, 11) !== 0) throw badCopy("has no signature");
    if (bytes.readInt32BE(15) !== 0) throw badCopy("has a header extension");
    this.#header = false;
  }

  /** Gives out the whole records at the front and what is left behind them; says how much the record there needs. */
  #walk(bytes: Buffer, blocks: CellBlock[]): Buffer {
    let end = 0;
    let count = 0;
    this.#wanted = 2;
    while (end + 2 <= bytes.length) {
      const fields = bytes.readInt16BE(end);
      if (fields === -1) {
        if (bytes.length !== end + 2) throw badCopy("goes on behind its end");
        this.#ended = true;
        break;
      }
      if (fields !== FIELDS) throw badCopy(`has a record of ${fields} fields`);
      const next = endOfRecord(bytes, end);
      this.#wanted = next - end;
      if (next > bytes.length) break;
      end = next;
      count += 1;
      this.#wanted = 2;
    }
    if (count > 0) blocks.push({ bytes: bytes.subarray(0, end), count });
    return this.#ended ? bytes.subarray(bytes.length) : bytes.subarray(end);
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
