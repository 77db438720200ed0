import { Parser, type RowsFrame, type RowsReader } from "cassandra-driver/lib/streams.js";

import { AdapterError } from "#lib/errors.ts";

/** What makes a session give cells as bytes: an encoding option of ours beside the driver's own. */
export const RAW_CELLS = { rawCells: true } as const;

const BRAND = Symbol.for("lockstep.raw-rows");

/**
 * The rows of one answer as the server sent them: `count` rows from `start` on, each column an int32 length, big-endian, -1 for null, and its
 * bytes. Source: Cassandra, native_protocol_v4.spec, 4.2.5.2
 */
export class RawRows {
  /** A bundler may hold this module twice beside one driver: then the rows of one copy are the other's too. */
  readonly [BRAND] = true;
  readonly bytes: Buffer;
  readonly start: number;
  readonly count: number;

  constructor(bytes: Buffer, start: number, count: number) {
    this.bytes = bytes;
    this.start = start;
    this.count = count;
  }
}

/** Type codes of the columns of a table of cells. Source: native_protocol_v4.spec, 4.2.5.2 */
const BLOB = 3;
const BIGINT = 2;
const CELL_COLUMNS: ReadonlyMap<string, number> = new Map([
  ["key", BLOB],
  ["column1", BLOB],
  ["column2", BIGINT],
  ["value", BLOB],
]);

/** Whether the columns are `key, column1, column2, value`, the first of which may be missing. */
function holdsCells(columns: RowsFrame["meta"]["columns"]): boolean {
  const names = [...CELL_COLUMNS.keys()].slice(-columns.length);
  return (
    columns.length >= 3 &&
    columns.length <= 4 &&
    columns.every(({ name, type }, index) => name === names[index] && type.code === CELL_COLUMNS.get(name))
  );
}

/**
 * Teaches the driver's parser to hand over cells unparsed, in sessions that ask for it (`RAW_CELLS`). What it makes of a row otherwise, an
 * object with four buffers that goes through three streams, takes ten times the time and several times the memory of the bytes (ADR 18).
 * Calling it again changes nothing.
 */
export function teachRawCells(): void {
  const { prototype } = Parser;
  if (BRAND in prototype) return;
  Object.defineProperty(prototype, BRAND, { value: true });
  const parseRows = prototype.parseRows;
  prototype.parseRows = function parseRowsOrLeaveThem(frame: RowsFrame, reader: RowsReader): void {
    const isRaw = this.encoder.encodingOptions.rawCells === true && frame.byRow !== true;
    if (!isRaw || !holdsCells(frame.meta.columns)) {
      parseRows.call(this, frame, reader);
      return;
    }
    const count = reader.readInt();
    const rows = count === 0 ? [] : [new RawRows(reader.getBuffer(), reader.offset, count)];
    this.push({ header: frame.header, result: { rows, meta: frame.meta, flags: frame.flagsInfo } });
  };
}

/** The rows of an answer to a statement over cells, or null where there are none. @throws AdapterError `unexpected-answer` when the driver did not leave them as they came */
export function rawRowsOf(rows: readonly unknown[]): RawRows | null {
  if (rows.length === 0) return null;
  const [only] = rows;
  if (rows.length === 1 && isRaw(only)) return only;
  throw new AdapterError(
    "unexpected-answer",
    "none",
    "The server answered a reading of cells with other columns than those of a table of cells. Nothing was changed in the store.",
  );
}

function isRaw(value: unknown): value is RawRows {
  return typeof value === "object" && value !== null && BRAND in value;
}
