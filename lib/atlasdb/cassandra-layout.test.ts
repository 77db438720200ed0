import fc from "fast-check";
import { expect, test } from "vitest";

import {
  cassandraPhysicalName,
  cassandraQualifiedName,
  cassandraTableOptions,
  column2Of,
  isHiddenInCassandra,
  metadataRow,
} from "#lib/atlasdb/cassandra-layout.ts";
import { fromHex } from "#lib/atlasdb/encoding.ts";
import { readTableMetadata } from "#lib/atlasdb/table-metadata.ts";
import { ATOMIC_TABLES } from "#lib/atlasdb/tables.ts";
import { AppError } from "#lib/errors.ts";
import { LONG_MAX } from "#lib/timestamps/long.ts";

test.each([
  ["app.users", "app__users"],
  ["app.MixedCase_Thorough_Migration", "app__MixedCase_Thorough_Migration"],
  ["app.a__b", "app__a__b"],
  ["_transactions2", "_transactions2"],
])("%s is the table %s, and back", (qualified, physical) => {
  expect(cassandraPhysicalName(qualified)).toBe(physical);
  expect(cassandraQualifiedName(physical)).toBe(qualified);
});

test("a metadata row is in lower case", () => {
  expect(new TextDecoder().decode(metadataRow("App.Users"))).toBe("app.users");
});

test("what AtlasDB does not list", () => {
  for (const name of [
    "_timestamp",
    "_metadata",
    "_persisted_locks",
    "_locks",
    "_locks_x",
    "_LOCKS1",
    "sweep.progress",
  ])
    expect(isHiddenInCassandra(name), name).toBe(true);
  for (const name of ["app.users", "_punch", "sweep.priority", "app._locks"])
    expect(isHiddenInCassandra(name), name).toBe(false);
  expect(ATOMIC_TABLES.filter((name) => isHiddenInCassandra(name))).toEqual(["_persisted_locks"]);
});

test("column2 puts newer versions first, and a sentinel last", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -1n, max: LONG_MAX }), fc.bigInt({ min: -1n, max: LONG_MAX }), (a, b) => {
      expect(column2Of(column2Of(a))).toBe(a);
      expect(column2Of(a) < column2Of(b)).toBe(a > b);
    }),
  );
  expect([column2Of(0n), column2Of(-1n)]).toEqual([-1n, 0n]);
});

const NAMES = "0a0f0a0b0a016b1003180120013001180012160a140a0176120576616c75651a060803180120032000";

test.each([
  ["", "Leveled", "0.1", 4, 128],
  [NAMES, "Leveled", "0.1", 4, 128],
  [`${NAMES}4001`, "Leveled", "0.01", 4, 128],
  [`${NAMES}5801`, "SizeTiered", "0.01", 4, 128],
  [`${NAMES}40015801`, "SizeTiered", "0.0001", 4, 128],
  [`${NAMES}5040400068016801`, "Leveled", "0.0001", 64, 1],
  [`${NAMES}58016801`, "SizeTiered", "0.0001", 4, 1],
  // Fields that are not known here, of every kind of wire, change nothing.
  [`${NAMES}f00101f9010000000000000000fd0100000000f2010161a0060a`, "Leveled", "0.1", 4, 128],
])("the options of metadata %j", (hex, compaction, bloomFilter, chunkKb, least) => {
  expect(cassandraTableOptions(fromHex(hex))).toEqual({
    compaction: `${compaction}CompactionStrategy`,
    bloomFilter,
    chunkKb,
    indexInterval: [least, least === 1 ? 1 : 2048],
  });
});

test("defaults of absent fields are AtlasDB's", () => {
  expect(readTableMetadata(fromHex(NAMES))).toMatchObject({ conflictHandler: 2, sweepStrategy: 1 });
  expect(readTableMetadata(fromHex(`${NAMES}18044803`))).toMatchObject({
    conflictHandler: 4,
    sweepStrategy: 3,
  });
});

test.each(["", "00", "0a", "0a05", "0a0101", `${NAMES}07`, `${NAMES}0b`, `${NAMES}ff`, `${NAMES}f2010a61`])(
  "%j is no metadata",
  (hex) => {
    expect(() => readTableMetadata(fromHex(hex))).toThrow(AppError);
  },
);
