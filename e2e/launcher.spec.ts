import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "@playwright/test";
import pg from "pg";
import { launch, type Launched, launchRefused, runCommand } from "#e2e/fixtures/launch.ts";
import { dataPlace } from "#lib/db/testing-place.ts";
import { parseSmallJson } from "#lib/processes/small-json.ts";
import { sandboxControl, sandboxStatus } from "#lib/rehearsal/schema.ts";
import { parseJson } from "#lib/timestamps/json.ts";

let folder: string;

test.beforeEach(async () => {
  folder = await mkdtemp(path.join(await dataPlace(), "lockstep-launcher-"));
});
test.afterEach(async () => rm(folder, { recursive: true, force: true }));

test("comes back with all data after kill -9, and leaves no process behind", async () => {
  const first = await launch({ dataDir: folder });
  expect(first.setupLink).toContain(`${first.url}/setup/`);
  expect(first.accounts.length).toBeGreaterThan(0);
  await expect.poll(async () => healthOf(first)).toMatchObject({ status: "ok", schema: "current" });
  const before = await auditHashes(folder);
  expect(before.length).toBeGreaterThan(0);
  const ports = [portOf(first.url), await postgresPort(folder)];
  await first.kill();
  for (const port of ports) await expect.poll(async () => isOpen(port), { timeout: 60_000 }).toBe(false);

  const second = await launch({ dataDir: folder });
  expect((await auditHashes(folder)).slice(0, before.length)).toEqual(before);
  expect(await second.stop()).toBe(0);
  expect(await isOpen(await postgresPort(folder))).toBe(false);
});

test("answers the command line while it runs", async () => {
  const lockstep = await launch({ dataDir: folder });
  const link = await runCommand(
    "recovery-link",
    "--email",
    "operator@sandbox.localhost",
    "--data-dir",
    folder,
  );
  expect(link).toMatchObject({ code: 0 });
  expect(link.output).toContain(`${lockstep.url}/`);
  const nobody = await runCommand("recovery-link", "--email", "nobody@example.com", "--data-dir", folder);
  expect(nobody).toEqual({ code: 1, output: "Nobody has the e-mail address nobody@example.com.\n" });
  const whole = await runCommand("audit", "verify", "--data-dir", folder);
  expect(whole).toMatchObject({
    code: 0,
    output: expect.stringMatching(/^The audit log is whole: \d+ entries/),
  });

  const superuser = await databaseUrl(folder, "postgres", "database-superuser-password");
  const client = new pg.Client(superuser);
  await client.connect();
  await client.query("SET session_replication_role = replica");
  await client.query("UPDATE audit.entry SET actor_name = 'somebody else' WHERE sequence = 2");
  await client.end();
  const bad = await runCommand("audit", "verify", "--data-dir", folder);
  expect(bad).toMatchObject({ code: 2, output: expect.stringContaining("Audit entry 2 is bad") });
  expect(await lockstep.stop()).toBe(0);
  const stopped = await runCommand("audit", "verify", "--data-dir", folder);
  expect(stopped).toMatchObject({
    code: 1,
    output: expect.stringContaining("No Lockstep runs on the data folder"),
  });
});

test("adds a Cassandra store to the sandbox when it is asked to", async () => {
  // Java runs native libraries from there, which a folder in memory often lets nobody do.
  await rm(folder, { recursive: true });
  folder = await mkdtemp(path.join(tmpdir(), "lockstep-launcher-"));
  const lockstep = await launch({ dataDir: folder, flags: ["--with-cassandra"] });
  expect(lockstep.output()).toContain("Starting the sandbox with a Cassandra store");
  const control = sandboxControl.parse(
    parseJson(await readFile(path.join(folder, "sandbox", "control.json"), "utf8")),
  );
  const readStore = async () => {
    const response = await fetch(`${control.url}/status`, {
      headers: { authorization: `Bearer ${control.token}` },
    });
    const { stores } = sandboxStatus.parse(parseSmallJson(await response.text()));
    return stores.find(({ kind }) => kind === "cassandra");
  };
  await expect.poll(readStore).toMatchObject({ id: "catalog", columns: ["ts"], problem: null });
  const port = (await readStore())?.port ?? 0;
  expect(await isOpen(port)).toBe(true);
  await lockstep.kill();
  await expect.poll(async () => isOpen(port), { timeout: 60_000 }).toBe(false);
});

