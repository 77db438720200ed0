import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { openFileLedger } from "#lib/mover/file-ledger.ts";
import { planRun } from "#lib/mover/plan-run.ts";
import { runComparison, runCopy } from "#lib/mover/run-copy.ts";
import { commitStart, planSetUp, setUp } from "#lib/mover/set-up.ts";
import { postgresCellSink } from "#lib/stores/postgres/cell-sink.ts";
import { postgresCellSource } from "#lib/stores/postgres/cell-source.ts";
import { dumpStore, layoutOf, readGoldenDump } from "#lib/stores/postgres/testing-dump.ts";
import { configFor, restoreGolden, withSession } from "#lib/stores/postgres/testing.ts";

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
      expect(made.cells.get(name) ?? [], name).toEqual(wanted.cells.get(name) ?? []);
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
    const [made, wanted] = [await layoutOf(destination.superuserUrl), await layoutOf(source.superuserUrl)];
    expect(made.size).toBeGreaterThan(30);
    // The timestamp table is no table of the catalogue, and AtlasDB's first start makes what else is missing.
    for (const [name, lines] of made) expect(lines, name).toEqual(wanted.get(name));
    const long = made.get("app.a_table_with_a_really_long_name_that_goes_past_every_limit_of_oracle");
    expect(long).toContain(
      "pk_app__a_table_with_a_really_long_name_that_goes_past_every_li PRIMARY KEY (row_name, col_name, ts)",
    );
    expect(made.get("app.MixedCase_Thorough_Migration")?.join("\n")).toContain(
      "app__mixedcase_thorough_migration r",
    );
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
