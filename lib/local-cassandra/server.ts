import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "#lib/errors.ts";
import {
  type CassandraLoad,
  type CassandraPorts,
  type CassandraSetup,
  type CassandraTls,
  type Partitioner,
  writeConfiguration,
} from "#lib/local-cassandra/configuration.ts";
import { ensureJars } from "#lib/local-cassandra/jars.ts";
import type { LocalTools } from "#lib/local-cassandra/java.ts";
import { clearLeftOver } from "#lib/local-cassandra/left-over.ts";
import { choosePorts, keptPorts } from "#lib/local-cassandra/ports.ts";
import { type CassandraRelease, RELEASES } from "#lib/local-cassandra/releases.ts";
import { serverCommand } from "#lib/local-cassandra/server-command.ts";

/** What to start. `folder` keeps data, ports and log from start to start; `heapMb` is the most that the heap may grow to. */
export type LocalCassandraOptions = {
  readonly release: CassandraRelease;
  readonly folder: string;
  /** Where Java unpacks native libraries, when not in `folder`: a folder in memory often lets nothing run. */
  readonly scratch?: string;
  readonly tools: LocalTools;
  readonly cache?: string;
  readonly dataCentre?: string;
  readonly requirePassword?: boolean;
  readonly tls?: CassandraTls;
  readonly heapMb?: number;
  /** By default byte-ordered on 2.2.18, as AtlasDB's own server is, and hashed on 5.0.6, as all others are. */
  readonly partitioner?: Partitioner;
  /** "light" by default. */
  readonly load?: CassandraLoad;
};

/** A running server. The signals reach the server process itself, so that tests see what a real outage does. */
export interface LocalCassandra {
  readonly release: CassandraRelease;
  readonly host: string;
  readonly ports: CassandraPorts;
  readonly dataCentre: string;
  readonly logFile: string;
  pid(): number;
  /** Stops the process in its tracks (SIGSTOP): connections stay open and nothing answers. */
  freeze(): void;
  /** Lets a frozen process go on (SIGCONT). */
  thaw(): void;
  /** Ends the process at once (SIGKILL) and waits until it is gone. Data that was acknowledged is kept. */
  kill(): Promise<void>;
  /** Starts it again on the same data and ports, and waits until it answers. It must have been stopped or killed. */
  start(): Promise<void>;
  /** Stops the process in order, also a frozen one, and ends it after `limitMs`. Waits until it is gone. Idempotent. */
  stop(limitMs?: number): Promise<void>;
}

const HOST = "127.0.0.1";
const USUAL_PARTITIONER: Readonly<Record<CassandraRelease, Partitioner>> = {
  "2.2.18": "ByteOrderedPartitioner",
  "5.0.6": "Murmur3Partitioner",
};
const PORT_TAKEN = /in use|Failed to bind|Unable to create thrift socket/;
const START_LIMIT_MS = 180_000;
const STOP_LIMIT_MS = 20_000;
const SUPERUSER_LIMIT_MS = 20_000;
const POLL_MS = 100;

/**
 * Starts a server on 127.0.0.1 and waits until it takes CQL connections. The jars come from `ensureJars`. On Linux the
 * kernel ends the server when the process that started it dies, however it dies; elsewhere the end of this process does,
 * and what still survives is cleared at the next start on the same folder.
 * @throws AppError with the server's last words when it does not come up
 */
