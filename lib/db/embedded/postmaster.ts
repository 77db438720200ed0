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
 * the postmaster.pid of one that is gone is removed. A process that merely has the same number is never touched.
 * @throws AppError when a left-over server does not stop
 */
export async function clearLeftOver(pgdata: string): Promise<void> {
  const pid = await postmasterPid(pgdata);
  if (pid === null) return;
  if (await isPostmasterOf(pid, pgdata)) await stopPostmaster(pid, () => isPostmasterOf(pid, pgdata));
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

/** A postmaster works in its data folder, so that its working directory tells whose it is; without /proc nobody is sure. */
async function isPostmasterOf(pid: number, pgdata: string): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  if (!command.split("\0").some((word) => path.basename(word) === "postgres")) return false;
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => null);
  return cwd !== null && cwd === (await realpath(pgdata));
}
