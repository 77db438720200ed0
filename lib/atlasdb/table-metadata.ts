import { AppError } from "#lib/errors.ts";

/**
 * What a table's metadata says that matters to a move. The bytes themselves are copied as they stand and never written anew, so that
 * fields unknown here survive. Source: atlasdb-facts F.6
 */
export type TableMetadata = {
  readonly conflictHandler: number;
  readonly sweepStrategy: number;
  /** In KiB; 0 where none is asked for. */
  readonly compressionBlockSizeKb: number;
  readonly negativeLookups: boolean;
  readonly appendHeavyAndReadLight: boolean;
  readonly denselyAccessedWideRows: boolean;
};

const FIELDS = {
  rowName: 1,
  columns: 2,
  conflictHandler: 3,
  negativeLookups: 8,
  sweepStrategy: 9,
  compressionBlockSizeKb: 10,
  appendHeavyAndReadLight: 11,
  denselyAccessedWideRows: 13,
} as const;

/** The defaults of absent fields: RETRY_ON_WRITE_WRITE is 2, CONSERVATIVE is 1. Source: atlasdb-facts F.6 (TableMetadata) */
const DEFAULT_CONFLICT_HANDLER = 2;
const DEFAULT_SWEEP_STRATEGY = 1;

/** Reads a table's metadata. @throws AppError `invalid` for bytes that are no TableMetadata, none at all included */
export function readTableMetadata(bytes: Uint8Array): TableMetadata {
  const fields = readFields(bytes);
  if (!fields.has(FIELDS.rowName) || !fields.has(FIELDS.columns)) throw malformed();
  const flag = (field: number) => (fields.get(field) ?? 0) !== 0;
  return {
    conflictHandler: fields.get(FIELDS.conflictHandler) ?? DEFAULT_CONFLICT_HANDLER,
    sweepStrategy: fields.get(FIELDS.sweepStrategy) ?? DEFAULT_SWEEP_STRATEGY,
    compressionBlockSizeKb: fields.get(FIELDS.compressionBlockSizeKb) ?? 0,
    negativeLookups: flag(FIELDS.negativeLookups),
    appendHeavyAndReadLight: flag(FIELDS.appendHeavyAndReadLight),
    denselyAccessedWideRows: flag(FIELDS.denselyAccessedWideRows),
  };
}

/** The last value of each field; for what is not a number, its length. Source: the protobuf encoding, proto2 */
function readFields(bytes: Uint8Array): ReadonlyMap<number, number> {
  const fields = new Map<number, number>();
  let offset = 0;
  while (offset < bytes.length) {
    const tag = readVarint(bytes, offset);
    const field = Math.floor(tag.value / 8);
    if (field === 0) throw malformed();
    const read = readValue(bytes, tag.end, tag.value % 8);
    fields.set(field, read.value);
    offset = read.end;
  }
  if (offset !== bytes.length) throw malformed();
  return fields;
}

type Read = { readonly value: number; readonly end: number };

function readValue(bytes: Uint8Array, offset: number, wireType: number): Read {
  if (wireType === 0) return readVarint(bytes, offset);
  if (wireType === 1) return { value: 8, end: offset + 8 };
  if (wireType === 5) return { value: 4, end: offset + 4 };
  if (wireType !== 2) throw malformed();
  const { value, end } = readVarint(bytes, offset);
  return { value, end: end + value };
}

/** No field that is read here has a value above 2^53; where an unknown one has, it is rounded and not looked at. */
function readVarint(bytes: Uint8Array, offset: number): Read {
  let value = 0;
  for (let index = 0; index < 10; index += 1) {
    const byte = bytes[offset + index];
    if (byte === undefined) throw malformed();
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, end: offset + index + 1 };
  }
  throw malformed();
}

function malformed(): AppError {
  return new AppError("invalid", "A table's metadata is not what AtlasDB writes.");
}
