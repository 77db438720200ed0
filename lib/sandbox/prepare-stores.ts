import { randomBytes } from "node:crypto";

import { z } from "zod";

import { CASSANDRA_SERVICE, SANDBOX_SERVICES } from "#lib/sandbox/definitions.ts";
import type { LabStore } from "#lib/sandbox/lab-bench.ts";
import { type SandboxState, saveState } from "#lib/sandbox/sandbox-state.ts";
import type { StoreConnection } from "#lib/sandbox/store-connection.ts";
import { databaseExists, ensureRole, recreateDatabase, recreateStore } from "#lib/sandbox/store-database.ts";

/** Which stores are complete; noted on disk at once, so that a start that was killed begins an unfinished one anew. */
export interface SeededNotes {
  has(id: string): boolean;
  add(id: string): void;
  all(): string[];
}

const portNumber = z.coerce.number().int();

/** The name under which the password of the Cassandra server's superuser is kept. */
export const SUPERUSER_PASSWORD = "cassandra-superuser";

/** The state with a password for every role that the sandbox may need. */
export function withPasswords(state: SandboxState): SandboxState {
  const names = [...SANDBOX_SERVICES.map(({ id }) => id), CASSANDRA_SERVICE.id, SUPERUSER_PASSWORD];
  const passwords = names.map((name) => [name, state.passwords[name] ?? randomBytes(24).toString("hex")]);
  return { ...state, passwords: Object.fromEntries(passwords) as Record<string, string> };
}

/** The notes that `state` begins with, kept in the sandbox's folder. */
export function seededNotes(folder: string, state: SandboxState): SeededNotes {
  let seeded = state.seeded;
  return {
    has: (id) => seeded.includes(id),
    add: (id) => {
      seeded = [...new Set([...seeded, id])];
      saveState(folder, { ...state, seeded });
    },
    all: () => [...seeded],
  };
}

/** Makes what is missing of the stores on Postgres, all at the same time, and says how they are reached. */
export async function preparePostgresStores(
  adminUrl: string,
  state: SandboxState,
  notes: SeededNotes,
): Promise<readonly LabStore[]> {
  const { hostname, port } = new URL(adminUrl);
  const prepare = async (definition: (typeof SANDBOX_SERVICES)[number]): Promise<LabStore> => {
    const connection: StoreConnection = {
      kind: "postgres",
      host: hostname,
      port: portNumber.parse(port === "" ? "5432" : port),
      database: definition.database,
      user: definition.database,
      password: state.passwords[definition.id] ?? "",
    };
    const { spare: spareName } = definition;
    const spare = spareName === undefined ? null : { ...connection, database: spareName, user: spareName };
    const all = [connection, ...(spare === null ? [] : [spare])];
    for (const one of all) await ensureRole(adminUrl, one);
    const exist = await Promise.all(all.map(async ({ database }) => databaseExists(adminUrl, database)));
    const recreate = async () => {
      await recreateStore(adminUrl, connection, definition);
      if (spare !== null) await recreateDatabase(adminUrl, spare);
    };
    if (!notes.has(definition.id) || exist.includes(false)) await recreate();
    notes.add(definition.id);
    return { definition, connection, recreate, ...(spare !== null && { spare }) };
  };
  return Promise.all(SANDBOX_SERVICES.map(prepare));
}
