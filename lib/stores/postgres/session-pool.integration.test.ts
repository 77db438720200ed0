import { afterAll, beforeAll, expect, test } from "vitest";

import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { copyOut } from "#lib/stores/postgres/copy-out.ts";
import { SessionPool } from "#lib/stores/postgres/session-pool.ts";
import { configFor, run, withSession } from "#lib/stores/postgres/testing.ts";
import { startFaultProxy } from "#lib/stores/postgres/testing-proxy.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createEmptyDatabase();
  await run(
    database.superuserUrl,
    "CREATE TABLE cells (row_name bytea, col_name bytea, ts int8, val bytea)",
    "INSERT INTO cells SELECT int4send(n), '\\x00', n, '\\x01' FROM generate_series(1, 50000) AS n",
  );
});
afterAll(async () => database.drop());

const CELLS = "SELECT row_name, col_name, ts, val FROM cells";

function poolOf(more: Parameters<typeof configFor>[1] = {}): SessionPool {
  return new SessionPool({ config: configFor(database.superuserUrl, more) });
}

async function backend(pool: SessionPool): Promise<string> {
  return pool.ask(async (connection) => {
    const [row] = await connection.query(
      "SELECT pg_backend_pid()::text AS pid, current_setting('transaction_read_only') AS only",
    );
    expect(row?.["only"]).toBe("on");
    return row?.["pid"] ?? "";
  });
}

async function countCells(pool: SessionPool, blocksMax = Infinity): Promise<number> {
  let [cells, blocks] = [0, 0];
  for await (const { count } of copyOut(pool, CELLS)) {
    cells += count;
    blocks += 1;
    if (blocks === blocksMax) break;
  }
  return cells;
}

async function sessions(): Promise<readonly string[]> {
  return withSession(database.superuserUrl, async (client) => {
    const { rows } = await client.query<{ pid: string }>(
      "SELECT pid::text AS pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'lockstep'",
    );
    return rows.map(({ pid }) => pid);
  });
}

test("what reads one after another shares a session, each in its own snapshot, and nothing is left open", async () => {
  const pool = poolOf();
  const first = await backend(pool);
  expect(await countCells(pool)).toBe(50_000);
  await run(database.superuserUrl, "INSERT INTO cells VALUES ('\\xff', '\\x00', 1, '\\x01')");
  expect(await countCells(pool)).toBe(50_001);
  await run(database.superuserUrl, "DELETE FROM cells WHERE row_name = '\\xff'");
  expect(await backend(pool)).toBe(first);
  const [one, other] = await Promise.all([backend(pool), backend(pool)]);
  expect(one).not.toBe(other);
  await pool.close();
  await expect.poll(sessions).toEqual([]);
});

test("a session that failed, or was left in the middle, is not used again", async () => {
  const pool = poolOf();
  const first = await backend(pool);
  await expect(pool.ask(async (connection) => connection.query("SELECT 1 / 0"))).rejects.toMatchObject({
    effect: "none",
  });
  const second = await backend(pool);
  expect(second).not.toBe(first);
  expect(await countCells(pool, 1)).toBeLessThan(50_000);
  expect(await backend(pool)).not.toBe(second);
  await pool.close();
});

test("a session that died while nobody used it is replaced, whether it says so or not", async () => {
  const { host, port } = configFor(database.superuserUrl);
  const proxy = await startFaultProxy({ host, port });
  const pool = poolOf({ host: "127.0.0.1", port: proxy.port, connectTimeoutMs: 1_000 });
  const first = await backend(pool);
  await run(database.superuserUrl, `SELECT pg_terminate_backend(${first})`);
  const second = await backend(pool);
  expect(second).not.toBe(first);
  // From here on this connection is silent; the one that takes its place is not.
  proxy.breakNext({ kind: "hang", statement: /BEGIN/ });
  const counting = countCells(pool);
  setTimeout(() => proxy.breakNext({ kind: "drop", statement: /no such statement/ }), 200);
  expect(await counting).toBe(50_000);
  await pool.close();
  await proxy.stop();
});
