import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { openFileLedger } from "#lib/mover/file-ledger.ts";
import { planRun } from "#lib/mover/plan-run.ts";
import { runComparison, runCopy } from "#lib/mover/run-copy.ts";
import { commitStart, planSetUp, setUp } from "#lib/mover/set-up.ts";
import { postgresCellSink } from "#lib/stores/postgres/cell-sink.ts";
import { postgresCellSource } from "#lib/stores/postgres/cell-source.ts";
import { parseJson } from "#lib/timestamps/json.ts";
import { configFor, restoreGolden, withSession } from "#lib/stores/postgres/testing.ts";

/** A logical dump: metadata by table, and cells by table, each as one line. */
type Dump = { readonly metadata: Map<string, string>; readonly cells: Map<string, string[]> };

async function readGoldenDump(name: string): Promise<Dump> {
  const file = path.join(import.meta.dirname, "../../../e2e/golden/postgres", `${name}.jsonl.gz`);
  const dump: Dump = { metadata: new Map(), cells: new Map() };
  for (const line of gunzipSync(await readFile(file))
    .toString("utf8")
    .trim()
    .split("\n")) {
    const entry = parseJson(line) as Record<string, string | bigint>;
    if (entry["table"] !== undefined) dump.metadata.set(String(entry["table"]), String(entry["metadata"]));
    else add(dump, String(entry["t"]), `${entry["r"]} ${entry["c"]} ${entry["ts"]} ${entry["v"]}`);
  }
  return dump;
}

function add(dump: Dump, table: string, line: string): void {
  const lines = dump.cells.get(table);
  if (lines === undefined) dump.cells.set(table, [line]);
  else lines.push(line);
}

async function dumpStore(url: string): Promise<Dump> {
  return withSession(url, async (client) => {
    const dump: Dump = { metadata: new Map(), cells: new Map() };
    const tables = await client.query<{ name: string; metadata: string }>(
      "SELECT table_name AS name, encode(value, 'hex') AS metadata FROM _metadata",
    );
    for (const { name, metadata } of tables.rows) {
      dump.metadata.set(name, metadata);
      const relation = name.toLowerCase().replace(".", "__").slice(0, 63);
      const cells = await client.query<Record<string, string>>(
        `SELECT encode(row_name, 'hex') AS r, encode(col_name, 'hex') AS c, ts::text AS ts, encode(val, 'hex') AS v
         FROM "${relation}" ORDER BY row_name, col_name, ts`,
      );
      for (const { r, c, ts, v } of cells.rows) add(dump, name, `${r} ${c} ${ts} ${v}`);
    }
    return dump;
  });
}

/** Every relation of the database with its columns and constraints, without the mover's own tables. */
async function layoutOf(url: string, tables: readonly string[]): Promise<unknown> {
  return withSession(url, async (client) => {
    const { rows } = await client.query(
      `SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull, a.attnum
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
       WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND c.relname = ANY ($1) ORDER BY 1, 5`,
      [tables],
    );
    const indexes = await client.query(
      `SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = ANY ($1) ORDER BY 1`,
      [tables],
    );
    return { columns: rows, indexes: indexes.rows };
  });
}

/** S as the real migrator had it in this golden run. */
const START = 2_010_005n;
const COMMIT = 2_010_006n;

