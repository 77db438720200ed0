import { createHash } from "node:crypto";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  cassandraQualifiedName,
  cassandraTableOptions,
  column2Of,
  isHiddenInCassandra,
} from "#lib/atlasdb/cassandra-layout.ts";
import { decodeMapping, decodePointer, encodeMapping, encodePointer } from "#lib/atlasdb/coordination.ts";
import { toHex } from "#lib/atlasdb/encoding.ts";
import {
  abortedValue,
  committedValue,
  SET_ONCE_WRITE_TIME,
  transactionCell,
} from "#lib/atlasdb/transactions.ts";
import { SMALL_STORES, stores } from "#lib/mover/testing-arbitraries.ts";
import { type ModelVersion, readModelTable } from "#lib/mover/testing-store.ts";
import {
  GOLDEN_CASSANDRA,
  goldenRows,
  readGoldenCassandra,
  readLogicalDump,
} from "#lib/stores/cassandra/testing-golden-rows.ts";
import { modelOfRows, rowsOfModel } from "#lib/stores/cassandra/testing-rows.ts";
import { LONG_MAX } from "#lib/timestamps/long.ts";

const byTable = (a: { table: string }, b: { table: string }) => (a.table < b.table ? -1 : 1);

function sha256Of(versions: readonly ModelVersion[]): string {
  const lines = versions.map(
    ({ row, column, timestamp, value }) => `${toHex(row)} ${toHex(column)} ${timestamp} ${toHex(value)}`,
  );
  return createHash("sha256").update(lines.toSorted().join("\n")).digest("hex");
}

