import { execFile } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { AppError } from "#lib/errors.ts";
import { isCode } from "#lib/db/embedded/binaries.ts";

const END_LIMIT_MS = 10_000;
const POLL_MS = 50;
const processId = z.coerce.number().int().min(2);

/**
 * Ends the server that an earlier process left running on this folder. A process that merely has the same number is never
 * touched: only one whose command line names this folder is.
 * @throws AppError when it does not end
 */
export async function clearLeftOver(folder: string): Promise<void> {
  const file = path.join(folder, "server.pid");
  const pid = processId.safeParse((await readFile(file, "utf8").catch(() => "")).trim());
  if (pid.success && (await isServerOf(pid.data, folder))) {
    killAtOnce(pid.data);
    for (let waitedMs = 0; await isServerOf(pid.data, folder); waitedMs += POLL_MS) {
      if (waitedMs > END_LIMIT_MS) {
        throw new AppError("unavailable", `The Cassandra server ${pid.data} of ${folder} does not end.`);
      }
      await sleep(POLL_MS);
    }
  }
  await rm(file, { force: true });
}

function killAtOnce(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (cause) {
    if (!isCode(cause, "ESRCH")) throw cause;
  }
}

async function isServerOf(pid: number, folder: string): Promise<boolean> {
  return (await commandOf(pid)).includes(`-Dcassandra.storagedir=${folder}`);
}

async function commandOf(pid: number): Promise<readonly string[]> {
  if (process.platform === "linux") {
    return (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
  }
  return new Promise((resolve) => {
    execFile("ps", ["-p", `${pid}`, "-ww", "-o", "command="], (error, stdout) =>
      resolve(error === null ? stdout.trim().split(" ") : []),
    );
  });
}
