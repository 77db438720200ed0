import fc from "fast-check";
import type { Client } from "pg";
import { describe, expect, test } from "vitest";

import { encodeVarLong } from "#lib/atlasdb/encoding.ts";
import { createEmptyDatabase } from "#lib/db/testing.ts";
import type { CellBlock } from "#lib/mover/cell-block.ts";
import { ABORTED, type CellSource, IN_PROGRESS } from "#lib/mover/cell-source.ts";
import { compareKeys, cutRanges, type KeyRange, successor, WHOLE_TABLE } from "#lib/mover/key-range.ts";
import { planRun } from "#lib/mover/plan-run.ts";
import { runComparison, runCopy } from "#lib/mover/run-copy.ts";
import { commitStart, planSetUp, setUp } from "#lib/mover/set-up.ts";
import { LARGE_STORES, stores } from "#lib/mover/testing-arbitraries.ts";
import { cellsOf } from "#lib/mover/testing-cells.ts";
import { MemoryLedger } from "#lib/mover/testing-ledger.ts";
import { cellLines, type ModelStore, modelStore, readModelTable } from "#lib/mover/testing-store.ts";
import { postgresCellSink } from "#lib/stores/postgres/cell-sink.ts";
import { postgresCellSource, versionsQuery } from "#lib/stores/postgres/cell-source.ts";
import { RANGE_SETTINGS } from "#lib/stores/postgres/copy-out.ts";
import { configFor, run, withSession } from "#lib/stores/postgres/testing.ts";
import { KEY_SHAPES, seedStore } from "#lib/stores/postgres/testing-seed.ts";

/** Puts a model store into an empty database as AtlasDB would have it. */
async function pour(client: Client, store: ModelStore): Promise<void> {
  await client.query(
    "CREATE TABLE _metadata (table_name VARCHAR(2000) NOT NULL, table_size BIGINT NOT NULL, value BYTEA, CONSTRAINT pk__metadata PRIMARY KEY (table_name))",
  );
  const tables = [
    ...store.tables,
    { name: "_transactions", metadata: Buffer.from("0a", "hex"), versions: [] },
  ];
  for (const { name, metadata, versions } of tables) {
    const relation = name.replace(".", "__");
    await client.query(
      `CREATE TABLE ${relation} (row_name BYTEA NOT NULL, col_name BYTEA NOT NULL, ts INT8 NOT NULL, val BYTEA, CONSTRAINT pk_${relation} PRIMARY KEY (row_name, col_name, ts))`,
    );
    await client.query("INSERT INTO _metadata VALUES ($1, 3, $2)", [name, Buffer.from(metadata)]);
    for (const { row, column, timestamp, value } of versions) {
      await client.query(`INSERT INTO ${relation} VALUES ($1, $2, $3, $4)`, [
        Buffer.from(row),
        Buffer.from(column),
        String(timestamp),
        // An empty value and NULL mean the same.
        value.length === 0 && timestamp % 2n === 0n ? null : Buffer.from(value),
      ]);
    }
  }
  for (const [start, { commit }] of store.transactions) {
    await client.query("INSERT INTO _transactions VALUES ($1, '\\x74', 0, $2)", [
      Buffer.from(encodeVarLong(start)),
      Buffer.from(encodeVarLong(commit ?? -1n)),
    ]);
  }
}

async function withPair<T>(
  store: ModelStore,
  work: (parts: {
    readonly source: CellSource;
    readonly destination: CellSource;
    readonly sink: ReturnType<typeof postgresCellSink>;
    readonly client: Client;
    readonly sourceName: string;
    readonly sourceUrl: string;
  }) => Promise<T>,
): Promise<T> {
  const [from, to] = [await createEmptyDatabase(), await createEmptyDatabase()];
  try {
    await withSession(from.superuserUrl, async (client) => pour(client, store));
    return await withSession(to.superuserUrl, async (client) =>
      work({
        client,
        sourceName: from.name,
        sourceUrl: from.superuserUrl,
        source: postgresCellSource({ config: configFor(from.superuserUrl) }),
        destination: postgresCellSource({ config: configFor(to.superuserUrl) }),
        sink: postgresCellSink({ config: configFor(to.superuserUrl) }),
      }),
    );
  } finally {
    await from.drop();
    await to.drop();
  }
}

async function read(source: CellSource, table: string, range: KeyRange): Promise<CellBlock[]> {
  const blocks: CellBlock[] = [];
  for await (const block of source.readVersions(table, range)) blocks.push(block);
  return blocks;
}

