import { execFile } from "node:child_process";
import { readFile, readlink, realpath, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { AppError } from "#lib/errors.ts";
import { isCode } from "#lib/db/embedded/binaries.ts";

const STOP_ORDERLY_MS = 60_000;
const STOP_AT_ONCE_MS = 10_000;
const POLL_MS = 50;

/**
 * Makes a data folder free for a new server: a Postgres that a killed launcher left running on it is stopped in order, and
 * the postmaster.pid of one that is gone is removed. A process that merely has the same number is never touched, and where
 * nobody can tell whose process it is, the file stays and Postgres itself decides.
 * @throws AppError when a left-over server does not stop
 */
export async function clearLeftOver(pgdata: string): Promise<void> {
  const pid = await postmasterPid(pgdata);
  if (pid === null) return;
  const whose = await whoseProcess(pid, pgdata);
  if (whose === "unknown") return;
  if (whose === "ours") {
    await stopPostmaster(pid, async () => (await whoseProcess(pid, pgdata)) === "ours");
  }
  await rm(path.join(pgdata, "postmaster.pid"), { force: true });
}

/**
 * Stops a postmaster: SIGINT first (fast: clients are cut, everything committed is kept), SIGQUIT when that takes longer
 * than a minute (the next start replays the log). `isAlive` says whether it is still there.
 * @throws AppError when it survives both
 */
export async function stopPostmaster(pid: number, isAlive: () => Promise<boolean>): Promise<void> {
  signal(pid, "SIGINT");
  if (await goneWithin(STOP_ORDERLY_MS, isAlive)) return;
  signal(pid, "SIGQUIT");
  if (await goneWithin(STOP_AT_ONCE_MS, isAlive)) return;
  throw new AppError(
    "unavailable",
    `The embedded Postgres (process ${pid}) does not stop: end it, then start again.`,
  );
}

async function goneWithin(limitMs: number, isAlive: () => Promise<boolean>): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += POLL_MS) {
    if (!(await isAlive())) return true;
    await sleep(POLL_MS);
  }
  return false;
}

function signal(pid: number, name: "SIGINT" | "SIGQUIT"): void {
  try {
    process.kill(pid, name);
  } catch (cause) {
    if (!isCode(cause, "ESRCH")) throw cause;
  }
}

async function postmasterPid(pgdata: string): Promise<number | null> {
  const text = await readFile(path.join(pgdata, "postmaster.pid"), "utf8").catch(() => null);
  const pid = z.coerce.number().int().min(2).safeParse(text?.split("\n")[0]);
  return pid.success ? pid.data : null;
}

/** `ours`: a postmaster of this data folder. `other`: gone, or something else. `unknown`: this machine does not tell. */
async function whoseProcess(pid: number, pgdata: string): Promise<"ours" | "other" | "unknown"> {
  if (!isThere(pid)) return "other";
  const words = await commandOf(pid);
  if (words === null) return "unknown";
  if (!words.some((word) => path.basename(word) === "postgres")) return "other";
  if (words.includes(pgdata)) return "ours";
  // A postmaster works in its data folder, so that its working directory tells whose it is.
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => null);
  if (cwd === null) return "unknown";
  return cwd === (await realpath(pgdata)) ? "ours" : "other";
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return !isCode(cause, "ESRCH");
  }
}

async function commandOf(pid: number): Promise<readonly string[] | null> {
  if (process.platform === "linux") {
    return readFile(`/proc/${pid}/cmdline`, "utf8").then(
      (text) => text.split("\0"),
      () => null,
    );
  }
  return new Promise((resolve) => {
    execFile("ps", ["-p", `${pid}`, "-o", "command="], (error, stdout) =>
      resolve(error === null ? stdout.trim().split(" ") : null),
    );
  });
}
