import path from "node:path";
import { AppError } from "#lib/errors.ts";
import { findFreePort, isPortFree } from "#lib/db/embedded/port.ts";
import { keepSecret } from "#lib/db/embedded/embedded-postgres.ts";
import { ensureBuilt } from "#lib/processes/build.ts";
import { askOnce, type Child, type ChildOptions, superviseChild } from "#lib/processes/child.ts";
import { type ConsoleDatabase, openConsoleDatabase } from "#lib/processes/console-database.ts";
import { type DataFolder, openDataFolder } from "#lib/processes/data-folder.ts";
import { ensureGenerated } from "#lib/processes/generate.ts";
import { openLauncherLog } from "#lib/processes/launcher-log.ts";
import { portBusy } from "#lib/processes/port-busy.ts";
import { forgetRunning, noteRunning } from "#lib/processes/running-console.ts";
import { isCassandraReady } from "#lib/processes/sandbox-cassandra.ts";
import { HELP, readSettings, type Settings } from "#lib/processes/settings.ts";
import { stopChildren } from "#lib/processes/stop-children.ts";
import { toolEnvironment } from "#lib/processes/tools.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");
const SANDBOX_READY_LIMIT_MS = 300_000;

const say = (line: string) => void process.stdout.write(`${line}\n`);
const running: { children: Child[]; database: ConsoleDatabase | null; dataDir: string | null } = {
  children: [],
  database: null,
  dataDir: null,
};
let isStopping = false;

/** Starts everything and tells the person where it is. Ends the process with one sentence when something is not right. */
async function main(): Promise<void> {
  if (process.getuid === undefined)
    throw new AppError("invalid", "Lockstep runs on Linux and macOS; on Windows use WSL 2.");
  loadDotEnv();
  const settings = readSettings(process.argv.slice(2), process.env, ROOT);
  if (settings === null) return say(HELP);
  const folder = await openDataFolder(settings.dataDir);
  const port = settings.port === 0 ? await findFreePort() : settings.port;
  if (!(await isPortFree(port, settings.host))) throw portBusy(settings.host, port);
  handleSignals();
  await ensureGenerated(ROOT);
  if (settings.mode === "start") await ensureBuilt(ROOT, say);
  running.database = await openConsoleDatabase(settings, folder, (sentence) => void stop(1, sentence));
  const url =
    settings.publicUrl ??
    `http://${settings.host.includes(":") ? `[${settings.host}]` : settings.host}:${port}`;
  const lines = await startChildren(settings, folder, running.database, { port, url });
  const isDatabaseEmbedded = settings.database.kind === "embedded";
  await noteRunning(settings.dataDir, { url, host: settings.host, isDatabaseEmbedded });
  running.dataDir = settings.dataDir;
  announce(url, lines, running.database);
}

function loadDotEnv(): void {
  try {
    process.loadEnvFile(path.join(ROOT, ".env"));
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "ENOENT")) throw cause;
  }
}

async function startChildren(
  settings: Settings,
  folder: DataFolder,
  database: ConsoleDatabase,
  web: { readonly port: number; readonly url: string },
): Promise<readonly string[]> {
  const log = openLauncherLog(folder.logs, settings.mode === "dev", say);
  const env: NodeJS.ProcessEnv = {
    ...toolEnvironment(),
    NODE_ENV: settings.mode === "dev" ? "development" : "production",
    DATABASE_URL: database.appUrl,
    LOCKSTEP_SECRET_KEY: settings.secretKey ?? (await keepSecret(folder.secret("secret-key"))),
    LOCKSTEP_PUBLIC_URL: web.url,
    LOCKSTEP_HOST: settings.host,
    LOCKSTEP_PORT: `${web.port}`,
    LOCKSTEP_MODE: settings.mode,
    LOCKSTEP_SCHEMA: database.newestChange,
  };
  delete env["LOCKSTEP_OWNER_DATABASE_URL"];
  const admin = settings.isSandboxWanted ? database.sandboxAdminUrl : null;
  if (admin !== null) env["LOCKSTEP_SANDBOX_CONTROL_FILE"] = path.join(folder.sandbox, "control.json");
  const processOf = (name: string, more: Readonly<Record<string, string>> = {}) => ({
    name,
    script: path.join(import.meta.dirname, `${name}.ts`),
    cwd: ROOT,
    env: { ...env, ...more },
    onLine: (line: string) => log.line(name, line),
    onRestart: (why: string, waitMs: number) =>
      say(`The ${name} process ended (${why}) and is started again in ${waitMs / 1000} s.`),
  });
  const begin = async (options: ChildOptions) => {
    const { child, ready } = await superviseChild(options);
    running.children.push(child);
    return ready.type === "ready" ? (ready.lines ?? []) : [];
  };
  const hasCassandra = await isCassandraReady(settings, admin !== null, say);
  if (admin !== null) {
    const sandbox = processOf("sandbox", {
      LOCKSTEP_SANDBOX_ADMIN_URL: admin,
      LOCKSTEP_SANDBOX_FOLDER: folder.sandbox,
      LOCKSTEP_SANDBOX_CASSANDRA: hasCassandra ? "1" : "0",
    });
    for (const line of await begin({ ...sandbox, readyLimitMs: SANDBOX_READY_LIMIT_MS })) say(line);
  }
  const words = await askOnce(processOf("first-words"));
  await begin(processOf("worker"));
  await begin(processOf("web"));
  return words.type === "ready" ? (words.lines ?? []) : [];
}

function announce(url: string, lines: readonly string[], database: ConsoleDatabase): void {
  say("");
  say(`Lockstep is ready: ${url}`);
  for (const line of lines) say(line);
  if (database.isSingleRole) {
    say(
      "The audit log is not protected in this database: the console's role may change it (LOCKSTEP_ALLOW_SINGLE_ROLE=1).",
    );
  }
  say("Stop it with Ctrl-C. Data, secrets and logs stay.");
}

function handleSignals(): void {
  let asked = 0;
  const ask = () => {
    asked += 1;
    if (asked === 1) {
      say(
        "Stopping: the web console refuses, the worker finishes what runs (at most 20 s). Press Ctrl-C again to force it.",
      );
      void stop(0);
    } else {
      for (const child of running.children) child.kill();
    }
  };
  process.on("SIGINT", ask);
  process.on("SIGTERM", ask);
  process.on("SIGHUP", ask);
  process.on("disconnect", () => void stop(1));
}

/** The children, and Postgres last. */
async function stop(code: number, sentence?: string): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  if (sentence !== undefined) process.stderr.write(`${sentence}\n`);
  try {
    await stopChildren(running.children);
    await running.database?.stop();
    if (running.dataDir !== null) await forgetRunning(running.dataDir);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
  process.exit(code);
}

try {
  await main();
} catch (error) {
  const words = error instanceof AppError ? error.message : `Lockstep cannot start: ${String(error)}`;
  await stop(1, words);
}
