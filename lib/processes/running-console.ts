import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { AppError } from "#lib/errors.ts";
import { APP_ROLE, CONSOLE_DATABASE } from "#lib/db/console-roles.ts";
import { portNumber } from "#lib/db/embedded/port.ts";
import { parseSmallJson } from "#lib/processes/small-json.ts";

const FILE = "running.json";
const running = z.strictObject({ url: z.url(), host: z.string(), isDatabaseEmbedded: z.boolean() });

/** What the launcher leaves in the data folder while it runs, for the command line; nothing of it is secret. */
export type RunningConsole = z.infer<typeof running>;

/** Notes in the data folder that the console runs. */
export async function noteRunning(dataDir: string, facts: RunningConsole): Promise<void> {
  await writeFile(path.join(dataDir, FILE), `${JSON.stringify(facts)}\n`);
}

/** Takes the note away when the console stops in order. */
export async function forgetRunning(dataDir: string): Promise<void> {
  await rm(path.join(dataDir, FILE), { force: true });
}

/**
 * The environment with which a process of the command line works on the console that runs on this data folder: the same
 * database, key and address. What stands in the environment already is kept.
 * @throws AppError when no console runs there, or this user may not read its secrets
 */
export async function environmentOfRunning(
  dataDir: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(path.join(dataDir, FILE), "utf8").catch(() => null);
  if (text === null) {
    throw new AppError(
      "unavailable",
      `No Lockstep runs on the data folder ${dataDir}: start it with npm start, or name another folder with --data-dir.`,
    );
  }
  const facts = running.parse(parseSmallJson(text));
  const databaseUrl = env["DATABASE_URL"] ?? (facts.isDatabaseEmbedded ? await embeddedUrl(dataDir) : null);
  if (databaseUrl === null) {
    throw new AppError(
      "invalid",
      "This Lockstep works on a database of its own: set DATABASE_URL as it was set for npm start.",
    );
  }
  return {
    DATABASE_URL: databaseUrl,
    LOCKSTEP_SECRET_KEY: env["LOCKSTEP_SECRET_KEY"] ?? (await secret(dataDir, "secret-key")),
    LOCKSTEP_PUBLIC_URL: facts.url,
    LOCKSTEP_HOST: facts.host,
  };
}

async function embeddedUrl(dataDir: string): Promise<string> {
  const port = portNumber.parse(await readFile(path.join(dataDir, "postgres", "port"), "utf8"));
  return `postgresql://${APP_ROLE}:${await secret(dataDir, "database-app-password")}@127.0.0.1:${port}/${CONSOLE_DATABASE}`;
}

async function secret(dataDir: string, name: string): Promise<string> {
  const file = path.join(dataDir, "secrets", name);
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new AppError(
      "unavailable",
      `The file ${file} cannot be read: run this as the user that started Lockstep.`,
      { cause },
    );
  });
  return text.trim();
}