describe.each(GOLDEN_CASSANDRA)("the golden store %s", (name) => {
  const golden = readGoldenCassandra(name);

  test("every table has the options that follow from its metadata", async () => {
    const store = await golden;
    const model = modelOfRows(
      store.rows,
      store.tables.map(({ name }) => name),
    );
    for (const table of store.tables) {
      const qualified = cassandraQualifiedName(table.name);
      const metadata = model.tables.find((one) => one.name === qualified)?.metadata ?? new Uint8Array();
      const expected = cassandraTableOptions(metadata);
      const [least, most] = expected.indexInterval;
      expect(table.options, table.name).toMatchObject({
        compaction_strategy_class: `org.apache.cassandra.db.compaction.${expected.compaction}`,
        compression_parameters: `{"chunk_length_kb":"${expected.chunkKb}","sstable_compression":"org.apache.cassandra.io.compress.LZ4Compressor"}`,
        min_index_interval: BigInt(least),
        max_index_interval: BigInt(most),
        caching: '{"keys":"ALL", "rows_per_partition":"NONE"}',
        gc_grace_seconds: 3600n,
        speculative_retry: "NONE",
      });
      expect(String(table.options["bloom_filter_fp_chance"]), table.name).toBe(expected.bloomFilter);
    }
  });

  test("our reading of its rows is AtlasDB's own, version by version", async () => {
    const { rows, tables } = await golden;
    const model = modelOfRows(
      rows,
      tables.map((table) => table.name),
    );
    const read = model.tables.map(({ name: table, metadata, versions }) => ({
      table,
      metadata: toHex(metadata),
      versions: BigInt(versions.length),
      sha256: sha256Of(versions),
    }));
    const told = await readLogicalDump(name);
    expect(told.length).toBe(32);
    expect(read.toSorted(byTable)).toEqual(told.toSorted(byTable));
  });

  test("every listed table has metadata, whatever its case", async () => {
    const store = await golden;
    const model = modelOfRows(
      store.rows,
      store.tables.map(({ name }) => name),
    );
    expect(model.tables.length).toBe(32);
    expect(model.tables.filter(({ metadata }) => metadata.length === 0)).toEqual([]);
    expect(model.tables.map(({ name }) => name)).toContain("app.MixedCase_Thorough_Migration");
    expect(model.tables.filter(({ name }) => isHiddenInCassandra(name))).toEqual([]);
  });

  test("what we would write for its transactions is what AtlasDB wrote", async () => {
    const { rows, tables } = await golden;
    const model = modelOfRows(
      rows,
      tables.map(({ name }) => name),
    );
    const before = rows.filter(({ table }) => table.startsWith("_transactions"));
    expect(before.length).toBe(model.transactions.size);
    const lines = (some: typeof before) =>
      some
        .map(({ table, key, column1, value }) => `${table} ${toHex(key)} ${toHex(column1)} ${toHex(value)}`)
        .toSorted();
    const again = rowsOfModel({ ...model, tables: [] }).filter(({ table }) =>
      table.startsWith("_transactions"),
    );
    expect(lines(again)).toEqual(lines(before));
  });

  test("its _coordination rows are read, and written again as they were", async () => {
    const store = await golden;
    for (const { column1, value } of goldenRows(store, "_coordination")) {
      if (toHex(column1) === "00") {
        expect(toHex(encodePointer(decodePointer(value)))).toBe(toHex(value));
        continue;
      }
      const decoded = decodeMapping(value);
      expect(decodeMapping(encodeMapping(decoded))).toEqual(decoded);
      // AtlasDB keeps several ranges in no order.
      if (decoded.length === 1) expect(toHex(encodeMapping(decoded))).toBe(toHex(value));
    }
    const { mapping } = modelOfRows(store.rows, []);
    const schema = name === "transactions2" ? 2 : name === "transactions3" ? 3 : 1;
    expect(mapping.at(-1)).toEqual(
      schema === 1 ? { from: 1n, until: null, schema } : { from: 5_010_005n, until: null, schema },
    );
  });

  test("data is written at its own timestamp, and settled commits at the end of time", async () => {
    const store = await golden;
    for (const row of store.rows) {
      if (row.table.startsWith("app__") || row.table === "other_ns__plain")
        if (row.column2 < 0n) expect(row.writeTime).toBe(column2Of(row.column2));
        // A sentinel is written by a collection, at its own fresh timestamp.
        else expect(row.writeTime).toBeGreaterThan(10_000n);
      if (row.table === "_transactions2" && name === "transactions3")
        expect(row.writeTime).toBe(SET_ONCE_WRITE_TIME);
    }
  });

  test("a snapshot accounts for every version, and shows no deleted cell", async () => {
    const store = await golden;
    const model = modelOfRows(
      store.rows,
      store.tables.map(({ name }) => name),
    );
    const totals = model.tables
      .filter((table) => table.name.startsWith("app."))
      .map((table) => {
        const { cells, dropped } = readModelTable(model, table, LONG_MAX);
        const sum = Object.values(dropped).reduce((a, b) => a + b, 0);
        expect(cells.length + sum, table.name).toBe(table.versions.length);
        expect(cells.filter(({ value }) => value.length === 0)).toEqual([]);
        return dropped;
      });
    const total = (reason: "deleted" | "aborted" | "uncommitted" | "older") =>
      totals.reduce((sum, dropped) => sum + dropped[reason], 0);
    // The seeding run deletes, aborts, leaves a conflict unrecorded and overwrites: nothing here may be vacuous.
    for (const reason of ["deleted", "aborted", "uncommitted", "older"] as const)
      expect(total(reason), reason).toBeGreaterThan(0);
  });
});

test("entries of schema 2 and 3 differ only where they should", () => {
  const { row, column } = transactionCell(2, 30_000_000n);
  expect(transactionCell(3, 30_000_000n)).toEqual({ table: "_transactions2", row, column });
  expect(toHex(committedValue(3, 1n, 2n))).toBe(`${toHex(committedValue(2, 1n, 2n))}01`);
  expect(toHex(abortedValue(3))).toBe(`${toHex(abortedValue(2))}01`);
});

test("a generated store comes back from its rows", () => {
  fc.assert(
    fc.property(stores(SMALL_STORES), ({ store, at }) => {
      const rows = rowsOfModel(store);
      const model = modelOfRows(
        rows,
        store.tables.map(({ name }) => name.replace(".", "__")),
      );
      expect(model.mapping).toEqual(store.mapping);
      expect(new Set(model.transactions.keys())).toEqual(new Set(store.transactions.keys()));
      for (const table of store.tables) {
        const again = model.tables.find(({ name }) => name === table.name);
        expect(again && readModelTable(model, again, at)).toEqual(readModelTable(store, table, at));
      }
    }),
    { numRuns: 200 },
  );
});
