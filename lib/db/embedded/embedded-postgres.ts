import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { AppError } from "#lib/errors.ts";
import {
  EMBEDDED_MAJOR,
  findPostgresBinaries,
  isCode,
  type PostgresBinaries,
} from "#lib/db/embedded/binaries.ts";
import { findFreePort, isPortFree, portNumber } from "#lib/db/embedded/port.ts";
import { clearLeftOver, stopPostmaster } from "#lib/db/embedded/postmaster.ts";
import { chooseRunAs, type RunAs } from "#lib/db/embedded/run-as.ts";

const START_LIMIT_MS = 60_000;
const POLL_MS = 50;
const HOST = "127.0.0.1";
const CLEAN_ENVIRONMENT: Readonly<Record<string, string>> = { LC_ALL: "C", TZ: "UTC" };

/** A running embedded Postgres. `exited` settles when the server ends, for whatever reason. */
export interface EmbeddedPostgres {
  readonly port: number;
  readonly pid: number;
  readonly superuserPassword: string;
  readonly exited: Promise<void>;
  /** The address of a database for the superuser `postgres`, or for another role with its password. */
  urlFor(database: string, role?: { readonly name: string; readonly password: string }): string;
  /** Stops the server in order and waits for it. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Where the server lives and how. `folder` is made when missing and belongs to the server's user; the superuser's password
 * is kept in `passwordFile` (0600). `settings` are server settings on top of ours, `durable: false` is for tests only.
 */
export type EmbeddedPostgresOptions = {
  readonly folder: string;
  readonly passwordFile: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly durable?: boolean;
};

/**
 * Starts the Postgres that comes with the console: made on the first start (scram passwords, UTF-8, data checksums),
 * listening on 127.0.0.1 alone, on a port that it keeps from start to start while nobody else has taken it. A server left
 * over from a killed launcher is stopped first. The caller must hold the lock on the data folder.
 * @throws AppError with one sentence when the folder is of another major version, or the server does not come up
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const folder = path.resolve(options.folder);
  const pgdata = path.join(folder, "data");
  const binaries = await findPostgresBinaries();
  await mkdir(path.dirname(folder), { recursive: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const runAs = await chooseRunAs(folder, [folder, binaries.postgres]);
  if (process.getuid?.() === 0) await chown(folder, runAs.uid, runAs.gid);
  const superuserPassword = await keepSecret(options.passwordFile);
  await initialise(binaries, runAs, { folder, pgdata, superuserPassword });
  await clearLeftOver(pgdata);
  return launch(binaries, runAs, { ...options, folder, pgdata, superuserPassword });
}

/** The secret in a 0600 file, made of 32 random bytes (64 hexadecimal digits) when the file does not exist. */
export async function keepSecret(file: string): Promise<string> {
  const kept = await readFile(file, "utf8").catch((cause: unknown) => {
    if (isCode(cause, "ENOENT")) return null;
    throw new AppError("unavailable", `The file ${file} cannot be read.`, { cause });
  });
  if (kept !== null && kept.trim() !== "") return kept.trim();
  const secret = randomBytes(32).toString("hex");
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, `${secret}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
  return secret;
}

type Place = { readonly folder: string; readonly pgdata: string; readonly superuserPassword: string };

async function initialise(binaries: PostgresBinaries, runAs: RunAs, place: Place): Promise<void> {
  const version = await readFile(path.join(place.pgdata, "PG_VERSION"), "utf8").catch((cause: unknown) => {
    if (isCode(cause, "ENOENT")) return null;
    throw new AppError(
      "unavailable",
      `The data folder ${place.pgdata} cannot be read: it belongs to another user. Start Lockstep as the user that made it.`,
      { cause },
    );
  });
  if (version !== null) {
    if (version.trim() === EMBEDDED_MAJOR) return;
    throw new AppError(
      "unavailable",
      `The data folder ${place.pgdata} was made by Postgres ${version.trim()}, and this Lockstep brings Postgres ${EMBEDDED_MAJOR}: start the Lockstep that made it, or move its data over with a backup.`,
    );
  }
  const unfinished = `${place.pgdata}.new`;
  const passwordFile = path.join(place.folder, "initdb-password");
  await rm(unfinished, { recursive: true, force: true });
  await writeFile(passwordFile, place.superuserPassword, { mode: 0o600 });
  if (process.getuid?.() === 0) await chown(passwordFile, runAs.uid, runAs.gid);
  const args = ["--pgdata", unfinished, "--username", "postgres", "--pwfile", passwordFile];
  const rules = [
    "--auth",
    "scram-sha-256",
    "--encoding",
    "UTF8",
    "--locale",
    "C",
    "--data-checksums",
    "--no-instructions",
  ];
  try {
    await run(binaries.initdb, [...args, ...rules], runAs, place.folder);
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(unfinished, place.pgdata);
}

async function run(program: string, args: readonly string[], runAs: RunAs, cwd: string): Promise<void> {
  const child = spawnAs(program, args, runAs, { cwd, output: "pipe", detached: false });
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) {
    throw new AppError(
      "unavailable",
      `${path.basename(program)} failed: ${output.trim().split("\n").slice(-3).join(" ")}`,
    );
  }
}

function spawnAs(
  program: string,
  args: readonly string[],
  runAs: RunAs,
  how: { readonly cwd: string; readonly output: "pipe" | number; readonly detached: boolean },
): ChildProcess {
  const [command = program, ...rest] = [...runAs.prefix, program, ...args];
  return spawn(command, rest, {
    cwd: how.cwd,
    env: { ...CLEAN_ENVIRONMENT, NODE_ENV: "production" },
    stdio: ["ignore", how.output, how.output],
    detached: how.detached,
    ...runAs.spawnAs,
  });
}

async function launch(
  binaries: PostgresBinaries,
  runAs: RunAs,
  options: EmbeddedPostgresOptions & Place,
): Promise<EmbeddedPostgres> {
  const port = await keptPort(path.join(options.folder, "port"));
  const log = await open(path.join(options.folder, "postgres.log"), "a", 0o600);
  // A group of its own: Ctrl-C in the terminal must not stop it before the worker has drained.
  const child = spawnAs(binaries.postgres, serverArguments(port, options), runAs, {
    cwd: options.folder,
    output: log.fd,
    detached: true,
  });
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  await log.close();
  const server: EmbeddedPostgres = {
    port,
    pid: child.pid ?? 0,
    superuserPassword: options.superuserPassword,
    exited,
    urlFor: (database, role) =>
      `postgresql://${role?.name ?? "postgres"}:${role?.password ?? options.superuserPassword}@${HOST}:${port}/${database}`,
    stop: async () => {
      if (isRunning(child) && child.pid !== undefined)
        await stopPostmaster(child.pid, async () => isRunning(child));
      await exited;
    },
  };
  await waitUntilReady(child, server, path.join(options.folder, "postgres.log"));
  return server;
}

