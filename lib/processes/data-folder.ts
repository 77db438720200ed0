import { access, constants, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { AppError } from "#lib/errors.ts";
import { type FolderLock, lockFolder } from "#lib/processes/folder-lock.ts";

/** The data folder of one console, held by this process alone. */
export type DataFolder = {
  readonly postgres: string;
  readonly logs: string;
  readonly sandbox: string;
  readonly secret: (name: string) => string;
  readonly lock: FolderLock;
};

/**
 * Makes the data folder when it is missing and takes it for this process.
 * @throws AppError when it cannot be written, or another Lockstep of this machine uses it
 */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  const place: DataFolder = {
    postgres: path.join(folder, "postgres"),
    logs: path.join(folder, "logs"),
    sandbox: path.join(folder, "sandbox"),
    secret: (name) => path.join(folder, "secrets", name),
    lock: await makeAndLock(folder),
  };
  for (const inner of [place.logs, place.sandbox, path.join(folder, "secrets")]) {
    await mkdir(inner, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
      throw unwritable(inner, cause);
    });
  }
  await writeFile(path.join(folder, "launcher.pid"), `${process.pid}\n`);
  return place;
}

/** Where the parent is there, only the folder itself is made: Node's recursive way never returns where a parent takes no folders, as /proc. */
async function makeFolder(folder: string): Promise<void> {
  const isParentThere = await access(path.dirname(folder)).then(
    () => true,
    () => false,
  );
  if (!isParentThere) await mkdir(folder, { recursive: true });
  else if (!(await isFolder(folder))) await mkdir(folder);
}

async function isFolder(place: string): Promise<boolean> {
  return stat(place).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function makeAndLock(folder: string): Promise<FolderLock> {
  try {
    await makeFolder(folder);
    await access(folder, constants.W_OK | constants.X_OK);
    await writeFile(path.join(folder, ".writable"), "");
  } catch (cause) {
    throw unwritable(folder, cause);
  }
  const lock = await lockFolder(folder);
  if (lock !== null) return lock;
  const pid = (await readFile(path.join(folder, "launcher.pid"), "utf8").catch(() => "")).trim();
  throw new AppError(
    "unavailable",
    `The data folder ${folder} is used by another Lockstep${pid === "" ? "" : ` (process ${pid})`}: stop that one, or give another folder with --data-dir.`,
  );
}

function unwritable(folder: string, cause: unknown): AppError {
  const code = cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : "";
  return new AppError(
    "unavailable",
    `The data folder ${folder} cannot be written${code}: make it writable for this user, or give another folder with --data-dir.`,
    { cause },
  );
}
