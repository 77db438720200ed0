import { Client } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { createEmptyDatabase, type TestDatabase, withDatabase } from "#lib/db/testing.ts";
import { AdapterError } from "#lib/errors.ts";
import type { BoundStore, WriteGuard } from "#lib/stores/bound-store.ts";
import { postgresBoundStore } from "#lib/stores/postgres/postgres-bound-store.ts";
import { configFor, run, withSession } from "#lib/stores/postgres/testing.ts";
import { type FaultProxy, startFaultProxy } from "#lib/stores/postgres/testing-proxy.ts";
import type { BoundState } from "#lib/stores/schema.ts";

const readable: BoundState = { state: "readable", bound: 5_000n };
const ROLE = "store_failures_reader";

let database: TestDatabase;
let proxy: FaultProxy;
let other: Client;

beforeAll(async () => {
  database = await createEmptyDatabase();
  const { host, port } = configFor(database.superuserUrl);
  proxy = await startFaultProxy({ host, port });
  await run(
    database.superuserUrl,
    `DROP ROLE IF EXISTS ${ROLE}`,
    `CREATE ROLE ${ROLE} LOGIN PASSWORD 'reader'`,
  );
});
beforeEach(async () => {
  await run(
    database.superuserUrl,
    "DROP SCHEMA public CASCADE",
    "CREATE SCHEMA public",
    "CREATE TABLE _timestamp (last_allocated int8 NOT NULL)",
    "INSERT INTO _timestamp VALUES (5000)",
    `GRANT USAGE ON SCHEMA public TO ${ROLE}`,
    `GRANT SELECT ON _timestamp TO ${ROLE}`,
  );
  other = new Client({ connectionString: database.superuserUrl, application_name: "somebody" });
  other.on("error", () => undefined);
  await other.connect();
});
afterEach(async () => {
  await other.end();
});
afterAll(async () => {
  await proxy.stop();
  const { superuserUrl } = database;
  await database.drop();
  await run(withDatabase(superuserUrl, "postgres"), `DROP ROLE ${ROLE}`);
});

function storeAt(port?: number, url = database.superuserUrl): BoundStore {
  return postgresBoundStore({ config: configFor(url, port === undefined ? {} : { port }) });
}

async function guardOf(store: BoundStore): Promise<WriteGuard> {
  const { identity, state } = await store.readBound();
  return { identity, expected: state };
}

async function failure(promise: Promise<unknown>): Promise<AdapterError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AdapterError);
  return error as AdapterError;
}

describe("locks", () => {
  test("a client that holds the row makes the write give up in time, with nothing done", async () => {
    const store = storeAt();
    const guard = await guardOf(store);
    await other.query("BEGIN");
    await other.query("SELECT * FROM _timestamp FOR UPDATE");
    expect(await failure(store.invalidate(guard))).toMatchObject({ code: "lock-timeout", effect: "none" });
    const locks = (await store.readRights()).findings.find(({ code }) => code === "locks");
    expect(locks).toMatchObject({
      verdict: "warning",
      message: expect.stringMatching(/somebody.*RowShareLock/),
    });
    const sessions = await store.readSessions();
    expect(sessions).toMatchObject({ sessions: [{ application: "somebody", locksBoundTable: true }] });
    await other.query("ROLLBACK");
    expect((await store.readBound()).state).toEqual(readable);
  });

  test("our own readings beside this one are no warning, and our own writes are", async () => {
    const ours = new Client({ connectionString: database.superuserUrl, application_name: "lockstep" });
    await ours.connect();
    const verdict = async () =>
      (await storeAt().readRights()).findings.find(({ code }) => code === "locks")?.verdict;
    try {
      await ours.query("BEGIN");
      await ours.query("SELECT * FROM _timestamp");
      expect(await verdict()).toBe("pass");
      await ours.query("SELECT * FROM _timestamp FOR UPDATE");
      expect(await verdict()).toBe("warning");
    } finally {
      await ours.end();
    }
  });

  test("a change under way makes a read give up in time", async () => {
    await other.query("BEGIN");
    await other.query("ALTER TABLE _timestamp RENAME last_allocated TO legacy_last_allocated");
    expect(await failure(storeAt().readBound())).toMatchObject({ code: "lock-timeout", effect: "none" });
    await other.query("ROLLBACK");
  });

  test("a client that raises the bound while we wait for the lock is noticed", async () => {
    const store = postgresBoundStore({ config: configFor(database.superuserUrl, { lockTimeoutMs: 5_000 }) });
    const guard = await guardOf(store);
    await other.query("BEGIN");
    await other.query("SELECT last_allocated FROM _timestamp FOR UPDATE");
    const write = store.invalidate(guard);
    await waitForLock(other);
    await other.query("UPDATE _timestamp SET last_allocated = 1005001");
    await other.query("COMMIT");
    expect(await write).toMatchObject({
      outcome: "refused",
      found: { state: "readable", bound: 1_005_001n },
    });
  });

  test("a table that is dropped and made again while we wait is noticed", async () => {
    const store = postgresBoundStore({ config: configFor(database.superuserUrl, { lockTimeoutMs: 5_000 }) });
    const guard = await guardOf(store);
    await other.query("BEGIN");
    await other.query("DROP TABLE _timestamp");
    await other.query("CREATE TABLE _timestamp (last_allocated int8 NOT NULL)");
    await other.query("INSERT INTO _timestamp VALUES (5000)");
    const write = store.invalidate(guard);
    await waitForLock(other);
    await other.query("COMMIT");
    expect(await write).toMatchObject({ outcome: "refused", reason: "identity-changed" });
  });
});

