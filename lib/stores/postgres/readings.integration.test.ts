import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { postgresBoundStore } from "#lib/stores/postgres/postgres-bound-store.ts";
import type { PostgresStoreConfigInput } from "#lib/stores/postgres/schema.ts";
import { configFor, run, withSession } from "#lib/stores/postgres/testing.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createEmptyDatabase();
});
beforeEach(async () => {
  await run(
    database.superuserUrl,
    "DROP SCHEMA IF EXISTS other, third CASCADE",
    "DROP SCHEMA public CASCADE",
    "CREATE SCHEMA public",
    "CREATE SCHEMA other",
  );
});
afterAll(async () => {
  await database.drop();
});

function storeWith(more: Partial<PostgresStoreConfigInput> = {}) {
  return postgresBoundStore({ config: configFor(database.superuserUrl, more) });
}

async function notedCodes(more: Partial<PostgresStoreConfigInput> = {}): Promise<string[]> {
  const { findings } = await storeWith(more).readRights();
  return findings
    .filter(({ verdict }) => verdict !== "pass")
    .map(({ code, verdict }) => `${verdict} ${code}`);
}

const create = (name: string, value: number) => [
  `CREATE TABLE ${name} (last_allocated int8 NOT NULL)`,
  `INSERT INTO ${name} VALUES (${value})`,
];

describe("which table", () => {
  test("several schemas have it: refused until one is named", async () => {
    await run(database.superuserUrl, ...create("public._timestamp", 1), ...create("other._timestamp", 2));
    await expect(storeWith().readBound()).rejects.toMatchObject({ code: "table-ambiguous", effect: "none" });
    expect(await notedCodes()).toEqual(["blocking table-ambiguous"]);
    const report = await storeWith().testConnection();
    expect(report).toMatchObject({ ok: false, identity: null });
    expect(report.stages.filter(({ verdict }) => verdict === "failed")).toMatchObject([
      { stage: "table", code: "table-ambiguous" },
    ]);
    expect((await storeWith({ schema: "other" }).readBound()).state).toEqual({
      state: "readable",
      bound: 2n,
    });
    expect(await notedCodes({ schema: "other" })).toEqual(["warning search-path"]);
    expect(await notedCodes({ schema: "public" })).toEqual(["warning table-elsewhere"]);
  });

  test("the only one is used though it is not on the search path, with a warning", async () => {
    await run(database.superuserUrl, ...create("other._timestamp", 2));
    expect((await storeWith().readBound()).identity).toMatchObject({ schema: "other" });
    expect(await notedCodes()).toEqual(["warning search-path"]);
  });

  test("a prefix is folded as Postgres folds it; other prefixes and the documents' name are pointed at", async () => {
    await run(
      database.superuserUrl,
      ...create("App_timestamp", 1),
      ...create("app__timestamp", 3),
      'CREATE TABLE "timestamp" (last_allocated int8)',
    );
    const store = storeWith({ tablePrefix: "App_" });
    expect(await store.readBound()).toMatchObject({
      state: { bound: 3n },
      identity: { table: "app__timestamp" },
    });
    const findings = (await store.readRights()).findings.filter(({ verdict }) => verdict === "warning");
    expect(findings.map(({ code }) => code)).toEqual(["other-prefixes", "table-named-timestamp"]);
    expect(findings[0]?.message).toContain("public.app_timestamp");
  });

  test("names that need quoting", async () => {
    await run(database.superuserUrl, `CREATE SCHEMA "Odd ""name"`, ...create(`"Odd ""name"._timestamp`, 4));
    const store = storeWith({ schema: `Odd "name` });
    const { identity, state } = await store.readBound();
    expect(await store.invalidate({ identity, expected: state })).toMatchObject({ outcome: "applied" });
    await run(database.superuserUrl, `DROP SCHEMA "Odd ""name" CASCADE`);
  });

  test("a view of the name is not the table", async () => {
    await run(
      database.superuserUrl,
      ...create("other.hidden", 1),
      "CREATE VIEW public._timestamp AS TABLE other.hidden",
    );
    const { state, identity } = await storeWith().readBound();
    expect(state).toMatchObject({ state: "unrecognised" });
    expect(await storeWith().invalidate({ identity, expected: state })).toMatchObject({
      outcome: "refused",
      reason: "not-applicable",
    });
  });
});

