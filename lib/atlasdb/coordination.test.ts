import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  coverStart,
  decodeMapping,
  decodePointer,
  DEFAULT_MAPPING,
  encodeMapping,
  encodePointer,
  mappingColumn,
  POINTER_COLUMN,
  schemaAt,
  type SchemaMapping,
} from "#lib/atlasdb/coordination.ts";
import { toHex } from "#lib/atlasdb/encoding.ts";
import { AppError } from "#lib/errors.ts";
import { LONG_MAX } from "#lib/timestamps/long.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const value = (payload: string) => bytes(`{"version":1,"payload":"${btoa(payload)}"}`);
const ranges = (...json: readonly string[]) =>
  value(`{"timestampToTransactionsTableSchemaVersion":{"timestampMappings":[${json.join(",")}]}}`);

const mappings = fc
  .tuple(
    fc.uniqueArray(fc.bigInt({ min: 2n, max: LONG_MAX }), { maxLength: 5 }),
    fc.array(fc.constantFrom(1, 2, 3), { minLength: 6, maxLength: 6 }),
  )
  .map(([borders, schemas]): SchemaMapping => {
    const sorted = borders.toSorted((a, b) => (a < b ? -1 : 1));
    return [1n, ...sorted].map((from, index) => ({
      from,
      until: sorted[index] ?? null,
      schema: schemas[index] ?? 1,
    }));
  });

test("mappings and pointers come back, above 2^53 too", () => {
  fc.assert(
    fc.property(mappings, fc.bigInt({ min: 1n, max: LONG_MAX }), (mapping, bound) => {
      expect(decodeMapping(encodeMapping(mapping))).toEqual(mapping);
      expect(decodePointer(encodePointer({ sequence: bound - 1n, bound }))).toEqual({
        sequence: bound - 1n,
        bound,
      });
    }),
  );
});

test("every start has the schema of the one range that it is in", () => {
  fc.assert(
    fc.property(mappings, fc.bigInt({ min: 1n, max: LONG_MAX }), (mapping, start) => {
      for (const at of [start, ...mapping.flatMap(({ from }) => [from, from - 1n])]) {
        if (at < 1n) continue;
        const [range, ...more] = mapping.filter(
          ({ from, until }) => from <= at && (until === null || at < until),
        );
        expect(more).toEqual([]);
        expect(schemaAt(mapping, at)).toBe(range?.schema);
      }
    }),
  );
});

test("ends that are spelt the other way mean the same", () => {
  const open = `{"longRange":{"lowerEndpoint":0,"lowerBoundType":"OPEN","upperEndpoint":9,"upperBoundType":"CLOSED"},"value":2}`;
  const rest = `{"longRange":{"lowerEndpoint":10,"lowerBoundType":"CLOSED"},"value":3}`;
  expect(decodeMapping(ranges(rest, open))).toEqual([
    { from: 1n, until: 10n, schema: 2 },
    { from: 10n, until: null, schema: 3 },
  ]);
});

describe("what is refused", () => {
  const from = (endpoint: number, schema: number, until?: number) =>
    `{"longRange":{"lowerEndpoint":${endpoint},"lowerBoundType":"CLOSED"${until === undefined ? "" : `,"upperEndpoint":${until},"upperBoundType":"OPEN"`}},"value":${schema}}`;

  test.each([
    ["nothing", bytes("")],
    ["no JSON", bytes("{")],
    ["another version", bytes('{"version":2,"payload":""}')],
    ["no base64", bytes('{"version":1,"payload":"*"}')],
    ["no ranges", ranges()],
    ["a gap", ranges(from(1, 1, 5), from(6, 2))],
    ["an overlap", ranges(from(1, 1, 5), from(4, 2))],
    ["no start at 1", ranges(from(2, 1))],
    ["no end", ranges(from(1, 1, 5))],
    ["schema 4", ranges(from(1, 4))],
  ])("%s", (_name, bytes) => {
    expect(() => decodeMapping(bytes)).toThrow(AppError);
  });

  test("a pointer without a bound", () => {
    expect(() => decodePointer(bytes('{"sequence":1}'))).toThrow(AppError);
  });

  test("a start below 1", () => {
    expect(() => schemaAt(DEFAULT_MAPPING, 0n)).toThrow(AppError);
  });
});

describe("before a start may be entered", () => {
  const state = { pointer: { sequence: 7n, bound: 100n }, mapping: DEFAULT_MAPPING };

  test("one up to the bound needs nothing", () => {
    expect(coverStart(state, 100n, 100n)).toEqual([]);
  });

  test("one past it raises the bound, and keeps the mapping", () => {
    const [write, ...more] = coverStart(state, 101n, 200n);
    expect(more).toEqual([]);
    expect(toHex(write?.column ?? bytes(""))).toBe(toHex(POINTER_COLUMN));
    expect(decodePointer(write?.expect ?? bytes(""))).toEqual(state.pointer);
    expect(decodePointer(write?.value ?? bytes(""))).toEqual({ sequence: 7n, bound: 5_000_200n });
  });

  test("a store without a mapping gets AtlasDB's default, mapping first", () => {
    const writes = coverStart(null, 50n, 60n);
    expect(writes.map(({ column }) => toHex(column))).toEqual([toHex(mappingColumn(60n)), "00"]);
    expect(writes.map(({ expect }) => expect)).toEqual([null, null]);
    expect(decodeMapping(writes[0]?.value ?? bytes(""))).toEqual(DEFAULT_MAPPING);
    expect(decodePointer(writes[1]?.value ?? bytes(""))).toEqual({ sequence: 60n, bound: 5_000_060n });
  });

  test("a fresh timestamp below the start is refused", () => {
    expect(() => coverStart(state, 101n, 100n)).toThrow(AppError);
  });
});
