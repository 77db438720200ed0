import { createServer, type Server, type Socket } from "node:net";
import { chown, cp, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type EmbeddedPostgres, startEmbeddedPostgres } from "#lib/db/embedded/embedded-postgres.ts";
import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { AppError } from "#lib/errors.ts";
import { openSession } from "#lib/stores/postgres/connection.ts";
import { CopyInQuery } from "#lib/stores/postgres/copy-in-query.ts";
import { copyOut } from "#lib/stores/postgres/copy-out.ts";
import { postgresBoundStore } from "#lib/stores/postgres/postgres-bound-store.ts";
import type { PostgresStoreConfig, PostgresStoreConfigInput } from "#lib/stores/postgres/schema.ts";
import { COPY_SESSION, SessionPool } from "#lib/stores/postgres/session-pool.ts";
import { configFor, run } from "#lib/stores/postgres/testing.ts";
import { createAuthority, createServerCertificate } from "#lib/stores/postgres/testing-certificates.ts";

const TABLE = ["CREATE TABLE _timestamp (last_allocated int8 NOT NULL)", "INSERT INTO _timestamp VALUES (5)"];

/** The report's verdict, its failed or doubtful stages, and the words of the last of them. */
async function report(config: PostgresStoreConfig) {
  const { ok, stages, identity } = await postgresBoundStore({ config }).testConnection();
  const noted = stages
    .filter(({ verdict }) => verdict !== "pass")
    .map(({ stage, verdict, code }) => `${verdict} ${stage}: ${code}`);
  return { ok, noted, last: stages.at(-1)?.message ?? "", identity, stages };
}

describe("a server without TLS", () => {
  let database: TestDatabase;
  const open: Server[] = [];

  beforeAll(async () => {
    database = await createEmptyDatabase();
    await run(database.superuserUrl, ...TABLE);
  });
  afterAll(async () => {
    for (const server of open) server.close();
    await database.drop();
  });

  const config = (more: Partial<PostgresStoreConfigInput> = {}) => configFor(database.superuserUrl, more);

  /** A server that does this with each connection. */
  async function fakeServer(onConnection: (socket: Socket) => void): Promise<number> {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      onConnection(socket);
    });
    open.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  test("is found good, with what it is", async () => {
    const good = await report(config());
    expect(good).toMatchObject({ ok: true, noted: ["warning TLS: TLS-reached"] });
    expect(good.identity).toMatchObject({ kind: "postgres", table: "_timestamp" });
    const { facts } = await postgresBoundStore({ config: config() }).testConnection();
    expect(facts.map(({ label }) => label)).toEqual(
      expect.arrayContaining(["Server version", "System identifier", "Encoding", "In recovery", "Bound"]),
    );
    expect(facts.find(({ label }) => label === "Bound")?.value).toBe("readable with 5");
  });

  test.each<[string, Partial<PostgresStoreConfigInput>, string, RegExp]>([
    ["no such host", { host: "no-such-host.invalid" }, "failed name look-up: name-not-found", /DNS/],
    ["nothing listens", { port: 1 }, "failed connection: connection-refused", /port/],
    ["TLS demanded, none offered", { tls: { mode: "require" } }, "failed TLS: tls-not-offered", /ssl/],
    ["wrong password", { password: "wrong" }, "failed authentication: authentication-failed", /password/],
    ["empty password", { password: "" }, "failed authentication: authentication-failed", /password/],
    ["unknown user", { user: "nobody-known" }, "failed authentication: authentication-failed", /user/],
    [
      "no such database",
      { database: "no_such_database" },
      "failed database: database-missing",
      /no database/,
    ],
    ["no such schema", { schema: "no_such_schema" }, "failed schema: schema-missing", /no schema/],
    ["no such table", { tablePrefix: "x_" }, "warning table: table-missing", /x__timestamp/],
  ])("%s", async (_name, more, noted, words) => {
    const result = await report(config(more));
    expect(result.noted).toContain(noted);
    expect(result.ok).toBe(noted.startsWith("warning"));
    expect(result.stages.some(({ message }) => words.test(message))).toBe(true);
    expect(JSON.stringify(result)).not.toContain(config().password);
  });

  test("a host that takes the connection and says nothing", async () => {
    const port = await fakeServer(() => undefined);
    expect((await report(config({ port, connectTimeoutMs: 500 }))).noted).toContain(
      "failed connection: timed-out",
    );
  });

  test("a server that is no Postgres", async () => {
    const port = await fakeServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const plain = await report(config({ port }));
    expect(plain.ok).toBe(false);
    const tls = await report(config({ port, tls: { mode: "require" } }));
    expect(tls.noted.at(-1)).toBe("failed TLS: not-postgres");
  });

  test("a server that hangs up", async () => {
    const port = await fakeServer((socket) => socket.destroy());
    expect((await report(config({ port }))).noted).toContain("failed connection: connection-lost");
  });

  test("an address that a policy denies is not connected to", async () => {
    const store = postgresBoundStore({
      config: config(),
      resolveAddress: async () => {
        throw new AppError("invalid", "This address is not allowed.");
      },
    });
    const result = await store.testConnection();
    expect(result).toMatchObject({
      ok: false,
      stages: [
        {
          stage: "name look-up",
          verdict: "failed",
          code: "address-denied",
          message: "This address is not allowed.",
        },
      ],
    });
  });
});

