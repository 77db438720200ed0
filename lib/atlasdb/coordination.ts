import { z } from "zod";

import { encodeVarLong } from "#lib/atlasdb/encoding.ts";
import { TRANSACTIONS_SCHEMAS, type TransactionsSchema } from "#lib/atlasdb/transactions.ts";
import { AppError } from "#lib/errors.ts";
import { parseJson } from "#lib/timestamps/json.ts";

/** The row of `_coordination` that says which transactions schema holds when. Source: atlasdb-facts F.3 */
export const COORDINATION_ROW = Uint8Array.of(0x6d);

/** The column of the pointer: the only cell of the row that is ever overwritten (by compare-and-set). Source: atlasdb-facts F.3 */
export const POINTER_COLUMN = encodeVarLong(0n);

/** How far past a fresh timestamp AtlasDB declares a mapping to hold. Source: atlasdb-facts F.3 */
export const COORDINATION_ADVANCE = 5_000_000n;

/** The pointer: the mapping stands under `sequence`, and nobody may change what it says up to `bound`, inclusive. */
export type CoordinationPointer = { readonly sequence: bigint; readonly bound: bigint };

/** One piece of a mapping: start timestamps from `from` to before `until` (null: to the end) use `schema`. */
export type SchemaRange = {
  readonly from: bigint;
  readonly until: bigint | null;
  readonly schema: TransactionsSchema;
};

/** Which schema holds for which start timestamps: ranges in order, from 1 to the end, without gaps. */
export type SchemaMapping = readonly SchemaRange[];

/** What a store without `_coordination` rows has, and every DbKVS. Source: atlasdb-facts F.2 */
export const DEFAULT_MAPPING: SchemaMapping = [{ from: 1n, until: null, schema: 1 }];

/** The column of the mapping with that sequence number. */
export function mappingColumn(sequence: bigint): Uint8Array {
  return encodeVarLong(sequence);
}

const long = z.bigint();
const pointerShape = z.object({ sequence: long, bound: long });
const valueShape = z.object({ version: z.literal(1n), payload: z.string() });
const mappingShape = z.object({
  timestampToTransactionsTableSchemaVersion: z.object({
    timestampMappings: z.array(
      z.object({
        longRange: z.object({
          lowerEndpoint: long,
          lowerBoundType: z.enum(["CLOSED", "OPEN"]),
          upperEndpoint: long.optional(),
          upperBoundType: z.enum(["CLOSED", "OPEN"]).optional(),
        }),
        value: long,
      }),
    ),
  }),
});

/** Reads the pointer's value. @throws AppError `invalid` when AtlasDB would not write it */
export function decodePointer(value: Uint8Array): CoordinationPointer {
  return parse(pointerShape, utf8(value));
}

/** The pointer's value exactly as AtlasDB writes it. Source: golden cassandra/*.cql.jsonl */
export function encodePointer({ sequence, bound }: CoordinationPointer): Uint8Array {
  return new TextEncoder().encode(`{"sequence":${sequence},"bound":${bound}}`);
}

/**
 * Reads a mapping. @throws AppError `invalid` when it is not AtlasDB's, leaves a gap, or names a schema that AtlasDB does not support
 */
export function decodeMapping(value: Uint8Array): SchemaMapping {
  const payload = fromBase64(parse(valueShape, utf8(value)).payload);
  const shape = parse(mappingShape, utf8(payload));
  const ranges = shape.timestampToTransactionsTableSchemaVersion.timestampMappings
    .map(({ longRange: range, value: schema }) => ({
      from: range.lowerEndpoint + (range.lowerBoundType === "OPEN" ? 1n : 0n),
      until: untilOf(range.upperEndpoint, range.upperBoundType),
      schema: supported(schema),
    }))
    .toSorted((a, b) => (a.from < b.from ? -1 : 1));
  requireWhole(ranges);
  return ranges;
}