describe("a Postgres store", () => {
  test("of any content is copied as the plainest reader reads it", async () => {
    const shape = { ...LARGE_STORES, schemas: "first", manyVersionsMax: 1_500, tablesMax: 2 } as const;
    await fc.assert(
      fc.asyncProperty(stores(shape), async ({ store, at }) => {
        await withPair(store, async ({ source, destination, sink, client }) => {
          const plan = await planSetUp(source, sink);
          await setUp(source, sink, plan);
          await commitStart(sink, at, at + 1n);
          const run = { runId: "r", kind: "copy", start: at } as const;
          const planned = await planRun(source, run, plan.tables, { bytes: 16_384, shardsMax: 5 });
          const ledger = new MemoryLedger();
          await ledger.create(planned);
          const parts = {
            source,
            worker: "w",
            onProgress: () => undefined,
            signal: new AbortController().signal,
            whenIdle: "leave" as const,
            limits: { versions: 10, bytes: 100_000, ms: 60_000 },
          };
          expect(await runCopy({ ...parts, ledger, sink })).toBe("done");
          for (const table of store.tables) {
            const { rows } = await client.query<{ row: Buffer; column: Buffer; value: Buffer; ts: string }>(
              `SELECT row_name AS row, col_name AS column, val AS value, ts FROM ${table.name.replace(".", "__")} ORDER BY 1, 2, ts`,
            );
            expect(cellLines(rows)).toEqual(cellLines(readModelTable(store, table, at).cells));
            expect(new Set(rows.map(({ ts }) => ts)).size).toBeLessThanOrEqual(1);
            expect(rows.every(({ ts }) => ts === String(at))).toBe(true);
          }
          const compared = new MemoryLedger();
          await compared.create({ ...planned, kind: "compare" });
          expect(await runComparison({ ...parts, ledger: compared, destination })).toBe("done");
          expect(await compared.differences(5)).toEqual([]);
        });
      }),
      { numRuns: 6 },
    );
  }, 120_000);

  test("is read in key order from any range, and a reader that stops early frees its connection", async () => {
    const bytes = [0x00, 0x01, 0x7f, 0x80, 0xff];
    const versions = bytes.flatMap((a) =>
      bytes.flatMap((b) =>
        [5n, -1n, 7n].map((timestamp) => ({
          row: Uint8Array.of(a),
          column: Uint8Array.of(b, a),
          timestamp,
          value: Buffer.alloc(3_000, a),
        })),
      ),
    );
    const table = { name: "app.t", metadata: Buffer.from("0a", "hex"), versions };
    await withPair(modelStore({ tables: [table] }), async ({ source, client, sourceName }) => {
      const all = cellsOf(await read(source, "app.t", WHOLE_TABLE));
      expect(all.map(({ timestamp }) => timestamp)).toEqual(
        versions.map((_, index) => [7n, 5n, -1n][index % 3]),
      );
      const places = [all[4], all[30], all[31], all[60]].flatMap((cell) =>
        cell === undefined ? [] : [{ row: Buffer.from(cell.row), column: Buffer.from(cell.column) }],
      );
      const parts = cutRanges([...places, ...places.map(successor)]);
      const pieces = await Promise.all(
        parts.map(async (range) => cellsOf(await read(source, "app.t", range))),
      );
      expect(cellLines(pieces.flat())).toEqual(cellLines(all));
      expect(pieces.filter((piece) => piece.length === 3).length).toBeGreaterThanOrEqual(3);

      for await (const block of source.readVersions("app.t", WHOLE_TABLE)) {
        expect(block.count).toBeGreaterThan(0);
        break;
      }
      const reading = async () => {
        const { rows } = await client.query(
          "SELECT pid FROM pg_stat_activity WHERE datname = $1 AND application_name = 'lockstep' AND query LIKE 'COPY%'",
          [sourceName],
        );
        return rows.length;
      };
      await expect.poll(reading).toBe(0);
      await expect(read(source, "app.missing", WHOLE_TABLE)).rejects.toMatchObject({ code: "table-missing" });
    });
  });

  test("is read no further than the copy's sink keeps up, by the key, and never whole for one range", async () => {
    await withPair(modelStore({ tables: [] }), async ({ source, client, sourceName, sourceUrl }) => {
      await run(
        sourceUrl,
        `CREATE TABLE app__large AS SELECT decode(md5(i::text), 'hex') AS row_name, '\\x63'::bytea AS col_name, 7::int8 AS ts,
           decode(repeat(md5(i::text), 30), 'hex') AS val FROM generate_series(1, 60000) AS i`,
        "ALTER TABLE app__large ADD PRIMARY KEY (row_name, col_name, ts)",
        "ANALYZE app__large",
      );
      const waits = async () => {
        const { rows } = await client.query<{ wait: string | null }>(
          "SELECT wait_event AS wait FROM pg_stat_activity WHERE datname = $1 AND query LIKE 'COPY%'",
          [sourceName],
        );
        return rows.map(({ wait }) => wait);
      };
      const blocks = source.readVersions("app.large", WHOLE_TABLE)[Symbol.asyncIterator]();
      let count = (await blocks.next()).value?.count ?? 0;
      // Nobody asks for more: what is on its way fills the buffers, and then the server stands still.
      await expect.poll(waits).toEqual(["ClientWrite"]);
      const early = count;
      for (let next = await blocks.next(); next.done !== true; next = await blocks.next()) {
        count += next.value.count;
      }
      expect(count).toBe(60_000);
      expect(early).toBeLessThan(10_000);

      const range = { from: { row: Buffer.from([0x20]), column: Buffer.alloc(0) }, to: null };
      const plan = await withSession(sourceUrl, async (session) => {
        await session.query("BEGIN");
        await session.query(RANGE_SETTINGS);
        const { rows } = await session.query<{ "QUERY PLAN": string }>(
          `EXPLAIN ${versionsQuery("app__large", range)}`,
        );
        return rows.map((row) => row["QUERY PLAN"]).join("\n");
      });
      expect(plan).toContain("Index Cond");
      expect(plan).not.toContain("Seq Scan");
      // By the table's own columns: an output column of that name could be a constant.
      expect(versionsQuery("t", range)).toMatch(/ORDER BY s\.row_name, s\.col_name, s\.ts DESC$/);
    });
  });

  test("is cut evenly whatever its keys are, inside hot rows too, with or without statistics", async () => {
    const database = await createEmptyDatabase();
    try {
      await withSession(database.superuserUrl, async (client) =>
        seedStore(client, { cells: 20_000, versions: 1, valueBytes: 50 }),
      );
      const source = postgresCellSource({ config: configFor(database.superuserUrl) });
      for (const shape of Object.keys(KEY_SHAPES)) {
        const { estimate, places } = await source.planCuts(`app.${shape}`, { bytes: 500_000, shardsMax: 4 });
        expect(places).toHaveLength(3);
        expect(estimate.versions).toBe(20_000);
        expect(places.toSorted(compareKeys)).toEqual(places);
        const pieces = await Promise.all(
          cutRanges(places).map(async (range) => cellsOf(await read(source, `app.${shape}`, range)).length),
        );
        expect(pieces.reduce((sum, count) => sum + count, 0)).toBe(20_000);
        expect(Math.min(...pieces), shape).toBeGreaterThan(2_500);
      }
      await run(
        database.superuserUrl,
        "CREATE TABLE app__fresh AS TABLE app__hashed",
        "INSERT INTO _metadata VALUES ('app.fresh', 3, 'x'), ('app.stale', 3, 'x')",
        "CREATE TABLE app__stale (LIKE app__hashed)",
        "VACUUM ANALYZE app__stale",
      );
      expect(await source.holdsCells("app.stale")).toBe(false);
      await run(database.superuserUrl, "INSERT INTO app__stale TABLE app__hashed");
      expect(await source.holdsCells("app.stale")).toBe(true);
      // Counted before it was filled: not a table without cells.
      expect(await source.planCuts("app.stale", { bytes: 1e9, shardsMax: 4 })).toMatchObject({
        estimate: { versions: null },
      });
      const stale = await source.planCuts("app.stale", { bytes: 500_000, shardsMax: 4 });
      expect(stale.estimate.versions).toBeGreaterThan(10_000);
      const fresh = await source.planCuts("app.fresh", { bytes: 500_000, shardsMax: 4 });
      expect(fresh.places).toHaveLength(3);
      expect(fresh.estimate.versions).toBeGreaterThan(10_000);
      expect(await source.planCuts("app.none", { bytes: 1, shardsMax: 4 })).toEqual({
        estimate: { versions: null, bytes: null },
        places: [],
      });
    } finally {
      await database.drop();
    }
  });

  test("tells what became of its transactions, one by one and all at once", async () => {
    const transactions = new Map([
      [1n, { commit: 2n, staged: false }],
      [2n ** 53n + 1n, { commit: 2n ** 62n, staged: false }],
      [7n, { commit: null, staged: false }],
    ]);
    await withPair(modelStore({ transactions }), async ({ source, sink, client, sourceName }) => {
      const { commits } = source;
      const asked = await commits.lookUp(BigInt64Array.of(7n, 3n, 2n ** 53n + 1n, 1n));
      expect([...asked]).toEqual([ABORTED, IN_PROGRESS, 2n ** 62n, 2n]);
      const many = await Promise.all(
        Array.from({ length: 5 }, async (_, lane) =>
          commits.lookUp(
            BigInt64Array.from({ length: 4_096 }, (_, index) => BigInt(lane * 4_096 + index + 1)),
          ),
        ),
      );
      expect([many[0]?.[0], many[0]?.[6], many[4]?.[4_095]]).toEqual([2n, ABORTED, IN_PROGRESS]);
      // A look-up whose session was ended fails, and the next one opens another.
      const { rows } = await client.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name = 'lockstep'",
        [sourceName],
      );
      expect(rows.length).toBeGreaterThan(0);
      const later = async () =>
        commits.lookUp(BigInt64Array.of(1n)).then(
          ([commit]) => commit,
          (error: unknown) => error,
        );
      const first = await later();
      if (first !== 2n) expect(first).toMatchObject({ code: "connection-lost", effect: "none" });
      expect(await later()).toBe(2n);
      const all: [bigint | undefined, bigint][] = [];
      for await (const batch of commits.readAll()) {
        all.push(
          ...[...batch.starts].map((start, index): [bigint, bigint] => [start, batch.commits[index] ?? 0n]),
        );
      }
      expect(new Map(all)).toEqual(
        new Map([
          [1n, 2n],
          [2n ** 53n + 1n, 2n ** 62n],
          [7n, ABORTED],
        ]),
      );
      await source.close();
      // A destination without an AtlasDB store in it has no tables yet.
      expect(await sink.listTables()).toEqual([]);
    });
  });
});