/** Until a session of ours waits for a lock. */
async function waitForLock(client: Client): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const { rowCount } = await client.query(
      "SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE a.application_name = 'lockstep' AND a.datname = current_database() AND NOT l.granted",
    );
    if (rowCount === 1) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("nobody waits for a lock");
}

describe("lost connections", () => {
  test.each(["BEGIN", "LOCK TABLE", "ALTER TABLE", "pg_attribute"])(
    "before COMMIT, at %s: effect none",
    async (word) => {
      const guard = await guardOf(storeAt());
      proxy.breakNext({ kind: "drop", statement: new RegExp(word) });
      expect(await failure(storeAt(proxy.port).invalidate(guard))).toMatchObject({
        code: "connection-lost",
        effect: "none",
      });
      expect((await storeAt().readBound()).state).toEqual(readable);
    },
  );

  test("the server ends our session in the middle: effect none", async () => {
    const store = postgresBoundStore({ config: configFor(database.superuserUrl, { lockTimeoutMs: 5_000 }) });
    const guard = await guardOf(store);
    await other.query("BEGIN");
    await other.query("SELECT * FROM _timestamp FOR UPDATE");
    const write = failure(store.invalidate(guard));
    await waitForLock(other);
    await other.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lockstep' AND datname = current_database()",
    );
    expect(await write).toMatchObject({ effect: "none" });
    await other.query("ROLLBACK");
    expect((await store.readBound()).state).toEqual(readable);
  });

  test.each([
    ["drop", readable],
    ["swallow", { state: "invalidated", kept: 5_000n }],
  ] as const)("at COMMIT (%s): effect unknown, and the words say to read", async (kind, left) => {
    const guard = await guardOf(storeAt());
    proxy.breakNext({ kind, statement: /COMMIT\0/ });
    const error = await failure(storeAt(proxy.port).invalidate(guard));
    expect(error).toMatchObject({ code: "commit-unanswered", effect: "unknown" });
    expect(error.message).toMatch(/read the store/);
    expect((await storeAt().readBound()).state).toEqual(left);
  });

  test("a server that stops answering is given up", async () => {
    const config = configFor(database.superuserUrl, {
      port: proxy.port,
      statementTimeoutMs: 500,
      lockTimeoutMs: 100,
    });
    proxy.breakNext({ kind: "hang", statement: /pg_attribute/ });
    expect(await failure(postgresBoundStore({ config }).readBound())).toMatchObject({
      code: "statement-timeout",
      effect: "none",
    });
    proxy.breakNext({ kind: "drop", statement: /never/ });
  });
});