describe("a server of our own, with TLS", () => {
  const authority = { ...createAuthority("Test CA"), name: "Test CA" };
  let folder = "";
  let primary: EmbeddedPostgres;
  let standby: EmbeddedPostgres | null = null;

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "lockstep-store-"));
    const first = await startEmbeddedPostgres(options("primary"));
    await run(first.urlFor("postgres"), ...TABLE);
    await first.stop();
    await certificate("server", createServerCertificate(authority, ["db.example.com"]));
    await cp(path.join(folder, "primary"), path.join(folder, "standby"), {
      recursive: true,
      preserveTimestamps: true,
    });
    await own(path.join(folder, "standby"));
    primary = await startEmbeddedPostgres({
      ...options("primary"),
      settings: {
        ssl: "on",
        ssl_cert_file: path.join(folder, "primary", "server.crt"),
        ssl_key_file: path.join(folder, "primary", "server.key"),
        wal_level: "replica",
      },
    });
  }, 90_000);
  afterAll(async () => {
    await standby?.stop();
    await primary.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function options(name: string) {
    return { folder: path.join(folder, name), passwordFile: path.join(folder, "password"), durable: false };
  }

  /** Gives a file or folder to the server's user, with the rights that it insists on. */
  async function own(file: string): Promise<void> {
    const { uid, gid } = await stat(path.join(folder, "primary"));
    if (process.getuid?.() !== 0) return;
    const { readdir } = await import("node:fs/promises");
    const entries = (await stat(file)).isDirectory() ? await readdir(file, { recursive: true }) : [];
    for (const entry of [file, ...entries.map((name) => path.join(file, name))]) await chown(entry, uid, gid);
  }

  async function certificate(name: string, { cert, key }: { cert: string; key: string }): Promise<void> {
    for (const [ending, text] of [
      ["crt", cert],
      ["key", key],
    ] as const) {
      const file = path.join(folder, "primary", `${name}.${ending}`);
      await writeFile(file, text, { mode: 0o600 });
      await own(file);
    }
  }

  /** As if DNS had `db.example.com` at the test server. */
  async function reportAs(host: string, tls: PostgresStoreConfigInput["tls"]) {
    const config = { ...configFor(primary.urlFor("postgres"), { tls }), host };
    const store = postgresBoundStore({ config, resolveAddress: async () => "127.0.0.1" });
    const { ok, stages } = await store.testConnection();
    return {
      ok,
      failed: stages
        .filter(({ verdict }) => verdict === "failed")
        .map(({ stage, code }) => `${stage}: ${code}`),
      stages,
    };
  }

  const ca = authority.cert;
  const stranger = createAuthority("Another CA").cert;

  test.each<[string, string, PostgresStoreConfigInput["tls"], string[]]>([
    ["verify-full, right name", "db.example.com", { mode: "verify-full", ca }, []],
    [
      "verify-full, another name",
      "other.example.com",
      { mode: "verify-full", ca },
      ["TLS: tls-name-mismatch"],
    ],
    ["verify-full, by address", "127.0.0.1", { mode: "verify-full", ca }, ["TLS: tls-name-mismatch"]],
    ["verify-ca, another name", "other.example.com", { mode: "verify-ca", ca }, []],
    [
      "verify-ca, another authority",
      "db.example.com",
      { mode: "verify-ca", ca: stranger },
      ["TLS: tls-untrusted"],
    ],
    [
      "verify-full, public authorities only",
      "db.example.com",
      { mode: "verify-full" },
      ["TLS: tls-untrusted"],
    ],
    ["require, another authority", "db.example.com", { mode: "require", ca: stranger }, []],
    [
      "a certificate text that is none",
      "db.example.com",
      { mode: "verify-ca", ca: "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----" },
      ["TLS: tls-failed"],
    ],
  ])("%s", async (_name, host, tls, failed) => {
    const result = await reportAs(host, tls);
    expect(result.failed, JSON.stringify(result.stages)).toEqual(failed);
    expect(result.ok).toBe(failed.length === 0);
  });

  test.each(["require", "disable"] as const)("a copy out of it and into it, TLS %s", async (mode) => {
    const url = `${primary.urlFor("postgres")}?sslmode=no-verify`;
    await run(
      url,
      "DROP TABLE IF EXISTS copied_from, copied_to",
      `CREATE TABLE copied_from AS SELECT decode(md5(i::text), 'hex') AS row_name, '\\x63'::bytea AS col_name, i::int8 AS ts,
         decode(repeat(md5(i::text), i % 50), 'hex') AS val FROM generate_series(1, 5000) AS i`,
      "CREATE TABLE copied_to (LIKE copied_from)",
    );
    const target = { config: configFor(primary.urlFor("postgres"), { tls: { mode } }) };
    const session = await openSession(target, COPY_SESSION);
    const copy = session.client.query(new CopyInQuery("COPY copied_to FROM STDIN (FORMAT binary)"));
    let count = 0;
    const pool = new SessionPool(target);
    // Twice: the second time on the session of the first.
    for (const half of ["ts <= 2500", "ts > 2500"]) {
      for await (const block of copyOut(pool, `SELECT * FROM copied_from WHERE ${half}`)) {
        count += block.count;
        await copy.write(block);
      }
    }
    await pool.close();
    await copy.end();
    await copy.done;
    expect(count).toBe(5_000);
    const { rows } = await session.client.query(
      "SELECT (SELECT count(*) FROM copied_to) AS all, count(*) AS same FROM copied_to JOIN copied_from USING (row_name, col_name, ts, val)",
    );
    expect(rows).toEqual([{ all: "5000", same: "5000" }]);
    await session.close();
  });

  test("TLS demanded by the server, none wanted by us", async () => {
    const hba = path.join(folder, "primary", "data", "pg_hba.conf");
    const before = await readFile(hba, "utf8");
    await writeFile(hba, "hostssl all all 127.0.0.1/32 scram-sha-256\n");
    const config = configFor(primary.urlFor("postgres"));
    const ssl = { ...config, tls: { mode: "require" as const } };
    await run(`${primary.urlFor("postgres")}?sslmode=no-verify`, "SELECT pg_reload_conf()");
    await expect
      .poll(async () => (await report(config)).noted)
      .toContain("failed authentication: not-allowed");
    expect((await report(ssl)).ok).toBe(true);
    await writeFile(hba, before);
    await run(`${primary.urlFor("postgres")}?sslmode=no-verify`, "SELECT pg_reload_conf()");
    await expect.poll(async () => (await report(config)).ok).toBe(true);
  });

  test("an expired certificate", async () => {
    await certificate("server", createServerCertificate(authority, ["db.example.com"], [-3, -2]));
    await run(primary.urlFor("postgres"), "SELECT pg_reload_conf()");
    await expect
      .poll(async () => (await reportAs("db.example.com", { mode: "verify-full", ca })).failed)
      .toEqual(["TLS: tls-expired"]);
  });

  test("a replica is read, named on its primary, and never written", async () => {
    const { port } = configFor(primary.urlFor("postgres"));
    const data = path.join(folder, "standby", "data");
    await writeFile(path.join(data, "standby.signal"), "");
    await rm(path.join(data, "postmaster.pid"), { force: true });
    await rm(path.join(folder, "standby", "port"), { force: true });
    await own(path.join(folder, "standby"));
    standby = await startEmbeddedPostgres({
      ...options("standby"),
      settings: {
        primary_conninfo: `host=127.0.0.1 port=${port} user=postgres password=${primary.superuserPassword} application_name=berlin`,
      },
    });
    const onStandby = postgresBoundStore({ config: configFor(standby.urlFor("postgres")) });
    const reading = await onStandby.readBound();
    expect(reading).toMatchObject({
      view: "replica",
      server: { inRecovery: true },
      state: { state: "readable", bound: 5n },
    });
    await expect(
      onStandby.invalidate({ identity: reading.identity, expected: reading.state }),
    ).rejects.toMatchObject({
      code: "read-only",
      effect: "none",
    });
    expect((await report(configFor(standby.urlFor("postgres")))).noted).toContain(
      "failed server role: in-recovery",
    );

    const onPrimary = postgresBoundStore({ config: configFor(primary.urlFor("postgres")) });
    await expect
      .poll(async () => (await onPrimary.readRights()).findings.find(({ code }) => code === "standbys"), {
        timeout: 60_000,
      })
      .toMatchObject({
        verdict: "warning",
        message: expect.stringMatching(/berlin at 127\.0\.0\.1 \(async\)/),
      });
    const before = await onPrimary.readBound();
    expect(before.identity).toEqual(reading.identity);
    expect(await onPrimary.invalidate({ identity: before.identity, expected: before.state })).toMatchObject({
      outcome: "applied",
    });
    await expect
      .poll(async () => (await onStandby.readBound()).state, { timeout: 60_000 })
      .toEqual({ state: "invalidated", kept: 5n });
  });
});
