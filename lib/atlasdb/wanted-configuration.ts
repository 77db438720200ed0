import { z } from "zod";

/** The runbooks that end in a change of the configuration files of every node. */
export const CONFIGURED_RUNBOOKS = [
  "to-timelock",
  "from-timelock",
  "rename-namespace",
  "move-store",
] as const;
export type ConfiguredRunbook = (typeof CONFIGURED_RUNBOOKS)[number];

/** The store that the migration works on, as far as the files name it. */
export const expectedStore = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("postgres"),
    host: z.string(),
    port: z.int(),
    database: z.string(),
    tablePrefix: z.string(),
  }),
  z.strictObject({ kind: z.literal("cassandra"), keyspace: z.string() }),
  z.strictObject({ kind: z.literal("oracle"), tablePrefix: z.string() }),
]);
export type ExpectedStore = z.infer<typeof expectedStore>;

/**
 * What one node's files must say after a migration, the same shape for every runbook.
 * `namespace`: the one that the service uses after it; for from-timelock the one that it leaves. `oldNamespace`: the one that a rename
 * leaves, null elsewhere. `timelockServers`: base URLs in the order to be written; `timelockAliases`: other names of the same nodes.
 * `store`: where the service's data stands after the migration; null skips its checks. `localServer`: this node's own base URL, for the
 * leader block that from-timelock may write; null where nobody said it. `embedded`: after a move, the service keeps its own bound and names
 * no TimeLock; the namespace is blank then.
 */
export const wantedConfiguration = z.strictObject({
  namespace: z.string(),
  oldNamespace: z.string().nullable(),
  timelockServers: z.array(z.string()),
  timelockAliases: z.array(z.string()),
  store: expectedStore.nullable(),
  localServer: z.string().nullable(),
  embedded: z.literal(true).optional(),
});
export type WantedConfiguration = Readonly<z.infer<typeof wantedConfiguration>>;

/** A pasted file. `root` is a JSON pointer to AtlasDB's section; without it the section is searched. */
export type PastedFile = { readonly text: string; readonly root?: string | undefined };

/** The files of one node; `runtime` null: it has none, or it was not given. */
export type NodeFiles = { readonly install: PastedFile; readonly runtime: PastedFile | null };