describe("the real AtlasDB store, copied", () => {
  let source: TestDatabase;
  let destination: TestDatabase;
  let folder: string;

  beforeAll(async () => {
    source = await createEmptyDatabase();
    destination = await createEmptyDatabase();
    folder = await mkdtemp(path.join(tmpdir(), "lockstep-mover-"));
    await restoreGolden(source.superuserUrl, "source");
  });
  afterAll(async () => {
    await source.drop();
    await destination.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const parts = () => ({
    source: postgresCellSource({ config: configFor(source.superuserUrl) }),
    sink: postgresCellSink({ config: configFor(destination.superuserUrl) }),
    destination: postgresCellSource({ config: configFor(destination.superuserUrl) }),
    worker: "test",
    onProgress: () => undefined,
    signal: new AbortController().signal,
    whenIdle: "leave" as const,
  });

  test("equals what the real migrator made, cell by cell and byte by byte, and the source is unchanged", async () => {
    const before = await dumpStore(source.superuserUrl);
    const { source: from, sink } = parts();
    const plan = await planSetUp(from, sink);
    await setUp(from, sink, plan);
    await commitStart(sink, START, COMMIT);

    const ledger = await openFileLedger(path.join(folder, "copy"));
    // Small shards, so that tables of this small store are cut, too.
    const run = await planRun(from, { runId: "golden", kind: "copy", start: START }, plan.tables, {
      bytes: 40_000,
      shardsMax: 8,
    });
    expect(run.shards.length).toBeGreaterThan(plan.tables.filter(({ fate }) => fate === "copied").length);
    await ledger.create(run);
    expect(await runCopy({ ...parts(), ledger })).toBe("done");
    await ledger.close();

    const made = await dumpStore(destination.superuserUrl);
    const wanted = await readGoldenDump("destination-after-migrate");
    const copied = plan.tables.filter(({ fate }) => fate === "copied").map(({ name }) => name);
    expect(copied).toHaveLength(17);
    for (const name of copied) {
      expect(made.cells.get(name) ?? [], name).toEqual((wanted.cells.get(name) ?? []).toSorted());
    }
    for (const [name, metadata] of made.metadata) expect(metadata, name).toBe(wanted.metadata.get(name));
    // compact.metadata is made by starting the real command line, which we do not do.
    expect([...made.metadata.keys(), "compact.metadata"].toSorted()).toEqual(
      [...wanted.metadata.keys()].toSorted(),
    );
    expect(made.cells.get("_transactions")).toEqual(["deab95 74 0 deab96"]);
    expect(await dumpStore(source.superuserUrl)).toEqual(before);
  });

  test("has the physical layout of the source, names and constraints included", async () => {
    const tables = [
      "app__a_table_with_a_really_long_name_that_goes_past_every_limit",
      "app__mixedcase_thorough_migration",
    ];
    const all = [...tables, "_metadata", "_transactions", "app__users"];
    expect(await layoutOf(destination.superuserUrl, all)).toEqual(await layoutOf(source.superuserUrl, all));
  });

  test("is found equal by the comparison, and every way of being different is found", async () => {
    const { source: from } = parts();
    const plan = await planSetUp(from, parts().sink);
    const compare = async (name: string) => {
      const ledger = await openFileLedger(path.join(folder, name));
      await ledger.create(await planRun(from, { runId: name, kind: "compare", start: START }, plan.tables));
      expect(await runComparison({ ...parts(), ledger })).toBe("done");
      const found = await ledger.differences(100);
      const shards = await ledger.shards();
      await ledger.close();
      return {
        found,
        cells: shards.reduce((sum, { checkpoint }) => sum + (checkpoint?.counts.cells ?? 0), 0),
      };
    };
    const equal = await compare("equal");
    expect(equal.found).toEqual([]);
    expect(equal.cells).toBe(1_286);

    await withSession(destination.superuserUrl, async (client) => {
      const first = "(SELECT row_name, col_name FROM app__users ORDER BY 1, 2 LIMIT 1 OFFSET $1)";
      await client.query(`DELETE FROM app__users WHERE (row_name, col_name) = ${first}`, [3]);
      await client.query(`UPDATE app__users SET val = val || 'x' WHERE (row_name, col_name) = ${first}`, [5]);
      await client.query(`UPDATE app__users SET ts = ts + 1 WHERE (row_name, col_name) = ${first}`, [7]);
      await client.query(
        `INSERT INTO app__users SELECT row_name, col_name, ts - 1, val FROM app__users WHERE (row_name, col_name) = ${first}`,
        [9],
      );
      await client.query("INSERT INTO app__users VALUES ('\\xff', '\\xff', $1, 'x')", [String(START)]);
      await client.query("INSERT INTO app__empty_table VALUES ('\\x00', '\\x00', $1, 'x')", [String(START)]);
    });
    const { found } = await compare("different");
    expect(found.map(({ table, kind }) => `${table} ${kind}`).toSorted()).toEqual([
      "app.empty_table extra",
      "app.users extra",
      "app.users missing",
      "app.users value",
      "app.users version",
      "app.users version",
    ]);
    const changed = found.find(({ kind }) => kind === "value");
    expect(changed?.destination?.bytes).toBe((changed?.source?.bytes ?? 0) + 1);
    expect(changed?.destination?.head).toBe(`${changed?.source?.head}78`);
  });
});