function serverArguments(port: number, options: EmbeddedPostgresOptions & Place): readonly string[] {
  const settings: Record<string, string> = {
    port: `${port}`,
    listen_addresses: HOST,
    unix_socket_directories: "",
    max_connections: "120",
    timezone: "UTC",
    log_timezone: "UTC",
    cluster_name: "lockstep",
    ...(options.durable === false
      ? { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }
      : {}),
    ...options.settings,
  };
  return [
    "-D",
    options.pgdata,
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ];
}

async function keptPort(file: string): Promise<number> {
  const kept = portNumber.safeParse(await readFile(file, "utf8").catch(() => null));
  if (kept.success && (await isPortFree(kept.data, HOST))) return kept.data;
  const port = await findFreePort();
  await writeFile(file, `${port}\n`);
  return port;
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function waitUntilReady(child: ChildProcess, server: EmbeddedPostgres, logFile: string): Promise<void> {
  let last: unknown;
  for (let waitedMs = 0; waitedMs < START_LIMIT_MS && isRunning(child); waitedMs += POLL_MS) {
    const client = new pg.Client({
      connectionString: server.urlFor("postgres"),
      connectionTimeoutMillis: 5_000,
    });
    client.on("error", () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch (cause) {
      last = cause;
      await client.end().catch(() => {});
      if (isWrongPassword(cause)) break;
    }
    await sleep(POLL_MS);
  }
  await server.stop();
  const why = isWrongPassword(last)
    ? "the kept superuser password is not the one of this data folder"
    : `its last words are: ${await lastLine(logFile)}`;
  throw new AppError("unavailable", `The embedded Postgres does not start: ${why} (${logFile}).`, {
    cause: last,
  });
}

function isWrongPassword(cause: unknown): boolean {
  return isCode(cause, "28P01");
}

async function lastLine(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text.trim().split("\n").at(-1) ?? "none";
}
