import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import path from "node:path";

import { z } from "zod";

import type { SandboxControl } from "#lib/rehearsal/schema.ts";
import { serveControl } from "#lib/sandbox/control-server.ts";
import { SANDBOX_SERVICES } from "#lib/sandbox/definitions.ts";
import { startLabTimelock } from "#lib/sandbox/lab-timelock.ts";
import type { LabStore } from "#lib/sandbox/lab-bench.ts";
import { type Lab, createLab } from "#lib/sandbox/lab.ts";
import { type SandboxState, loadState, saveState, writePrivately } from "#lib/sandbox/sandbox-state.ts";
import type { ServicePace } from "#lib/sandbox/simulated-service.ts";
import { databaseExists, ensureRole, recreateStore } from "#lib/sandbox/store-database.ts";

/**
 * What the sandbox needs: a folder of its own (made when missing), and the address of a Postgres for a role that may create roles and
 * databases. `controlFile` is where `SandboxControl` is left for the console, readable by this user only.
 */
export type SandboxOptions = {
  readonly folder: string;
  readonly postgresAdminUrl: string;
  readonly controlFile: string;
  readonly pace?: Partial<ServicePace>;
};

/** The running sandbox. */
export interface Sandbox {
  readonly control: SandboxControl;
  /** Stops services, TimeLock and control; the stores stay. */
  stop(): Promise<void>;
}

const PACE: ServicePace = {
  transactionIntervalMs: 500,
  punchIntervalMs: 3000,
  startRetryMs: 500,
  startRetries: 6,
};
const SAVE_INTERVAL_MS = 2000;
const FREE_PORTS = [0, 0, 0];
const portNumber = z.coerce.number().int();

/**
 * Starts the sandbox: prepares the stores that are not ready yet, starts TimeLock where it was, resumes the services that were running,
 * and takes orders. What it remembers survives being killed.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const state = withPasswords(loadState(options.folder));
  saveState(options.folder, state);
  const stores = labStores(options.postgresAdminUrl, state);
  const recreate = async ({ connection, definition }: LabStore) =>
    recreateStore(options.postgresAdminUrl, connection, definition);
  const seeded = await prepareStores(options, state, stores, recreate);
  const timelock = await startLabTimelock(
    options.folder,
    state.ports.length === 0 ? FREE_PORTS : state.ports,
  );
  const lab = createLab({
    stores,
    timelock,
    state: { ...state, seeded },
    pace: { ...PACE, ...options.pace },
    recreate,
  });
  lab.resume();
  return openToOrders(options, lab);
}

async function openToOrders(options: SandboxOptions, lab: Lab): Promise<Sandbox> {
  const save = () => saveState(options.folder, lab.state());
  const token = randomBytes(32).toString("hex");
  const server = await serveControl(lab, token, save);
  const control = { url: server.url, token };
  mkdirSync(path.dirname(options.controlFile), { recursive: true, mode: 0o700 });
  writePrivately(options.controlFile, JSON.stringify(control));
  save();
  const saving = setInterval(save, SAVE_INTERVAL_MS);
  return {
    control,
    stop: async () => {
      clearInterval(saving);
      await server.close();
      await lab.close();
      save();
    },
  };
}

function withPasswords(state: SandboxState): SandboxState {
  const passwords = SANDBOX_SERVICES.map(({ id }) => [
    id,
    state.passwords[id] ?? randomBytes(24).toString("hex"),
  ]);
  return { ...state, passwords: Object.fromEntries(passwords) as Record<string, string> };
}

function labStores(adminUrl: string, state: SandboxState): readonly LabStore[] {
  const { hostname, port } = new URL(adminUrl);
  return SANDBOX_SERVICES.map((definition) => ({
    definition,
    connection: {
      host: hostname,
      port: portNumber.parse(port === "" ? "5432" : port),
      database: definition.database,
      user: definition.database,
      password: state.passwords[definition.id] ?? "",
    },
  }));
}

/** Makes what is missing; a store counts as ready only once it is complete, so a start that was killed begins it anew. */
async function prepareStores(
  options: SandboxOptions,
  state: SandboxState,
  stores: readonly LabStore[],
  recreate: (store: LabStore) => Promise<void>,
): Promise<string[]> {
  const ready: string[] = [];
  const prepare = async (store: LabStore) => {
    await ensureRole(options.postgresAdminUrl, store.connection);
    const { id, database } = store.definition;
    const isReady = state.seeded.includes(id) && (await databaseExists(options.postgresAdminUrl, database));
    if (!isReady) await recreate(store);
    ready.push(id);
    saveState(options.folder, { ...state, seeded: [...new Set([...state.seeded, ...ready])] });
  };
  await Promise.all(stores.map(prepare));
  return ready;
}
