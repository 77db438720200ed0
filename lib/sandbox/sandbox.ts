import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import path from "node:path";

import type { LocalTools } from "#lib/local-cassandra/java.ts";
import type { SandboxControl } from "#lib/rehearsal/schema.ts";
import { prepareCassandraStore, type SandboxCassandra } from "#lib/sandbox/cassandra/prepare-store.ts";
import { serveControl } from "#lib/sandbox/control-server.ts";
import { startLabTimelock } from "#lib/sandbox/lab-timelock.ts";
import { type Lab, createLab } from "#lib/sandbox/lab.ts";
import { preparePostgresStores, seededNotes, withPasswords } from "#lib/sandbox/prepare-stores.ts";
import { loadState, saveState, writePrivately } from "#lib/sandbox/sandbox-state.ts";
import type { ServicePace } from "#lib/sandbox/simulated-service.ts";

/**
 * What the sandbox needs: a folder of its own (made when missing), and the address of a Postgres for a role that may create roles and
 * databases. `controlFile` is where `SandboxControl` is left for the console, readable by this user only.
 */
export type SandboxOptions = {
  readonly folder: string;
  readonly postgresAdminUrl: string;
  readonly controlFile: string;
  /** What a Cassandra server is started with, for one service more; without it there is none. */
  readonly cassandra?: LocalTools | null;
  readonly pace?: Partial<ServicePace>;
};

/** The running sandbox. */
export interface Sandbox {
  readonly control: SandboxControl;
  /** Why there is no Cassandra store although one was wanted, else null. */
  readonly cassandraProblem: string | null;
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
const CASSANDRA_STOP_MS = 2500;
const FREE_PORTS = [0, 0, 0];

/**
 * Starts the sandbox: prepares the stores that are not ready yet, starts TimeLock where it was, resumes the services that were running,
 * and takes orders. What it remembers survives being killed.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  const state = withPasswords(loadState(options.folder));
  saveState(options.folder, state);
  const notes = seededNotes(options.folder, state);
  const [cassandra, stores] = await Promise.all([
    prepareCassandraStore(options.folder, options.cassandra ?? null, state, notes),
    preparePostgresStores(options.postgresAdminUrl, state, notes),
  ]);
  const timelock = await startLabTimelock(
    options.folder,
    state.ports.length === 0 ? FREE_PORTS : state.ports,
  );
  const lab = createLab({
    stores: cassandra.state === "running" ? [...stores, cassandra.store] : stores,
    timelock,
    state: { ...state, seeded: notes.all() },
    pace: { ...PACE, ...options.pace },
  });
  lab.resume();
  return openToOrders(options, lab, cassandra);
}

async function openToOrders(
  options: SandboxOptions,
  lab: Lab,
  cassandra: SandboxCassandra,
): Promise<Sandbox> {
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
    cassandraProblem: cassandra.state === "failed" ? cassandra.why : null,
    stop: async () => {
      clearInterval(saving);
      await server.close();
      await lab.close();
      save();
      if (cassandra.state === "running") await cassandra.server.stop(CASSANDRA_STOP_MS);
    },
  };
}