function untilOf(endpoint: bigint | undefined, type: "CLOSED" | "OPEN" | undefined): bigint | null {
  if (endpoint === undefined) return null;
  return endpoint + (type === "CLOSED" ? 1n : 0n);
}

function supported(version: bigint): TransactionsSchema {
  const schema = TRANSACTIONS_SCHEMAS.find((one) => BigInt(one) === version);
  if (schema !== undefined) return schema;
  throw new AppError(
    "invalid",
    `The store's _coordination table names transactions schema ${version}, which neither AtlasDB 0.1175 nor Lockstep supports.`,
  );
}

function requireWhole(ranges: SchemaMapping): void {
  let next: bigint | null = 1n;
  for (const { from, until } of ranges) {
    if (next === null || from !== next) throw notOurs();
    next = until;
  }
  if (next !== null || ranges.length === 0) throw notOurs();
}

/** A mapping exactly as AtlasDB writes it. Source: golden cassandra/*.cql.jsonl */
export function encodeMapping(mapping: SchemaMapping): Uint8Array {
  const ranges = mapping.map(({ from, until, schema }) => {
    const upper = until === null ? "" : `,"upperEndpoint":${until},"upperBoundType":"OPEN"`;
    return `{"longRange":{"lowerEndpoint":${from},"lowerBoundType":"CLOSED"${upper}},"value":${schema}}`;
  });
  const payload = `{"timestampToTransactionsTableSchemaVersion":{"timestampMappings":[${ranges.join(",")}]}}`;
  return new TextEncoder().encode(`{"version":1,"payload":"${btoa(payload)}"}`);
}

/** The schema in which a transaction with that start stands. A start below 1 needs no entry. @throws AppError `invalid` below 1 */
export function schemaAt(mapping: SchemaMapping, start: bigint): TransactionsSchema {
  const range = mapping.find(({ from, until }) => from <= start && (until === null || start < until));
  if (range === undefined) throw new AppError("invalid", `No transactions schema holds for ${start}.`);
  return range.schema;
}

/** The row `m` of `_coordination` as it was read; null where it has no pointer. */
export type CoordinationState = {
  readonly pointer: CoordinationPointer;
  readonly mapping: SchemaMapping;
} | null;

/**
 * What has to be written, in this order, before a transaction with that start may be entered; `expect` null means put if absent, else
 * compare and set. Up to `bound` nobody may give timestamps another schema, and past it a service that starts may: an entry past it could
 * then be looked for in the wrong place, and all that was copied would be rolled back. Empty where the start is covered already.
 * `fresh` is a timestamp at or above the start, never used as a sequence before. Source: atlasdb-facts F.3, G.7, H34
 */
export function coverStart(
  state: CoordinationState,
  start: bigint,
  fresh: bigint,
): readonly {
  readonly column: Uint8Array;
  readonly expect: Uint8Array | null;
  readonly value: Uint8Array;
}[] {
  if (fresh < start) throw new AppError("invalid", "The fresh timestamp is below the one to be covered.");
  const bound = fresh + COORDINATION_ADVANCE;
  if (state === null) {
    return [
      { column: mappingColumn(fresh), expect: null, value: encodeMapping(DEFAULT_MAPPING) },
      { column: POINTER_COLUMN, expect: null, value: encodePointer({ sequence: fresh, bound }) },
    ];
  }
  if (start <= state.pointer.bound) return [];
  const { sequence } = state.pointer;
  return [
    {
      column: POINTER_COLUMN,
      expect: encodePointer(state.pointer),
      value: encodePointer({ sequence, bound }),
    },
  ];
}

function parse<T>(shape: z.ZodType<T>, text: string): T {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch {
    throw notOurs();
  }
  const parsed = shape.safeParse(json);
  if (!parsed.success) throw notOurs();
  return parsed.data;
}

function utf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    throw notOurs();
  }
}

function notOurs(): AppError {
  return new AppError(
    "invalid",
    "The store's _coordination table holds something that AtlasDB 0.1175 does not write.",
  );
}
