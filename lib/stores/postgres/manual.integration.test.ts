import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { splitStatements } from "#e2e/golden/restore-sql.ts";
import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";
import {
  type ManualCommand,
  renderInvalidate,
  renderReadBound,
  renderReadPunch,
  renderReadSessions,
  renderRepair,
  renderRestore,
} from "#lib/stores/postgres/manual.ts";
import { decodePastedBound, decodePastedPunch } from "#lib/stores/postgres/pasted.ts";
import { postgresBoundStore } from "#lib/stores/postgres/postgres-bound-store.ts";
import { configFor, restoreGolden, run, withSession } from "#lib/stores/postgres/testing.ts";
import type { BoundReading } from "#lib/stores/schema.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createEmptyDatabase();
  await restoreGolden(database.superuserUrl, "invalidated-by-real-migration");
});
afterAll(async () => {
  await database.drop();
});

/** Does what psql does with a command's SQL: statements one by one, `\gexec` runs what a query returns, the first error ends it. */
async function psql({ sql }: ManualCommand): Promise<string> {
  return withSession(database.superuserUrl, async (client) => {
    const output: string[] = [];
    const send = async (statement: string): Promise<string[][]> => {
      const { rows } = await client.query<string[]>({ text: statement, rowMode: "array" });
      return rows ?? [];
    };
    for (const chunk of splitStatements(sql.replaceAll(" \\gexec", " /*gexec*/;"))) {
      const rows = await send(chunk).catch((error: Error) => {
        output.push(`ERROR:  ${error.message}`);
        return null;
      });
      if (rows === null) break;
      if (!chunk.endsWith("/*gexec*/")) output.push(...rows.map((row) => row.join("|")));
      else for (const row of rows.flat()) output.push(...(await send(row)).map((line) => line.join("|")));
    }
    return `${output.join("\n")}\n`;
  });
}

async function place(...sql: string[]): Promise<void> {
  await run(database.superuserUrl, "DROP TABLE IF EXISTS public._timestamp", ...sql);
}

function target() {
  return configFor(database.superuserUrl);
}

async function guard() {
  const reading = await postgresBoundStore({ config: target() }).readBound();
  return { identity: reading.identity, expected: reading.state };
}

/** The reading without what differs from moment to moment and from way to way. */
function essence({ state, identity, raw, server, tr }: BoundReading) {
  return { state, identity, raw, server, tr };
}

async function pastedRead(command: ManualCommand): Promise<BoundReading> {
  const text = await psql(command);
  const pasted = decodePastedBound(text, target());
  expect(pasted, text).toMatchObject({ ok: true, reading: { provenance: "pasted" } });
  if (!pasted.ok) throw new Error(pasted.reason);
  return pasted.reading;
}

const CREATE = "CREATE TABLE _timestamp (last_allocated int8 NOT NULL)";
const SEVERAL = "INSERT INTO _timestamp VALUES (3), (9007199254740993), (3)";

describe("pasted output reads as our own connection does", () => {
  test.each([
    ["readable", [CREATE, "INSERT INTO _timestamp VALUES (9223372036854775807)"]],
    [
      "invalidated",
      ["CREATE TABLE _timestamp (legacy_last_allocated int8 NOT NULL)", "INSERT INTO _timestamp VALUES (5)"],
    ],
    ["no row", [CREATE]],
    ["no table", []],
    ["several rows", [CREATE, SEVERAL]],
    [
      "both columns",
      [
        "CREATE TABLE _timestamp (last_allocated int8, legacy_last_allocated int8)",
        "INSERT INTO _timestamp VALUES (1, 2), (NULL, 7), (3, NULL)",
      ],
    ],
    [
      "another type",
      ["CREATE TABLE _timestamp (last_allocated numeric)", "INSERT INTO _timestamp VALUES (1.5)"],
    ],
    ["a view", ["CREATE TABLE hidden (last_allocated int8)", "CREATE VIEW _timestamp AS TABLE hidden"]],
  ])("%s", async (_name, sql) => {
    await place(...sql);
    const direct = await postgresBoundStore({ config: target() }).readBound();
    expect(essence(await pastedRead(renderReadBound(target())))).toEqual(essence(direct));
    await run(database.superuserUrl, "DROP VIEW IF EXISTS _timestamp").catch(() => undefined);
  });

  test("punch", async () => {
    const direct = await postgresBoundStore({ config: target() }).readPunch();
    const pasted = decodePastedPunch(await psql(renderReadPunch(target(), "public")));
    expect(pasted).toMatchObject({ ok: true, reading: { newest: direct.newest, provenance: "pasted" } });
    const none = decodePastedPunch(await psql(renderReadPunch(target(), "elsewhere")));
    expect(none).toMatchObject({ ok: true, reading: { newest: { found: "absent", why: "no-table" } } });
  });

  test("sessions", async () => {
    await withSession(database.superuserUrl, async (client) => {
      await client.query("SELECT 1");
      expect(await psql(renderReadSessions(target()))).toMatch(/\|test\|idle\|/);
    });
  });
});