describe("rights", () => {
  const asReader = () =>
    withDatabase(database.superuserUrl, database.name, { name: ROLE, password: "reader" });

  test("a user that may only read is told so before, and refused by the server", async () => {
    const store = storeAt(undefined, asReader());
    const findings = (await store.readRights()).findings.filter(({ verdict }) => verdict !== "pass");
    expect(findings.map(({ code }) => code)).toEqual(["may-rename", "may-write"]);
    expect(await failure(store.invalidate(await guardOf(store)))).toMatchObject({
      code: "permission-denied",
      effect: "none",
    });
    expect((await store.readBound()).state).toEqual(readable);
    const report = await store.testConnection();
    expect(report.ok).toBe(false);
    expect(report.stages.filter(({ verdict }) => verdict === "failed")).toMatchObject([
      { stage: "rights", code: "may-rename" },
    ]);
  });

  test("a member of the owner may rename, and the table keeps its owner", async () => {
    await run(
      database.superuserUrl,
      "DROP ROLE IF EXISTS store_failures_owner",
      "CREATE ROLE store_failures_owner",
      "GRANT USAGE, CREATE ON SCHEMA public TO store_failures_owner",
      "ALTER TABLE _timestamp OWNER TO store_failures_owner",
      `GRANT store_failures_owner TO ${ROLE}`,
    );
    const store = storeAt(undefined, asReader());
    expect((await store.readRights()).findings.find(({ code }) => code === "may-rename")?.verdict).toBe(
      "pass",
    );
    expect(await store.invalidate(await guardOf(store))).toMatchObject({ outcome: "applied" });
    await run(database.superuserUrl, "DROP OWNED BY store_failures_owner", "DROP ROLE store_failures_owner");
  });

  test("sessions of others are seen to exist, but not from where", async () => {
    const sessions = await storeAt(undefined, asReader()).readSessions();
    expect(sessions).toMatchObject({ knowledge: "partial", reason: expect.stringMatching(/pg_monitor/) });
    expect(sessions).toMatchObject({
      sessions: [{ application: "somebody", address: null, startedAt: null }],
    });
    expect(await storeAt().readSessions()).toMatchObject({
      knowledge: "seen",
      sessions: [{ application: "somebody" }],
    });
  });

  test("a user who is read-only by default is blocked, and refused", async () => {
    await run(
      database.superuserUrl,
      `ALTER DATABASE ${database.name} SET default_transaction_read_only = on`,
    );
    const store = storeAt();
    const guard = await guardOf(store);
    expect(
      (await store.readRights()).findings.find(({ code }) => code === "default-read-only")?.verdict,
    ).toBe("blocking");
    expect(await failure(store.invalidate(guard))).toMatchObject({ code: "read-only", effect: "none" });
    const report = await store.testConnection();
    expect(report.stages.filter(({ verdict }) => verdict === "failed")).toMatchObject([
      { stage: "server role" },
    ]);
    await run(
      database.superuserUrl,
      "SET default_transaction_read_only = off",
      `ALTER DATABASE ${database.name} RESET default_transaction_read_only`,
    );
    expect((await store.readBound()).state).toEqual(readable);
  });

  test("row-level security is an error, never an empty store", async () => {
    await run(database.superuserUrl, "ALTER TABLE _timestamp ENABLE ROW LEVEL SECURITY");
    expect(await failure(storeAt(undefined, asReader()).readBound())).toMatchObject({ effect: "none" });
    expect((await storeAt().readRights()).findings.find(({ code }) => code === "row-security")?.verdict).toBe(
      "warning",
    );
  });
});

describe("what somebody put around the table", () => {
  test("a trigger that keeps the rename from happening cannot pass as success", async () => {
    await run(
      database.superuserUrl,
      "CREATE FUNCTION undo_rename() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN IF EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = 'public._timestamp'::regclass AND attname = 'legacy_last_allocated') THEN ALTER TABLE public._timestamp RENAME legacy_last_allocated TO last_allocated; END IF; END $$",
      "CREATE EVENT TRIGGER undo_rename ON ddl_command_end WHEN TAG IN ('ALTER TABLE') EXECUTE FUNCTION undo_rename()",
    );
    const store = storeAt();
    expect((await store.readRights()).findings.find(({ code }) => code === "event-triggers")?.verdict).toBe(
      "warning",
    );
    const outcome = await failure(store.invalidate(await guardOf(store)));
    expect(outcome.effect).toBe("none");
    await run(database.superuserUrl, "DROP EVENT TRIGGER undo_rename");
    expect((await store.readBound()).state).toEqual(readable);
  });

  test("a rule that swallows an INSERT is noticed by its row count", async () => {
    await run(
      database.superuserUrl,
      "DELETE FROM _timestamp",
      "CREATE RULE swallow AS ON INSERT TO _timestamp DO INSTEAD NOTHING",
    );
    const store = storeAt();
    expect(await failure(store.restore(await guardOf(store), 9_000n))).toMatchObject({
      code: "row-count",
      effect: "none",
    });
  });

  test("a created table belongs to the owner of AtlasDB's other tables", async () => {
    await run(
      database.superuserUrl,
      "DROP TABLE _timestamp",
      "CREATE TABLE _metadata (table_name text)",
      `ALTER TABLE _metadata OWNER TO ${ROLE}`,
    );
    const store = storeAt();
    expect(await store.invalidate(await guardOf(store))).toMatchObject({
      after: { state: "no-row-invalidated" },
    });
    const owner = await withSession(database.superuserUrl, (client) =>
      client.query("SELECT tableowner FROM pg_tables WHERE tablename = '_timestamp'"),
    );
    expect(owner.rows).toEqual([{ tableowner: ROLE }]);
  });

  test("synchronous_commit off is not good enough for a bound", async () => {
    await run(database.superuserUrl, `ALTER DATABASE ${database.name} SET synchronous_commit = off`);
    let seen = "";
    proxy.breakNext({ kind: "drop", statement: /never/ });
    const store = storeAt();
    await run(
      database.superuserUrl,
      "CREATE TABLE seen (setting text)",
      "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.seen VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$",
      "CREATE TRIGGER note AFTER UPDATE ON _timestamp FOR EACH ROW EXECUTE FUNCTION note()",
    );
    await store.restore(await guardOf(store), 9_000n);
    const { rows } = await withSession(database.superuserUrl, (client) =>
      client.query<{ setting: string }>("SELECT setting FROM seen"),
    );
    seen = rows[0]?.setting ?? "";
    await run(database.superuserUrl, `ALTER DATABASE ${database.name} RESET synchronous_commit`);
    expect(seen).toBe("on");
  });
});
