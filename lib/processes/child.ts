import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "#lib/errors.ts";
import { type ChildMessage, childMessage } from "#lib/processes/messages.ts";

/** How a child process of the launcher is started and watched. `onLine` gets each line that it prints. */
export type ChildOptions = {
  readonly name: string;
  readonly script: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onLine: (line: string) => void;
  readonly onRestart: (why: string, waitMs: number) => void;
  /** How long it may take to get ready the first time; two minutes when nothing is given. */
  readonly readyLimitMs?: number;
};

/** A child process that is started again whenever it ends by itself. */
export interface Child {
  readonly name: string;
  readonly pid: () => number | undefined;
  /** From now on it may end by itself: a signal to the whole process group reaches it, too, and long before its turn to be stopped. */
  letEnd(): void;
  /** Asks it to finish, and ends it after `limitMs`. Idempotent. */
  stop(limitMs: number): Promise<void>;
  /** Ends it at once. */
  kill(): void;
}

const BACKOFF_MS = [500, 1_000, 2_000, 5_000, 10_000, 30_000] as const;
const CALM_MS = 60_000;
const READY_LIMIT_MS = 120_000;
const SIGNAL_MS = 100;

/** The wait before the next try after `failures` ends in a row, in milliseconds: half a second up to half a minute. */
export function backoffMs(failures: number): number {
  return BACKOFF_MS[Math.min(failures, BACKOFF_MS.length) - 1] ?? BACKOFF_MS[0];
}

/**
 * Starts a child and waits until it says that it is ready. When it ends later, it is started again, after a wait that grows
 * while it keeps ending within a minute.
 * @throws AppError when it does not get ready the first time
 */
export async function superviseChild(options: ChildOptions): Promise<{ child: Child; ready: ChildMessage }> {
  let isStopping = false;
  let current = begin(options);
  let failures = 0;
  let startedAt = Date.now();
  const ready = await readiness(current, options);
  const watch = async () => {
    while (true) {
      const why = await exitOf(current);
      // A signal that ended it is on its way to this process, too, when it was sent to both.
      await sleep(SIGNAL_MS);
      if (isStopping) return;
      failures = Date.now() - startedAt > CALM_MS ? 1 : failures + 1;
      options.onRestart(why, backoffMs(failures));
      await sleep(backoffMs(failures));
      if (isStopping) return;
      startedAt = Date.now();
      current = begin(options);
    }
  };
  void watch();
  const child: Child = {
    name: options.name,
    pid: () => current.pid,
    letEnd: () => {
      isStopping = true;
    },
    stop: async (limitMs) => {
      isStopping = true;
      await stopProcess(current, limitMs);
    },
    kill: () => {
      isStopping = true;
      current.kill("SIGKILL");
    },
  };
  return { child, ready };
}

/** Runs a script of ours to its first word and lets it go. @throws AppError when it fails */
export async function askOnce(options: Omit<ChildOptions, "onRestart">): Promise<ChildMessage> {
  const child = begin({ ...options, onRestart: () => {} });
  const answer = await readiness(child, options);
  await stopProcess(child, 5_000);
  return answer;
}

function begin(options: ChildOptions): ChildProcess {
  const child = spawn(process.execPath, [options.script], {
    cwd: options.cwd,
    env: options.env,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on("line", options.onLine);
  }
  child.on("error", () => {});
  return child;
}

async function readiness(
  child: ChildProcess,
  { name, readyLimitMs = READY_LIMIT_MS }: Pick<ChildOptions, "name" | "readyLimitMs">,
): Promise<ChildMessage> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail(`The ${name} process does not get ready.`), readyLimitMs);
    const fail = (sentence: string) => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      reject(new AppError("unavailable", sentence));
    };
    child.once("exit", (code, signal) =>
      fail(`The ${name} process ended (${signal ?? code}) before it was ready.`),
    );
    child.on("message", (message) => {
      const parsed = childMessage.safeParse(message);
      if (!parsed.success) return;
      if (parsed.data.type === "failed") return fail(parsed.data.sentence);
      clearTimeout(timer);
      resolve(parsed.data);
    });
  });
}

async function exitOf(child: ChildProcess): Promise<string> {
  if (hasEnded(child)) return `${child.signalCode ?? child.exitCode}`;
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve(`${signal ?? code}`));
  });
}

async function stopProcess(child: ChildProcess, limitMs: number): Promise<void> {
  if (hasEnded(child)) return;
  if (child.connected) child.send({ type: "stop" });
  const timer = setTimeout(() => child.kill("SIGKILL"), limitMs);
  await exitOf(child);
  clearTimeout(timer);
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}
