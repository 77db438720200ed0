import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createTestKeyspace, TESTED_RELEASES, type TestKeyspace } from "#lib/local-cassandra/testing.ts";
import type { BoundStore } from "#lib/stores/bound-store.ts";
import { cassandraBoundStore } from "#lib/stores/cassandra/cassandra-bound-store.ts";
import { configFor } from "#lib/stores/cassandra/testing.ts";
import { goldenCreate, goldenRows, writeGolden } from "#lib/stores/cassandra/testing-golden.ts";

const TABLES = ["_timestamp", "_punch", "_transactions", "_transactions2"] as const;
const PLAIN =
  "(key blob, column1 blob, column2 bigint, value blob, PRIMARY KEY (key, column1, column2)) WITH COMPACT STORAGE";

describe.each(TESTED_RELEASES)("stores written by the real AtlasDB, on %s", (release) => {
  let keyspace: TestKeyspace;
  let store: BoundStore;

  beforeAll(async () => {
    keyspace = await createTestKeyspace(release, "network");
    const { client, name, server } = keyspace;
    for (const table of TABLES) {
      // The recorded options are those of 2.2.
      const create =
        release === "2.2.18"
          ? await goldenCreate("transactions2", table, name)
          : `CREATE TABLE ${name}."${table}" ${PLAIN}`;
      await client.execute(create);
    }
    store = cassandraBoundStore({ config: configFor(server, name) });
  });
  afterAll(async () => keyspace.drop());

  const fill = async (golden: string) => {
    for (const table of TABLES) await keyspace.client.execute(`TRUNCATE ${keyspace.name}."${table}"`);
    const rows = await goldenRows(`${golden}.own-tables.cql.jsonl`);
    await writeGolden(
      keyspace.client,
      keyspace.name,
      rows.filter(({ table }) => (TABLES as readonly string[]).includes(table)),
    );
  };

  test("the bound, the newest punch and the newest transaction of schema 1", async () => {
    await fill("source");
    const bound = await store.readBound();
    expect(bound.state).toEqual({ state: "readable", bound: 1_010_001n });
    expect(bound.raw).toEqual([{ row: 0, name: "ts", text: "1010001", hex: "0x00000000000f6951" }]);
    expect((await store.readPunch()).newest).toEqual({
      found: "punch",
      timestamp: 10_001n,
      wallMillis: 1_795_254_360_728n,
      rawRow: "0x065e02806567",
      rawValue: "0xa711",
    });
    const mark = await store.readTransactionsMark();
    // Rows of _transactions are in no order on a hashed cluster.
    expect(mark).toMatchObject(
      release === "2.2.18"
        ? { table: "present", newestStart: 10_082n, newestCommit: 10_083n }
        : { table: "present", newestStart: null },
    );
  });

  test.each(["transactions2", "transactions3"])("the newest transaction of %s", async (golden) => {
    await fill(golden);
    // Row 2800… is quantum 1, remainder 4; column cf4245 is 1000005: 25000000 + 1000005 * 16 + 4.
    expect(await store.readTransactionsMark()).toMatchObject({
      table: "present",
      newestStart: 41_000_084n,
      newestCommit: 41_000_085n,
      rowsWritten: null,
    });
    expect((await store.readPunch()).newest).toMatchObject({ timestamp: 41_000_001n });
  });

  test("our invalidation leaves the rows that a real client's leaves", async () => {
    const after = await goldenRows("timestamp-after-real-invalidation.jsonl");
    const bound = after.find(({ column1 }) => column1 === "6f6c645473")?.value ?? "";
    await keyspace.client.execute(`TRUNCATE ${keyspace.name}."_timestamp"`);
    await keyspace.client.execute(
      `INSERT INTO ${keyspace.name}."_timestamp" (key, column1, column2, value) VALUES (0x7473, 0x7473, -1, 0x${bound})`,
    );
    const { identity, state } = await store.readBound();
    expect(state).toEqual({ state: "readable", bound: 4_010_004n });
    expect(await store.invalidate({ identity, expected: state })).toMatchObject({ outcome: "applied" });
    const rows = await keyspace.client.execute(
      `SELECT key, column1, column2, value FROM ${keyspace.name}."_timestamp"`,
    );
    const ours = rows.rows.map((row) => ({
      table: "_timestamp",
      key: row["key"].toString("hex"),
      column1: row["column1"].toString("hex"),
      column2: row["column2"].toString(),
      value: row["value"].toString("hex"),
    }));
    expect(ours).toEqual(after.map(({ writtenAt: _writtenAt, ...row }) => row));
  });
});

test("the table that we create is the table that AtlasDB creates", async () => {
  const keyspace = await createTestKeyspace("2.2.18", "network");
  const { client, name, server } = keyspace;
  const options = async () => {
    const rows = await client.execute(
      `SELECT * FROM system.schema_columnfamilies WHERE keyspace_name = '${name}' AND columnfamily_name = '_timestamp'`,
    );
    const { cf_id: _id, ...rest } = { ...rows.rows[0] };
    return rest;
  };
  await client.execute(await goldenCreate("source", "_timestamp", name));
  const theirs = await options();
  await client.execute(`DROP TABLE ${name}."_timestamp"`);
  const store = cassandraBoundStore({ config: configFor(server, name) });
  const { identity, state } = await store.readBound();
  expect(state).toEqual({ state: "no-table" });
  expect(await store.restore({ identity, expected: state }, 5_000_000_000n)).toMatchObject({
    outcome: "applied",
    after: { state: "readable", bound: 5_000_000_000n },
  });
  expect(await options()).toEqual(theirs);
  await keyspace.drop();
});
