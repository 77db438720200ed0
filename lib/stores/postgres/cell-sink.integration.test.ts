import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { CellBlockBuilder } from "#lib/mover/cell-block.ts";
import { NO_COUNTS } from "#lib/mover/counts.ts";
import { WHOLE_TABLE } from "#lib/mover/key-range.ts";
import type { ShardLease } from "#lib/mover/ledger.ts";
import { postgresCellSink } from "#lib/stores/postgres/cell-sink.ts";
import { configFor, run, withSession } from "#lib/stores/postgres/testing.ts";

const METADATA = Buffer.from("0a0b", "hex");
const named = (...names: string[]) => names.map((name) => ({ name, metadata: METADATA }));
const START = 2n ** 53n + 1n;

describe("a Postgres destination", () => {
  let database: TestDatabase;
  const sink = (more: Parameters<typeof configFor>[1] = {}) =>
    postgresCellSink({ config: configFor(database.superuserUrl, more) });

  beforeEach(async () => {
    database = await createEmptyDatabase();
  });
  afterEach(async () => database.drop());

  const lease = (attempt: number, start: bigint = START): ShardLease => ({
    runId: `r${start}`,
    shard: { id: 3, table: "app.Users", range: WHOLE_TABLE, estimate: { versions: null, bytes: null } },
    start,
    attempt,
    worker: "w",
    checkpoint: null,
  });
  const block = (...rows: string[]) => {
    const builder = new CellBlockBuilder();
    for (const row of rows) builder.add(Buffer.from(row), Buffer.from("c"), START, Buffer.from("v"));
    return builder.take();
  };
  const at = (sequence: number) => ({
    sequence,
    next: { row: Buffer.from("z"), column: Buffer.alloc(0) },
    counts: { ...NO_COUNTS, cells: sequence },
  });
  const rows = async () =>
    withSession(database.superuserUrl, async (client) => {
      const found = await client.query<{ row: string; ts: string }>(
        "SELECT convert_from(row_name, 'UTF8') AS row, ts FROM app__users ORDER BY 1",
      );
      return found.rows.map(({ row, ts }) => `${row}@${ts}`);
    });

  test("creates tables as AtlasDB does, takes the same again, refuses others, and drops them", async () => {
    await sink().createTables(named("app.Users", "_transactions", "met.Old"));
    await sink().createTables(named("app.Users"));
    expect(
      (await sink().listTables()).map(({ name, physicalName, metadata }) => [name, physicalName, metadata]),
    ).toEqual([
      ["_transactions", "_transactions", METADATA],
      ["app.Users", "app__users", METADATA],
      ["met.Old", "old", METADATA],
    ]);
    await expect(
      sink().createTables([...named("app.New"), { name: "app.Users", metadata: Buffer.from("00", "hex") }]),
    ).rejects.toMatchObject({ code: "conflict" });
    expect(await sink().listTables()).toHaveLength(3);
    await sink().dropTables(["app.Users", "app.Missing"]);
    expect((await sink().listTables()).map(({ name }) => name)).toEqual(["_transactions", "met.Old"]);
    await expect(rows()).rejects.toMatchObject({ code: "42P01" });
  });

  test("refuses tables whose relations or constraints would share a name", async () => {
    const long = `app.${"x".repeat(56)}`;
    const check = (...names: string[]) => sink().checkTables(named(...names));
    expect(() => check("app.Users", "app.users")).toThrow(/share the name app__users/);
    expect(() => check(`${long}yy1`, `${long}yy2`)).toThrow(/share the name/);
    // 61 bytes and different, but not in the 60 that are left behind pk_.
    expect(() => check(`${long.slice(0, -1)}a`, `${long.slice(0, -1)}b`)).toThrow(/share the name pk_app__x/);
    check("app.users", "other.users", long);
  });

  test("keeps the migration's own commit once", async () => {
    await sink().createTables(named("_transactions"));
    expect(await sink().putCommit(START, START + 1n)).toBe(START + 1n);
    expect(await sink().putCommit(START, START + 9n)).toBe(START + 1n);
  });

  test("has a chunk and its checkpoint both or neither", async () => {
    await sink().createTables(named("app.Users"));
    const writer = await sink().openShard(lease(1));
    expect(writer.recorded).toBeNull();
    await writer.write(block("a", "b"));
    await writer.commit(at(1));
    await writer.write(block("c"));
    await writer.close();
    expect(await rows()).toEqual([`a@${START}`, `b@${START}`]);
    const again = await sink().openShard(lease(1));
    expect(again.recorded).toEqual(at(1));
    await again.commit(at(2));
    await again.close();
    expect((await sink().openShard(lease(2))).recorded).toEqual(at(2));
  });

  test("lets a newer attempt in at once, and the older one commit nothing", async () => {
    await sink().createTables(named("app.Users"));
    const old = await sink().openShard(lease(1));
    await old.write(block("a"));
    const next = await sink().openShard(lease(2));
    // The older one's uncommitted row would block this until it ends; its session was ended.
    await next.write(block("a", "b"));
    await next.commit(at(1));
    await expect(old.commit(at(1))).rejects.toMatchObject({ code: "connection-lost" });
    await expect(sink().openShard(lease(1))).rejects.toMatchObject({ code: "lease-lost", effect: "none" });
    // The refused one did the newer one no harm.
    await next.write(block("c"));
    await next.commit(at(2));
    await next.close();
    await old.close();
    expect(await rows()).toEqual([`a@${START}`, `b@${START}`, `c@${START}`]);
  });

  test("fences an older session of the same attempt, too, even if it cannot be ended", async () => {
    await sink().createTables(named("app.Users"));
    const old = await sink().openShard(lease(1));
    await run(database.superuserUrl, "UPDATE lockstep_copy_shard SET backend = 0");
    await old.write(block("a"));
    await expect(old.commit(at(1))).rejects.toMatchObject({ code: "lease-lost" });
    await old.close();
    expect(await rows()).toEqual([]);
  });

  describe("never holds cells at another S in the same tables", () => {
    const LATER = START + 10n;

    test("a worker of an earlier copy that wakes up after the next setup writes nothing", async () => {
      await sink().createTables(named("app.Users", "_transactions"));
      expect(await sink().putCommit(START, START + 1n)).toBe(START + 1n);
      const frozen = await sink().openShard(lease(1));
      await frozen.write(block("gone"));
      const between = await sink().openShard({ ...lease(1), shard: { ...lease(1).shard, id: 4 } });
      await sink().dropTables(["app.Users"]);
      await sink().createTables(named("app.Users"));
      // Before the new copy has taken its own S, and afterwards.
      await expect(frozen.commit(at(1))).rejects.toMatchObject({ code: "connection-lost" });
      await expect(between.write(block("gone"))).rejects.toMatchObject({ code: "connection-lost" });
      await expect(sink().openShard(lease(2))).rejects.toMatchObject({ code: "set-up-anew", effect: "none" });
      await expect(sink().putCommit(START, START + 1n)).rejects.toMatchObject({ code: "set-up-anew" });
      expect(await sink().putCommit(LATER, LATER + 1n)).toBe(LATER + 1n);
      await expect(sink().openShard(lease(3))).rejects.toMatchObject({ code: "set-up-anew" });
      const next = await sink().openShard(lease(1, LATER));
      await next.commit(at(1));
      for (const writer of [frozen, between, next]) await writer.close();
      expect(await rows()).toEqual([]);
    });

    test("not even from a session that could not be ended", async () => {
      await sink().createTables(named("app.Users", "_transactions"));
      const frozen = await sink().openShard(lease(1));
      await run(database.superuserUrl, "UPDATE lockstep_copy_shard SET backend_start = now()");
      await sink().dropTables(["app.Users"]);
      await sink().createTables(named("app.Users"));
      await frozen.write(block("gone"));
      await expect(frozen.commit(at(1))).rejects.toMatchObject({ code: "set-up-anew" });
      await frozen.close();
      expect(await rows()).toEqual([]);
    });

    test("and two copies at once exclude each other", async () => {
      await sink().createTables(named("app.Users", "_transactions"));
      await sink().putCommit(START - 1n, START);
      // Nothing was written at the first one.
      await sink().putCommit(START, START + 1n);
      await expect(sink().openShard(lease(1, START - 1n))).rejects.toMatchObject({ code: "set-up-anew" });
      await (await sink().openShard(lease(1))).close();
      await expect(sink().putCommit(LATER, LATER + 1n)).rejects.toMatchObject({ code: "set-up-anew" });
      await expect(sink().openShard(lease(1, LATER))).rejects.toMatchObject({ code: "set-up-anew" });
    });
  });

  test("says when a cell is there already, and when a table is not", async () => {
    await sink().createTables(named("app.Users"));
    await run(database.superuserUrl, `INSERT INTO app__users VALUES ('a', 'c', ${START}, 'other')`);
    const writer = await sink().openShard(lease(1));
    await expect(writer.write(block("a")).then(async () => writer.commit(at(1)))).rejects.toMatchObject({
      code: "already-there",
      effect: "none",
    });
    await writer.close();
    await run(database.superuserUrl, "DROP TABLE app__users");
    const missing = await sink().openShard(lease(2));
    await expect(missing.write(block("a")).then(async () => missing.commit(at(1)))).rejects.toMatchObject({
      code: "table-missing",
    });
    await missing.close();
  });

  test("removes what it kept beside the data at the end of the copy, for good, and nothing of another copy", async () => {
    const own = async () =>
      withSession(database.superuserUrl, async (client) => {
        const found = await client.query<{ name: string }>(
          "SELECT relname AS name FROM pg_class WHERE relname LIKE 'lockstep_copy%' AND relkind = 'r'",
        );
        return found.rows.length;
      });
    await sink().createTables(named("app.Users", "_transactions"));
    await sink().putCommit(START, START + 1n);
    const writer = await sink().openShard(lease(1));
    await writer.write(block("a"));
    await writer.commit(at(1));
    await writer.write(block("b"));
    await sink().forget(START - 1n);
    expect(await own()).toBe(3);
    await sink().forget(START);
    expect(await own()).toBe(0);
    // Whoever slept through the end, with a chunk half written or before the first one, is refused.
    await expect(writer.commit(at(2))).rejects.toMatchObject({ code: expect.any(String) });
    await expect(sink().openShard(lease(2))).rejects.toMatchObject({ effect: "none" });
    expect([await own(), await rows()]).toEqual([0, [`a@${START}`]]);
    await sink().forget(START);
    await writer.close();
  });
});