test("says what Cassandra lacks, and starts without it", async () => {
  const lockstep = await launch({
    dataDir: folder,
    flags: ["--with-cassandra"],
    env: { PATH: folder },
  });
  expect(lockstep.output()).toMatch(/The sandbox starts without a Cassandra store\. .*Maven/);
  expect(lockstep.accounts.length).toBeGreaterThan(0);
  expect(await lockstep.stop()).toBe(0);
});

test("keeps what is secret to its own user", async () => {
  const lockstep = await launch({ dataDir: folder, flags: ["--no-sandbox"] });
  const secrets = path.join(folder, "secrets");
  const names = await readdir(secrets);
  expect(names).toContain("secret-key");
  for (const name of names) expect((await stat(path.join(secrets, name))).mode & 0o777).toBe(0o600);
  await lockstep.stop();
  const logs = await Promise.all(
    (await readdir(path.join(folder, "logs"))).map(async (name) =>
      readFile(path.join(folder, "logs", name), "utf8"),
    ),
  );
  for (const name of names) {
    const secret = (await readFile(path.join(secrets, name), "utf8")).trim();
    expect(`${logs.join("")}${lockstep.output()}`).not.toContain(secret);
  }
});

test("starts a crashed process again", async () => {
  const lockstep = await launch({ dataDir: folder, flags: ["--no-sandbox"] });
  const launcher = (await readFile(path.join(folder, "launcher.pid"), "utf8")).trim();
  const web = await childNamed(launcher, "web.ts");
  process.kill(web, "SIGKILL");
  await expect
    .poll(() => lockstep.output())
    .toContain("The web process ended (SIGKILL) and is started again");
  await expect.poll(async () => healthOf(lockstep), { timeout: 60_000 }).toMatchObject({ status: "ok" });
  const server = await childNamed(launcher, "postgres");
  process.kill(server, "SIGKILL");
  await expect.poll(async () => childNamed(launcher, "postgres"), { timeout: 60_000 }).not.toBe(server);
  await expect.poll(async () => healthOf(lockstep), { timeout: 60_000 }).toMatchObject({ status: "ok" });
  expect(await lockstep.stop()).toBe(0);
});

test("works on a Postgres of the person's own, and refuses one role for both", async () => {
  const host = await launch({ dataDir: folder, flags: ["--no-sandbox"] });
  const own = await mkdtemp(path.join(await dataPlace(), "lockstep-own-"));
  try {
    const app = await databaseUrl(folder, "lockstep_app", "database-app-password");
    const owner = await databaseUrl(folder, "lockstep_owner", "database-owner-password");
    const flags = ["--no-sandbox"];
    const refused = await launchRefused({ dataDir: own, flags, env: { DATABASE_URL: owner } });
    expect(refused).toMatchObject({ code: 1 });
    expect(sentence(refused.output)).toContain("set LOCKSTEP_OWNER_DATABASE_URL to an owner role");
    const env = { DATABASE_URL: app, LOCKSTEP_OWNER_DATABASE_URL: owner };
    const lockstep = await launch({ dataDir: own, flags, env });
    expect(await readdir(own)).not.toContain("postgres");
    await expect.poll(async () => healthOf(lockstep)).toMatchObject({ status: "ok" });
    expect(await lockstep.stop()).toBe(0);
    const single = await launch({
      dataDir: own,
      flags,
      env: { DATABASE_URL: owner, LOCKSTEP_ALLOW_SINGLE_ROLE: "1" },
    });
    expect(single.output()).toContain("The audit log is not protected in this database");
    expect(await single.stop()).toBe(0);
  } finally {
    await host.stop();
    await rm(own, { recursive: true, force: true });
  }
});

