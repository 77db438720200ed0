import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { postgresBoundStore } from "#lib/stores/postgres/postgres-bound-store.ts";
import { configFor, restoreGolden, withSession } from "#lib/stores/postgres/testing.ts";

/** Columns and rows of `_timestamp`, as the catalogue tells them. */
async function shapeOf(url: string) {
  return withSession(url, async (client) => {
    const columns = await client.query(
      `SELECT a.attname, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull, a.atthasdef FROM pg_attribute a
       WHERE a.attrelid = 'public._timestamp'::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    );
    const constraints = await client.query(
      "SELECT contype FROM pg_constraint WHERE conrelid = 'public._timestamp'::regclass AND contype <> 'n'",
    );
    const indexes = await client.query(
      "SELECT indexrelid FROM pg_index WHERE indrelid = 'public._timestamp'::regclass",
    );
    const rows = await client.query("SELECT * FROM public._timestamp");
    return { columns: columns.rows, constraints: constraints.rows, indexes: indexes.rows, rows: rows.rows };
  });
}

describe("a store written by the real AtlasDB", () => {
  let source: TestDatabase;
  let invalidated: TestDatabase;

  beforeAll(async () => {
    source = await createEmptyDatabase();
    invalidated = await createEmptyDatabase();
    await restoreGolden(source.superuserUrl, "source");
    await restoreGolden(invalidated.superuserUrl, "invalidated-by-real-migration");
  });
  afterAll(async () => {
    await source.drop();
    await invalidated.drop();
  });

  test("is read: bound, punch, newest transaction", async () => {
    const store = postgresBoundStore({ config: configFor(source.superuserUrl) });
    const bound = await store.readBound();
    expect(bound.state).toEqual({ state: "readable", bound: 1_010_001n });
    expect(bound.raw).toEqual([
      { row: 0, name: "last_allocated", text: "1010001", hex: "0x00000000000f6951" },
    ]);
    expect(bound.identity).toMatchObject({
      kind: "postgres",
      schema: "public",
      table: "_timestamp",
      database: source.name,
    });
    expect(bound.identity.system).toMatch(/^[0-9]{15,}$/);
    expect((await store.readPunch()).newest).toEqual({
      found: "punch",
      timestamp: 10_001n,
      wallMillis: 1_795_252_083_865n,
      rawRow: "0x065e02a32366",
      rawValue: "0xa711",
    });
    expect(await store.readTransactionsMark()).toMatchObject({
      table: "present",
      newestStart: 10_081n,
      newestCommit: 10_082n,
    });
    expect((await store.testConnection()).ok).toBe(true);
  });

  test("as the real migration left it, it is invalidated, and its newest punch is found by timestamp", async () => {
    const store = postgresBoundStore({ config: configFor(invalidated.superuserUrl) });
    expect((await store.readBound()).state).toEqual({ state: "invalidated", kept: 1_010_001n });
    expect((await store.readPunch()).newest).toMatchObject({ found: "punch", timestamp: 1_010_006n });
    expect(await store.readTransactionsMark()).toMatchObject({ newestStart: null, newestCommit: null });
  });

  test("our invalidation ends in what the real one left, and its undo in what was", async () => {
    const store = postgresBoundStore({ config: configFor(source.superuserUrl) });
    const before = await shapeOf(source.superuserUrl);
    const reading = await store.readBound();
    const outcome = await store.invalidate({ identity: reading.identity, expected: reading.state });
    expect(outcome).toMatchObject({ outcome: "applied", after: { state: "invalidated", kept: 1_010_001n } });
    expect(await shapeOf(source.superuserUrl)).toEqual(await shapeOf(invalidated.superuserUrl));

    const after = await store.readBound();
    await store.restore({ identity: after.identity, expected: after.state }, 1_010_001n);
    expect(await shapeOf(source.superuserUrl)).toEqual(before);
  });
});