describe("the newest punch", () => {
  const PUNCH =
    "CREATE TABLE _punch (row_name bytea NOT NULL, col_name bytea NOT NULL, ts int8 NOT NULL, val bytea)";

  test("is absent without a table or rows", async () => {
    expect((await storeWith().readPunch()).newest).toEqual({ found: "absent", why: "no-table" });
    await run(database.superuserUrl, PUNCH);
    expect((await storeWith().readPunch()).newest).toEqual({ found: "absent", why: "no-rows" });
  });

  test("is the largest timestamp, be it the cell's or the value's, whatever the wall clock says", async () => {
    await run(
      database.superuserUrl,
      PUNCH,
      String.raw`INSERT INTO _punch VALUES ('\x065e0293643b', '\x74', 10001, '\xa711'), ('\x065e02934282', '\x74', 1010002, '\xcf6952')`,
    );
    expect((await storeWith().readPunch()).newest).toMatchObject({ timestamp: 1_010_002n });
    await run(
      database.superuserUrl,
      String.raw`INSERT INTO _punch VALUES ('\x065e02934200', '\x74', 1010003, '\xff7fffffffffffffff')`,
    );
    expect((await storeWith().readPunch()).newest).toMatchObject({ timestamp: 9_223_372_036_854_775_807n });
    await run(
      database.superuserUrl,
      String.raw`INSERT INTO _punch VALUES ('\x00', '\x74', 9007199254740993, NULL)`,
    );
    expect((await storeWith().readPunch()).newest).toMatchObject({
      timestamp: 9_007_199_254_740_993n,
      wallMillis: null,
      rawValue: "0x",
    });
  });

  test("is the largest as a number, not as text", async () => {
    await run(
      database.superuserUrl,
      PUNCH,
      String.raw`INSERT INTO _punch VALUES ('\x065e01cf1560', '\x74', 10200, '\xa7d8'), ('\x065e01cc4e83', '\x74', 1010003, '\xcf6953'), ('\x065e01cc4e84', '\x74', 9, '\x09')`,
    );
    expect((await storeWith().readPunch()).newest).toMatchObject({ timestamp: 1_010_003n });
  });

  test("of another prefix is not looked at", async () => {
    await run(
      database.superuserUrl,
      ...create("x__timestamp", 1),
      PUNCH,
      String.raw`INSERT INTO _punch VALUES ('\x00', '\x74', 5, '\x05')`,
    );
    expect((await storeWith({ tablePrefix: "x_" }).readPunch()).newest).toMatchObject({ found: "absent" });
  });
});

describe("the transactions mark", () => {
  const TRANSACTIONS =
    "CREATE TABLE _transactions (row_name bytea NOT NULL, col_name bytea NOT NULL, ts int8 NOT NULL, val bytea, PRIMARY KEY (row_name, col_name, ts))";
  const commit = (start: string, value: string) =>
    String.raw`INSERT INTO _transactions VALUES ('\x${start}', '\x74', 0, '\x${value}')`;

  test("moves with every commit, of an older start too", async () => {
    expect((await storeWith().readTransactionsMark()).table).toBe("absent");
    await run(database.superuserUrl, TRANSACTIONS, commit("a713", "a714"));
    const first = await storeWith().readTransactionsMark();
    expect(first).toMatchObject({ table: "present", newestStart: 10_003n, newestCommit: 10_004n });
    await run(database.superuserUrl, commit("a712", "a720"));
    await expect
      .poll(async () => (await storeWith().readTransactionsMark()).rowsWritten, { timeout: 60_000 })
      .toBeGreaterThan(first.rowsWritten ?? 0n);
    expect((await storeWith().readTransactionsMark()).newestStart).toBe(10_003n);
  });

  test("an aborted transaction has no commit", async () => {
    await run(database.superuserUrl, TRANSACTIONS, commit("a75a", "ff80ffffffffffffffff"));
    expect(await storeWith().readTransactionsMark()).toMatchObject({
      newestStart: 10_074n,
      newestCommit: null,
    });
  });
});

test("readings see what is committed, hold no lock afterwards and leave no session", async () => {
  await run(database.superuserUrl, ...create("_timestamp", 1));
  await withSession(database.superuserUrl, async (client) => {
    await client.query("BEGIN");
    await client.query("UPDATE _timestamp SET last_allocated = 2");
    const store = storeWith();
    expect((await store.readBound()).state).toEqual({ state: "readable", bound: 1n });
    await client.query("COMMIT");
    expect((await store.readBound()).state).toEqual({ state: "readable", bound: 2n });
    const ours =
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'lockstep' AND datname = current_database()";
    await expect.poll(async () => (await client.query<{ n: number }>(ours)).rows[0]?.n).toBe(0);
  });
});

test("sessions show who else is there, and not ourselves", async () => {
  await run(database.superuserUrl, ...create("_timestamp", 1));
  await withSession(database.superuserUrl, async (client) => {
    await client.query("SET application_name = 'the service'");
    const sessions = await storeWith().readSessions();
    expect(sessions).toMatchObject({
      knowledge: "seen",
      ownSessions: 1,
      sessions: [
        {
          user: "postgres",
          address: "127.0.0.1",
          application: "the service",
          state: "idle",
          locksBoundTable: false,
        },
      ],
    });
  });
});