test("refuses a second start on the same data folder", async () => {
  const lockstep = await launch({ dataDir: folder, flags: ["--no-sandbox"] });
  const refused = await launchRefused({ dataDir: folder });
  expect(refused.code).toBe(1);
  expect(sentence(refused.output)).toMatch(
    /^The data folder \S+ is used by another Lockstep \(process \d+\)/,
  );
  expect(await lockstep.stop()).toBe(0);
});

test("refuses a port that is taken", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve());
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const refused = await launchRefused({ dataDir: folder, port });
  server.close();
  expect(refused.code).toBe(1);
  expect(sentence(refused.output)).toMatch(
    new RegExp(`^Port ${port} of 127.0.0.1 is taken by another program`),
  );
});

test("refuses a folder that cannot be written", async () => {
  await writeFile(path.join(folder, "file"), "");
  const refused = await launchRefused({ dataDir: path.join(folder, "file", "data") });
  expect(refused.code).toBe(1);
  expect(sentence(refused.output)).toMatch(/^The data folder \S+ cannot be written/);
});

test("refuses a data folder of another Postgres", async () => {
  await mkdir(path.join(folder, "postgres", "data"), { recursive: true });
  await writeFile(path.join(folder, "postgres", "data", "PG_VERSION"), "16\n");
  const refused = await launchRefused({ dataDir: folder });
  expect(refused.code).toBe(1);
  expect(sentence(refused.output)).toContain("was made by Postgres 16, and this Lockstep brings Postgres 18");
});

test("refuses a database that does not answer, without showing the password", async () => {
  const env = { DATABASE_URL: "postgresql://ada:s3cr3t-word@127.0.0.1:1/lockstep" };
  const refused = await launchRefused({ dataDir: folder, flags: ["--no-sandbox"], env });
  expect(refused.code).toBe(1);
  expect(sentence(refused.output)).toMatch(
    /^DATABASE_URL leads to 127\.0\.0\.1:1\/lockstep, which does not let Lockstep in/,
  );
  expect(refused.output).not.toContain("s3cr3t-word");
});

test("refuses settings that are wrong", async () => {
  const refused = await launchRefused({ dataDir: folder, env: { LOCKSTEP_SECRET_KEY: "short" } });
  expect(refused.code).toBe(1);
  expect(sentence(refused.output)).toContain("LOCKSTEP_SECRET_KEY must be 32 bytes");
});

/** What a refusal says: exactly one line besides what the build may have said. */
function sentence(output: string): string {
  const lines = output
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("Building the web console"));
  expect(lines).toHaveLength(1);
  return lines[0] ?? "";
}

async function healthOf(lockstep: Launched): Promise<unknown> {
  const response = await fetch(`${lockstep.url}/api/health`).catch(() => null);
  return response === null ? null : response.json();
}

async function postgresPort(dataDir: string): Promise<number> {
  return Number(await readFile(path.join(dataDir, "postgres", "port"), "utf8"));
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}

async function databaseUrl(dataDir: string, role: string, secret: string): Promise<string> {
  const password = (await readFile(path.join(dataDir, "secrets", secret), "utf8")).trim();
  return `postgresql://${role}:${password}@127.0.0.1:${await postgresPort(dataDir)}/lockstep`;
}

async function auditHashes(dataDir: string): Promise<readonly string[]> {
  const client = new pg.Client(await databaseUrl(dataDir, "lockstep_app", "database-app-password"));
  await client.connect();
  const { rows } = await client.query<{ hash: string }>("SELECT hash FROM audit.entry ORDER BY sequence");
  await client.end();
  return rows.map((row) => row.hash);
}

async function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** The launcher's child whose command line names this file; 0 when there is none now. */
async function childNamed(launcher: string, name: string): Promise<number> {
  const children = await readFile(`/proc/${launcher}/task/${launcher}/children`, "utf8");
  for (const pid of children.trim().split(" ")) {
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (command.split("\0").some((word) => path.basename(word) === name)) return Number(pid);
  }
  return 0;
}