describe("a manual write does what the adapter does", () => {
  test("invalidate, restore higher", async () => {
    await place(CREATE, "INSERT INTO _timestamp VALUES (1010001)");
    const invalidated = await pastedRead(renderInvalidate(target(), await guard()));
    expect(invalidated.state).toEqual({ state: "invalidated", kept: 1_010_001n });
    const restored = await pastedRead(renderRestore(target(), await guard(), 5_000_000_000n));
    expect(restored.state).toEqual({ state: "readable", bound: 5_000_000_000n });
    expect(restored.identity).toEqual(invalidated.identity);
  });

  test("where there is no row, and where there is no table", async () => {
    await place(CREATE);
    expect((await pastedRead(renderInvalidate(target(), await guard()))).state).toEqual({
      state: "no-row-invalidated",
    });
    expect((await pastedRead(renderRestore(target(), await guard(), 7n))).state).toEqual({
      state: "readable",
      bound: 7n,
    });
    await place();
    expect((await pastedRead(renderInvalidate(target(), await guard()))).state).toEqual({
      state: "no-row-invalidated",
    });
  });

  test("repair of several rows and of both columns", async () => {
    await place(CREATE, SEVERAL);
    expect((await pastedRead(renderRepair(target(), await guard(), "invalidated"))).state).toEqual({
      state: "invalidated",
      kept: 9_007_199_254_740_993n,
    });
    await place(
      "CREATE TABLE _timestamp (last_allocated int8, legacy_last_allocated int8)",
      "INSERT INTO _timestamp VALUES (1, 2), (NULL, 7)",
    );
    expect((await pastedRead(renderRepair(target(), await guard(), "readable"))).state).toEqual({
      state: "readable",
      bound: 7n,
    });
  });

  test.each([
    ["the value has moved", ["UPDATE _timestamp SET last_allocated = 6"], /not exactly 1 rows hold 5/],
    ["a row was added", ["INSERT INTO _timestamp VALUES (5)"], /not exactly 1 rows/],
    ["the row is gone", ["DELETE FROM _timestamp"], /not exactly 1 rows/],
    [
      "it was invalidated",
      ["ALTER TABLE _timestamp RENAME last_allocated TO legacy_last_allocated"],
      /columns are not last_allocated/,
    ],
    [
      "both columns",
      ["ALTER TABLE _timestamp ADD legacy_last_allocated int8"],
      /columns are not last_allocated/,
    ],
    ["made again", ["DROP TABLE _timestamp", CREATE, "INSERT INTO _timestamp VALUES (5)"], /another table/],
  ])("refuses when %s", async (_name, meanwhile, complaint) => {
    await place(CREATE, "INSERT INTO _timestamp VALUES (5)");
    const command = renderInvalidate(target(), await guard());
    await run(database.superuserUrl, ...meanwhile);
    const before = await postgresBoundStore({ config: target() }).readBound();
    const output = await psql(command);
    expect(output).toMatch(complaint);
    expect(decodePastedBound(output, target())).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/psql reported an error/),
    });
    expect(essence(await postgresBoundStore({ config: target() }).readBound())).toEqual(essence(before));
  });

  test("refuses another server and another database", async () => {
    await place(CREATE, "INSERT INTO _timestamp VALUES (5)");
    const { identity, expected } = await guard();
    expect(
      await psql(renderInvalidate(target(), { identity: { ...identity, system: "1" }, expected })),
    ).toMatch(/another server/);
    expect(
      await psql(renderInvalidate(target(), { identity: { ...identity, database: "x" }, expected })),
    ).toMatch(/another database/);
  });
});
