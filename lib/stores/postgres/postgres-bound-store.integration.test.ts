import { Client } from "pg";
import { expect, test } from "vitest";

import { createEmptyDatabase } from "#lib/db/testing.ts";
import { describeBoundStoreContract } from "#lib/stores/bound-store-contract.ts";
import { postgresBoundStore } from "#lib/stores/postgres/postgres-bound-store.ts";
import { configFor, run } from "#lib/stores/postgres/testing.ts";
import { startFaultProxy } from "#lib/stores/postgres/testing-proxy.ts";
import type { BoundState } from "#lib/stores/schema.ts";

/** The statements that make `_timestamp` what a state says, as somebody else would. */
function statementsFor(state: BoundState): string[] {
  const create = (columns: string) => `CREATE TABLE _timestamp (${columns})`;
  const insert = (columns: string, values: readonly string[]) =>
    values.map((value) => `INSERT INTO _timestamp (${columns}) VALUES (${value})`);
  const last = "last_allocated int8 NOT NULL";
  const legacy = "legacy_last_allocated int8 NOT NULL";
  switch (state.state) {
    case "readable":
      return [create(last), ...insert("last_allocated", [`${state.bound}`])];
    case "invalidated":
      return [create(legacy), ...insert("legacy_last_allocated", [`${state.kept}`])];
    case "no-row":
      return [create(last)];
    case "no-row-invalidated":
      return [create(legacy)];
    case "several-rows":
      return [
        create(state.readable ? last : legacy),
        ...insert(
          state.readable ? "last_allocated" : "legacy_last_allocated",
          state.values.toReversed().map(String),
        ),
      ];
    case "both":
      return [
        create("last_allocated int8, legacy_last_allocated int8"),
        ...insert(
          "last_allocated, legacy_last_allocated",
          state.rows.map(({ bound, kept }) => `${bound}, ${kept}`),
        ),
      ];
    default:
      return [];
  }
}

describeBoundStoreContract("postgres", async () => {
  const database = await createEmptyDatabase();
  const direct = configFor(database.superuserUrl);
  const proxy = await startFaultProxy({ host: direct.host, port: direct.port });
  const locker = new Client({ connectionString: database.superuserUrl });
  await locker.connect();
  let locked = false;
  const target = { config: { ...direct, port: proxy.port } };
  const real = postgresBoundStore(target);
  const replace = async (state: BoundState) => {
    await run(database.superuserUrl, "DROP TABLE IF EXISTS _timestamp", ...statementsFor(state));
  };
  return {
    store: {
      ...real,
      async invalidate(guard) {
        try {
          return await real.invalidate(guard);
        } finally {
          if (locked) await locker.query("ROLLBACK");
          locked = false;
        }
      },
    },
    async place(state) {
      // In place where the table stays one and the same, as AtlasDB would change it.
      const sql = statementsFor(state);
      const before = (await real.readBound()).identity.tableId;
      if (before === null || state.state === "no-table" || state.state === "both") return replace(state);
      const [create = "", ...inserts] = sql;
      const column = /\((\w+)/.exec(create)?.[1] ?? "";
      await run(
        database.superuserUrl,
        "ALTER TABLE _timestamp ADD COLUMN interim int8",
        "ALTER TABLE _timestamp DROP COLUMN IF EXISTS last_allocated, DROP COLUMN IF EXISTS legacy_last_allocated",
        "DELETE FROM _timestamp",
        `ALTER TABLE _timestamp RENAME COLUMN interim TO ${column}`,
        ...inserts,
      );
    },
    recreate: replace,
    async breakNext(fault) {
      if (fault === "unreachable") proxy.breakNext({ kind: "refuse" });
      if (fault === "lost-before-commit") proxy.breakNext({ kind: "drop", statement: /COMMIT\0/ });
      if (fault === "lost-answer") proxy.breakNext({ kind: "swallow", statement: /COMMIT\0/ });
      if (fault === "lock-timeout") {
        await locker.query("BEGIN");
        await locker.query("SELECT * FROM _timestamp FOR UPDATE");
        locked = true;
      }
    },
    async stop() {
      await locker.end();
      await proxy.stop();
      await database.drop();
    },
  };
});

test("the driver is asked for text only: a value above 2^53 keeps its last digit", async () => {
  const database = await createEmptyDatabase();
  await run(
    database.superuserUrl,
    ...statementsFor({ state: "readable", bound: 9_223_372_036_854_775_807n }),
  );
  const reading = await postgresBoundStore({ config: configFor(database.superuserUrl) }).readBound();
  expect(reading.state).toEqual({ state: "readable", bound: 9_223_372_036_854_775_807n });
  expect(reading.raw).toEqual([
    { row: 0, name: "last_allocated", text: "9223372036854775807", hex: "0x7fffffffffffffff" },
  ]);
  await database.drop();
});
