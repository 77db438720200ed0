import { z } from "zod";

import { shown } from "#lib/audit/classified.ts";
import { longString } from "#lib/timestamps/long.ts";

/**
 * How a simulated service can be configured when it is started. `embedded` is the configuration from before a migration,
 * `timelock` the one from after it, `renamed` the one from after a change of namespace, `moved` the one from after its data went to another
 * store, `other-namespace` one with a typing error in it.
 */
export const SANDBOX_CONFIGURATIONS = [
  "embedded",
  "timelock",
  "renamed",
  "moved",
  "other-namespace",
] as const;
export const sandboxConfiguration = z.enum(SANDBOX_CONFIGURATIONS);
export type SandboxConfiguration = z.infer<typeof sandboxConfiguration>;

/** `waiting`: started, but its timestamp source does not answer; it goes on by itself when the source does. */
export const SANDBOX_SERVICE_STATES = ["stopped", "starting", "running", "waiting", "failed"] as const;
export const sandboxServiceState = z.enum(SANDBOX_SERVICE_STATES);
export type SandboxServiceState = z.infer<typeof sandboxServiceState>;

/** A timestamp that a simulated service was given although one at least as large had been issued: what a migration must prevent. */
export const orderFault = z.strictObject({
  at: z.iso.datetime(),
  issued: longString,
  highestBefore: longString,
});
export type OrderFault = z.infer<typeof orderFault>;

/** One simulated service as it is now; `files` are what its node would run with, one entry for each configuration. */
export const sandboxService = z.strictObject({
  id: z.string(),
  node: z.string(),
  purpose: z.string(),
  store: z.string(),
  namespace: z.string(),
  configuration: sandboxConfiguration,
  files: z.array(
    z.strictObject({ configuration: sandboxConfiguration, install: z.string(), runtime: z.string() }),
  ),
  state: sandboxServiceState,
  detail: z.string().nullable(),
  since: z.iso.datetime(),
  issuedCount: z.int(),
  lastIssued: longString.nullable(),
  highestIssued: longString.nullable(),
  commits: z.int(),
  lastPunchAt: z.iso.datetime().nullable(),
  faultCount: z.int(),
  faults: z.array(orderFault),
});
export type SandboxServiceView = z.infer<typeof sandboxService>;

/** Bytes that are no long, as Cassandra's marker of an invalidated bound. */
const rawBytes = z.string().regex(/^0x([0-9a-f]{2})*$/);

/**
 * What a store's `_timestamp` table holds, as its columns and rows; `problem` is set where it could not be read. On Cassandra the columns
 * are the cells of the row `ts`, and a value that is no long is shown as its bytes.
 */
export const sandboxStore = z.strictObject({
  id: z.string(),
  kind: z.enum(["postgres", "cassandra"]),
  origin: z.string(),
  database: z.string(),
  host: z.string(),
  port: z.int(),
  user: z.string(),
  columns: z.array(z.string()),
  rows: z.array(z.array(z.union([longString, rawBytes]).nullable())),
  newestPunch: longString.nullable(),
  transactions: z.int(),
  problem: z.string().nullable(),
});
export type SandboxStoreView = z.infer<typeof sandboxStore>;

/** One simulated TimeLock node. */
export const sandboxNode = z.strictObject({
  id: z.string(),
  url: z.string(),
  up: z.boolean(),
  leads: z.boolean(),
});
export type SandboxNodeView = z.infer<typeof sandboxNode>;

/** What can be made to go wrong in the simulated TimeLock; nodes are stopped and started on their own. */
export const SANDBOX_FAULTS = [
  "leader-lost",
  "leader-lost-during-fast-forward",
  "quorum-lost",
  "lose-fast-forward-request",
  "lose-fast-forward-answer",
  "late-fast-forward-answer",
] as const;
export const sandboxFault = z.enum(SANDBOX_FAULTS);
export type SandboxFault = z.infer<typeof sandboxFault>;

/** Whether a fault is armed now. A momentary one happens once, when it is set. */
export const sandboxFaultState = z.strictObject({
  fault: sandboxFault,
  armed: z.boolean(),
  momentary: z.boolean(),
});
export type SandboxFaultState = z.infer<typeof sandboxFaultState>;

/** The whole sandbox as it is now. `transactionIntervalMs` and `punchIntervalMs` are its pace; AtlasDB punches every 60 s. */
export const sandboxStatus = z.strictObject({
  at: z.iso.datetime(),
  transactionIntervalMs: z.int(),
  punchIntervalMs: z.int(),
  quorum: z.boolean(),
  nodes: z.array(sandboxNode),
  namespaces: z.array(z.strictObject({ name: z.string(), bound: longString.nullable() })),
  services: z.array(sandboxService),
  stores: z.array(sandboxStore),
  faults: z.array(sandboxFaultState),
});
export type SandboxStatus = z.infer<typeof sandboxStatus>;

/** What is ordered; the audit log shows it. */
const order = <const Kind extends string>(kind: Kind) => shown(z.literal(kind));
const name = shown(z.string().min(1).max(64));

/** Everything that a person can do to the sandbox. */
export const sandboxCommand = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: order("start-service"),
    service: name,
    configuration: shown(sandboxConfiguration),
  }),
  z.strictObject({ kind: order("stop-service"), service: name }),
  z.strictObject({ kind: order("start-node"), node: name }),
  z.strictObject({ kind: order("stop-node"), node: name }),
  z.strictObject({ kind: order("set-fault"), fault: shown(sandboxFault) }),
  z.strictObject({ kind: order("clear-fault"), fault: shown(sandboxFault) }),
  z.strictObject({ kind: order("reset") }),
]);
export type SandboxCommand = z.infer<typeof sandboxCommand>;

/** Where the sandbox listens, as it leaves it in its control file (readable by its own user only). */
export const sandboxControl = z.strictObject({ url: z.url(), token: z.string().min(32) });
export type SandboxControl = z.infer<typeof sandboxControl>;

/** What the sandbox offers to the console's inventory. Passwords are those of the sandbox's own databases. */
export const sandboxOffer = z.strictObject({
  cluster: z.strictObject({
    name: z.string(),
    basePath: z.string(),
    token: z.string(),
    nodes: z.array(z.strictObject({ name: z.string(), url: z.url() })),
  }),
  stores: z.array(
    z.discriminatedUnion("kind", [
      z.strictObject({
        kind: z.literal("postgres"),
        name: z.string(),
        host: z.string(),
        port: z.int(),
        database: z.string(),
        user: z.string(),
        password: z.string(),
      }),
      z.strictObject({
        kind: z.literal("cassandra"),
        name: z.string(),
        host: z.string(),
        port: z.int(),
        localDataCentre: z.string(),
        keyspace: z.string(),
        user: z.string(),
        password: z.string(),
      }),
    ]),
  ),
  services: z.array(
    z.strictObject({
      name: z.string(),
      description: z.string(),
      store: z.string(),
      namespace: z.string(),
      source: z.enum(["embedded", "timelock"]),
      nodes: z.array(z.string()),
    }),
  ),
});
export type SandboxOffer = z.infer<typeof sandboxOffer>;

/** What the sandbox page shows: whether the sandbox runs, and what the person may do there. `status` is null while it does not answer. */
export const sandboxView = z.strictObject({
  environment: z.strictObject({ id: z.uuid(), name: z.string() }),
  status: sandboxStatus.nullable(),
  problem: z.string().nullable(),
  canOperate: z.boolean(),
});
export type SandboxView = z.infer<typeof sandboxView>;
