import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { auth, Client } from "cassandra-driver";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findTools } from "#lib/local-cassandra/java.ts";
import { startLocalCassandra } from "#lib/local-cassandra/server.ts";
import {
  connectAsSuperuser,
  createTestKeyspace,
  order,
  TESTED_RELEASES,
  testCassandra,
  type TestKeyspace,
} from "#lib/local-cassandra/testing.ts";
import { createTestTls, type TestTls } from "#lib/local-cassandra/testing-keystore.ts";

const COLUMNS = "key blob, column1 blob, column2 bigint, value blob, PRIMARY KEY (key, column1, column2)";

describe.each(TESTED_RELEASES)("the run's server %s", (release) => {
  let keyspace: TestKeyspace;
  beforeAll(async () => {
    keyspace = await createTestKeyspace(release, "network");
    await keyspace.client.execute(
      `CREATE TABLE ${keyspace.name}."_timestamp" (${COLUMNS}) WITH COMPACT STORAGE`,
    );
  });
  afterAll(async () => keyspace.drop());

  const insert = async (column2: number) =>
    keyspace.client.execute(
      `INSERT INTO ${keyspace.name}."_timestamp" (key, column1, column2, value) VALUES (0x7473, 0x7473, ${column2}, 0x01) IF NOT EXISTS`,
    );
  const count = async () => {
    const { rows } = await keyspace.client.execute(`SELECT column2 FROM ${keyspace.name}."_timestamp"`);
    return rows.length;
  };

  test("is the release that it says, in its data centre", async () => {
    const { rows } = await keyspace.client.execute(
      "SELECT release_version, data_center, partitioner FROM system.local",
    );
    expect(rows[0]?.["release_version"]).toContain(release);
    expect(rows[0]?.["data_center"]).toBe("dc1");
    expect(rows[0]?.["partitioner"]).toContain(release === "2.2.18" ? "ByteOrdered" : "Murmur3");
  });

  test("lets nobody in without the password", async () => {
    const server = testCassandra(release);
    const wrong = connectAsSuperuser(
      { ...server, password: "wrong" },
      { socketOptions: { connectTimeout: 5_000 } },
    );
    await expect(wrong).rejects.toThrow("AuthenticationError");
  });

  test("does not answer while it is frozen, and does once it is thawed", async () => {
    const { server } = keyspace;
    await order(server, "freeze");
    try {
      const answer = keyspace.client.execute("SELECT key FROM system.local", [], { readTimeout: 700 });
      await expect(answer).rejects.toThrow("did not reply before timeout");
    } finally {
      await order(server, "thaw");
    }
    await expect.poll(count, { timeout: 60_000 }).toBe(0);
  });

  test("keeps what it acknowledged when it is killed, on the same port", async () => {
    const { server } = keyspace;
    for (let column2 = -1; column2 >= -20; column2 -= 1) await insert(column2);
    await order(server, "kill");
    await expect(connectAsSuperuser(server)).rejects.toThrow("ECONNREFUSED");
    await order(server, "start");
    const again = await connectAsSuperuser(server);
    const { rows } = await again.execute(`SELECT column2 FROM ${keyspace.name}."_timestamp"`);
    await again.shutdown();
    expect(rows).toHaveLength(20);
    await expect.poll(count, { timeout: 30_000 }).toBe(20);
  });
});

describe("a server of one's own", () => {
  let folder: string;
  let tls: TestTls;
  let parent: ChildProcess | undefined;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "lockstep-own-cassandra-"));
    tls = await createTestTls(folder, { requireClient: true });
  });
  afterAll(async () => {
    parent?.kill("SIGKILL");
    await rm(folder, { recursive: true, force: true });
  });

  /** Starts the server from another process, so that its parent can be killed. */
  async function startElsewhere(): Promise<{ readonly port: number; readonly pid: number }> {
    const script = `
      import { findTools } from "#lib/local-cassandra/java.ts";
      import { startLocalCassandra } from "#lib/local-cassandra/server.ts";
      const { tools } = await findTools();
      const tls = ${JSON.stringify(tls.server)};
      const server = await startLocalCassandra({ release: "2.2.18", folder: ${JSON.stringify(path.join(folder, "server"))}, tools, tls, requirePassword: true });
      console.log(server.ports.cql + " " + server.pid());
      setInterval(() => {}, 1000);`;
    parent = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      cwd: path.join(import.meta.dirname, "..", ".."),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: parent.stdout ?? process.stdin });
    const [line] = (await once(lines, "line")) as [string];
    const [port, pid] = line.split(" ").map(Number);
    return { port: port ?? 0, pid: pid ?? 0 };
  }

  const connect = async (port: number, client: { cert: string; key: string } | null, ca = tls.ca) => {
    const session = new Client({
      contactPoints: [`127.0.0.1:${port}`],
      localDataCenter: "dc1",
      authProvider: new auth.PlainTextAuthProvider("cassandra", "cassandra"),
      sslOptions: { ca: [ca], ...(client === null ? {} : { cert: client.cert, key: client.key }) },
    });
    try {
      await session.connect();
      return (await session.execute("SELECT release_version FROM system.local")).rows.length;
    } finally {
      await session.shutdown();
    }
  };
  const isAlive = (pid: number) => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };

  test("speaks TLS in both directions, ends with its parent even when frozen, and starts again where it was", async () => {
    const { port, pid } = await startElsewhere();
    expect(await connect(port, tls.client)).toBe(1);
    await expect(connect(port, null)).rejects.toThrow(/SSL alert|tls alert/);
    await expect(connect(port, tls.stranger)).rejects.toThrow(/SSL alert|tls alert/);
    process.kill(pid, "SIGSTOP");
    parent?.kill("SIGKILL");
    await expect.poll(() => isAlive(pid), { timeout: 60_000 }).toBe(false);

    const search = await findTools();
    if (!search.found) throw new Error(search.missing);
    const again = await startLocalCassandra({
      release: "2.2.18",
      folder: path.join(folder, "server"),
      tools: search.tools,
      tls: tls.server,
      requirePassword: true,
    });
    expect(again.ports.cql).toBe(port);
    expect(await connect(port, tls.client)).toBe(1);
    const last = again.pid();
    await again.stop();
    await again.stop();
    expect(isAlive(last)).toBe(false);
  });
});
