import { constants } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { AppError } from "#lib/errors.ts";

/**
 * How a program of Postgres is started: by whom, and behind which words. `prefix` is put before the program's own command
 * line (empty when Node's `uid` and `gid` are enough).
 */
export type RunAs = {
  readonly uid: number;
  readonly gid: number;
  readonly prefix: readonly string[];
  readonly spawnAs: { readonly uid: number; readonly gid: number } | null;
};

const DAC_OVERRIDE = 1n;
const DAC_READ_SEARCH = 2n;

/**
 * Decides who runs Postgres. It refuses root, so as root it runs as the user that owns the data folder already, else
 * `postgres`, else `nobody`. `mustReach` are the folders that this user has to get to; where a closed folder stands in the
 * way (a clone below /root), the process gets the one capability that opens folders, if this machine allows it.
 * On Linux the kernel is asked to stop Postgres in order (SIGINT) when the process that started it dies, however it dies.
 * @throws AppError when no user can run it
 */
export async function chooseRunAs(dataDir: string, mustReach: readonly string[]): Promise<RunAs> {
  const setpriv = await findSetpriv();
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  const dieWithParent = setpriv === null ? [] : [setpriv, "--pdeathsig", "INT"];
  if (uid !== 0) return { uid, gid, prefix: [...dieWithParent, ...end(setpriv)], spawnAs: null };

  const user = await unprivilegedUser(dataDir);
  const closed = await firstClosedFolder(mustReach, user);
  if (setpriv === null) {
    if (closed !== null) throw cannotReach(closed);
    return { ...user, prefix: [], spawnAs: user };
  }
  const drop = [`--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"];
  const open = closed === null ? [] : await openingCapability(closed);
  return { ...user, prefix: [...dieWithParent, ...drop, ...open, ...end(setpriv)], spawnAs: null };
}

function end(setpriv: string | null): readonly string[] {
  return setpriv === null ? [] : ["--"];
}

async function findSetpriv(): Promise<string | null> {
  if (process.platform !== "linux") return null;
  for (const candidate of ["/usr/bin/setpriv", "/bin/setpriv"]) {
    if (await isExecutable(candidate)) return candidate;
  }
  return null;
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

const id = z.coerce.number().int().min(0);

async function unprivilegedUser(dataDir: string): Promise<{ uid: number; gid: number }> {
  const owner = await stat(dataDir).catch(() => null);
  if (owner !== null && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const passwd = await readFile("/etc/passwd", "utf8").catch(() => "");
  for (const name of ["postgres", "nobody"]) {
    const fields = passwd
      .split("\n")
      .find((line) => line.startsWith(`${name}:`))
      ?.split(":");
    const uid = id.safeParse(fields?.[2]);
    const gid = id.safeParse(fields?.[3]);
    if (uid.success && gid.success) return { uid: uid.data, gid: gid.data };
  }
  throw new AppError(
    "unavailable",
    "Postgres refuses to run as root, and this machine has neither a user postgres nor a user nobody: start Lockstep as a normal user.",
  );
}

/** The first folder on the way to one of the targets that this user may not pass, or null. */
async function firstClosedFolder(
  targets: readonly string[],
  user: { uid: number; gid: number },
): Promise<string | null> {
  for (const target of targets) {
    for (let folder = path.dirname(target); folder !== path.dirname(folder); folder = path.dirname(folder)) {
      const found = await stat(folder).catch(() => null);
      if (found === null) continue;
      const shift = found.uid === user.uid ? 0o100 : found.gid === user.gid ? 0o010 : 0o001;
      if ((found.mode & shift) === 0) return folder;
    }
  }
  return null;
}

async function openingCapability(closed: string): Promise<readonly string[]> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? "0"}`);
  for (const [bit, name] of [
    [DAC_READ_SEARCH, "dac_read_search"],
    [DAC_OVERRIDE, "dac_override"],
  ] as const) {
    if (((effective >> bit) & 1n) === 1n) {
      // The bit makes access(2), by which Postgres looks for its own programs, count capabilities too.
      return ["--securebits=+no_setuid_fixup", `--inh-caps=+${name}`, `--ambient-caps=+${name}`];
    }
  }
  throw cannotReach(closed);
}

function cannotReach(closed: string): AppError {
  return new AppError(
    "unavailable",
    `Postgres refuses to run as root, and the user that runs it instead may not pass ${closed}: choose folders that others may enter, or start Lockstep as a normal user.`,
  );
}
