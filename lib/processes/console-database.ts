import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "#lib/errors.ts";
import { APP_ROLE, CONSOLE_DATABASE, ensureConsoleDatabase, OWNER_ROLE } from "#lib/db/console-roles.ts";
import {
  type EmbeddedPostgres,
  keepSecret,
  startEmbeddedPostgres,
} from "#lib/db/embedded/embedded-postgres.ts";
import { applySchemaChanges } from "#lib/db/schema-changes.ts";
import { readSchemaChanges, SCHEMA_CHANGES_FOLDER } from "#lib/db/schema-files.ts";
import { checkServer } from "#lib/db/server-check.ts";
import type { DataFolder } from "#lib/processes/data-folder.ts";
import type { Settings } from "#lib/processes/settings.ts";

/** The console's database, ready to be worked with, and the embedded server when there is one. */
export type ConsoleDatabase = {
  readonly appUrl: string;
  /** The embedded server's superuser address, for the sandbox's stores; null without an embedded server. */
  readonly sandboxAdminUrl: string | null;
  readonly isSingleRole: boolean;
  /** The name of this build's newest schema change, which the database now has. */
  readonly newestChange: string;
  readonly stop: () => Promise<void>;
};

const RESTART_WAITS_MS = [500, 2_000, 5_000, 15_000, 30_000] as const;

/**
 * Brings up the console's database: embedded, or the one that the settings name, checked; then this build's schema. An
 * embedded server that dies is started again; `onLost` is called when it does not come back.
 * @throws AppError with one sentence
 */
export async function openConsoleDatabase(
  settings: Settings,
  folder: DataFolder,
  onLost: (sentence: string) => void,
): Promise<ConsoleDatabase> {
  const isEmbedded = settings.database.kind === "embedded";
  const server = isEmbedded || settings.isSandboxWanted ? await keepRunning(folder, onLost) : null;
  try {
    const urls =
      settings.database.kind === "external" ? settings.database : await embeddedUrls(server?.current, folder);
    const app = await checkServer("DATABASE_URL", urls.appUrl);
    const owner = await checkServer("LOCKSTEP_OWNER_DATABASE_URL", urls.ownerUrl);
    const isSingleRole = app.role === owner.role || app.isSuperuser;
    if (isSingleRole && !settings.isSingleRoleAllowed) throw singleRole(app.role);
    await applySchemaChanges({ ownerUrl: urls.ownerUrl, appRole: app.role });
    return {
      appUrl: urls.appUrl,
      sandboxAdminUrl: server?.current.urlFor("postgres") ?? null,
      isSingleRole,
      newestChange: (await readSchemaChanges(SCHEMA_CHANGES_FOLDER)).at(-1)?.name ?? "",
      stop: async () => server?.stop(),
    };
  } catch (error) {
    await server?.stop();
    throw error;
  }
}

async function embeddedUrls(server: EmbeddedPostgres | undefined, folder: DataFolder) {
  if (server === undefined) throw new AppError("unavailable", "The embedded Postgres is not running.");
  const passwords = {
    owner: await keepSecret(folder.secret("database-owner-password")),
    app: await keepSecret(folder.secret("database-app-password")),
  };
  await ensureConsoleDatabase(server.urlFor("postgres"), passwords);
  return {
    appUrl: server.urlFor(CONSOLE_DATABASE, { name: APP_ROLE, password: passwords.app }),
    ownerUrl: server.urlFor(CONSOLE_DATABASE, { name: OWNER_ROLE, password: passwords.owner }),
  };
}

interface KeptServer {
  readonly current: EmbeddedPostgres;
  stop(): Promise<void>;
}

async function keepRunning(folder: DataFolder, onLost: (sentence: string) => void): Promise<KeptServer> {
  const start = async () =>
    startEmbeddedPostgres({
      folder: folder.postgres,
      passwordFile: folder.secret("database-superuser-password"),
    });
  let isStopping = false;
  let current = await start();
  const { port } = current;
  const restart = async (): Promise<boolean> => {
    for (const waitMs of RESTART_WAITS_MS) {
      await sleep(waitMs);
      if (isStopping) return true;
      const next = await start().catch(() => null);
      if (next === null) continue;
      current = next;
      return next.port === port;
    }
    return false;
  };
  const watch = async (): Promise<void> => {
    await current.exited;
    if (isStopping) return;
    if (await restart()) return watch();
    onLost(
      `The embedded Postgres ended and does not come back on port ${port}: see ${folder.postgres}/postgres.log.`,
    );
  };
  void watch();
  return {
    get current() {
      return current;
    },
    stop: async () => {
      isStopping = true;
      await current.stop();
    },
  };
}

function singleRole(role: string): AppError {
  return new AppError(
    "invalid",
    `The console would work as ${role}, which can also change the schema and the audit log: set LOCKSTEP_OWNER_DATABASE_URL to an owner role and DATABASE_URL to one that owns nothing, or set LOCKSTEP_ALLOW_SINGLE_ROLE=1 to go without that protection.`,
  );
}