export async function startLocalCassandra(options: LocalCassandraOptions): Promise<LocalCassandra> {
  const jars = await ensureJars(options.release, options.tools, options.cache);
  const folder = path.resolve(options.folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await clearLeftOver(folder);
  const portsFile = path.join(folder, "ports.json");
  const begin = async (ports: CassandraPorts) => {
    const setup: CassandraSetup = {
      release: options.release,
      folder,
      scratch: path.resolve(options.scratch ?? path.join(folder, "tmp")),
      ports,
      dataCentre: options.dataCentre ?? "dc1",
      requirePassword: options.requirePassword ?? false,
      tls: options.tls ?? null,
      partitioner: options.partitioner ?? USUAL_PARTITIONER[options.release],
      load: options.load ?? "light",
    };
    await writeConfiguration(setup);
    const command = await serverCommand(setup, options.tools, jars, options.heapMb ?? 768);
    const server = new ServerProcess(setup, command);
    await server.start();
    return server;
  };
  try {
    return await begin(await keptPorts(portsFile));
  } catch (error) {
    // Somebody may take a port in the seconds until the server does.
    if (!(error instanceof AppError && PORT_TAKEN.test(error.message))) throw error;
    return begin(await choosePorts(portsFile));
  }
}

class ServerProcess implements LocalCassandra {
  readonly release: CassandraRelease;
  readonly host = HOST;
  readonly ports: CassandraPorts;
  readonly dataCentre: string;
  readonly logFile: string;
  readonly #folder: string;
  readonly #command: readonly string[];
  readonly #requirePassword: boolean;
  #child: ChildProcess | null = null;
  readonly #endWithUs = () => void this.#child?.kill("SIGKILL");

  constructor(setup: CassandraSetup, command: readonly string[]) {
    this.release = setup.release;
    this.ports = setup.ports;
    this.dataCentre = setup.dataCentre;
    this.#folder = setup.folder;
    this.#command = command;
    this.#requirePassword = setup.requirePassword;
    this.logFile = path.join(setup.folder, "server.log");
  }

  pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new AppError("unavailable", "This Cassandra server is not running.");
    return pid;
  }

  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#gone();
  }

  async stop(limitMs: number = STOP_LIMIT_MS): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    child.kill("SIGTERM");
    child.kill("SIGCONT");
    const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
    await this.#gone();
    clearTimeout(timer);
  }

  async start(): Promise<void> {
    if (this.#child !== null) throw new AppError("conflict", "This Cassandra server is running already.");
    const log = await open(this.logFile, "w", 0o600);
    const [program = "", ...args] = this.#command;
    // A group of its own: Ctrl-C in the terminal must not stop it before those who use it.
    const child = spawn(program, args, {
      cwd: this.#folder,
      env: { LC_ALL: "C.UTF-8", TZ: "UTC", HOME: this.#folder, NODE_ENV: "production" },
      stdio: ["ignore", log.fd, log.fd],
      detached: true,
    });
    this.#child = child;
    child.on("error", () => {});
    child.once("close", () => {
      if (this.#child === child) this.#child = null;
    });
    await log.close();
    process.on("exit", this.#endWithUs);
    await writeFile(path.join(this.#folder, "server.pid"), `${child.pid ?? 0}\n`);
    await this.#untilReady(child);
  }

  async #untilReady(child: ChildProcess): Promise<void> {
    const { readyLine } = RELEASES[this.release];
    for (let waitedMs = 0; waitedMs < START_LIMIT_MS && isRunning(child); waitedMs += POLL_MS) {
      const log = await readFile(this.logFile, "utf8").catch(() => "");
      if (log.includes(readyLine) && (await answers(this.ports.cql))) return this.#untilSuperuser(child);
      await sleep(POLL_MS);
    }
    await this.kill();
    const log = await readFile(this.logFile, "utf8").catch(() => "");
    throw new AppError(
      "unavailable",
      `Cassandra ${this.release} does not start; its last words (${this.logFile}):\n${lastWords(log)}`,
    );
  }

  /** A new server takes connections a moment before it has made the role that the first of them signs in with. */
  async #untilSuperuser(child: ChildProcess): Promise<void> {
    const marker = path.join(this.#folder, "superuser-made");
    if (!this.#requirePassword || (await readFile(marker, "utf8").catch(() => null)) !== null) return;
    for (let waitedMs = 0; waitedMs < SUPERUSER_LIMIT_MS && isRunning(child); waitedMs += POLL_MS) {
      const log = await readFile(this.logFile, "utf8").catch(() => "");
      if (log.includes("Created default superuser role")) break;
      await sleep(POLL_MS);
    }
    await writeFile(marker, "");
  }

  async #gone(): Promise<void> {
    const child = this.#child;
    if (child !== null && isRunning(child) && child.pid !== undefined) {
      await new Promise<void>((resolve) => void child.once("close", () => resolve()));
    }
    this.#child = null;
    process.off("exit", this.#endWithUs);
    await rm(path.join(this.#folder, "server.pid"), { force: true });
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

function lastWords(log: string): string {
  const lines = log.trim().split("\n");
  const errors = lines.filter((line) => /^(ERROR|Error|Exception|Caused by|[\w.]+Exception:)/.test(line));
  return [...errors.slice(0, 8), ...lines.slice(-5)].join("\n");
}

async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port });
    const end = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}
