import { z } from "zod";

import { shown } from "#lib/audit/classified.ts";
import {
  blankToNull,
  clusterConnection,
  nameField,
  namespaceField,
  noteField,
  onTimelockHasTarget,
  quietWindowField,
  versionField,
} from "#lib/inventory/fields.ts";
import {
  cassandraFields,
  oracleFields,
  pastedField,
  passwordHasUser,
  postgresFields,
} from "#lib/inventory/store-fields.ts";
import { FINDING_LEVELS, findingView, id, readingView } from "#lib/migrations/schema.ts";
import {
  boundState,
  CASSANDRA_TLS_MODES,
  connectionReport,
  ORACLE_NAMINGS,
  storeIdentity,
  storeKind,
  type StoreKind,
  TLS_MODES,
} from "#lib/stores/schema.ts";
import { proofChain } from "#lib/timestamps/proof.ts";

/** The tiers of an environment, from the least to the most careful. */
export const TIERS = ["development", "staging", "production"] as const;
export type Tier = (typeof TIERS)[number];

/** The colours of an environment's band, by name; the tokens of the theme give each a light and a dark value. */
export const ENVIRONMENT_COLOURS = [
  "slate",
  "blue",
  "teal",
  "green",
  "amber",
  "orange",
  "red",
  "violet",
] as const;
export type EnvironmentColour = (typeof ENVIRONMENT_COLOURS)[number];

/** Where a service takes its timestamps from: the bound in its own store, or a namespace of a TimeLock cluster. */
export const TIMESTAMP_SOURCES = ["embedded", "timelock"] as const;
export type TimestampSource = (typeof TIMESTAMP_SOURCES)[number];

/** What can run as this service: everything that must be stopped together. */
export const SERVICE_NODE_KINDS = ["node", "disaster-recovery", "command-line", "cron"] as const;
export type ServiceNodeKind = (typeof SERVICE_NODE_KINDS)[number];

const version = shown(z.int().min(0));
const idField = shown(id);
const moment = z.iso.datetime();

/** A stored secret as anybody may see it: whether there is one and since when; never its value. */
export const secretMark = z.strictObject({ isSet: z.boolean(), setAt: moment.nullable() });
export type SecretMark = z.infer<typeof secretMark>;

/** Just enough of an environment to name and colour it. */
export const environmentRef = z.strictObject({
  id,
  name: z.string(),
  tier: z.enum(TIERS),
  colour: z.enum(ENVIRONMENT_COLOURS),
});
export type EnvironmentRef = z.infer<typeof environmentRef>;

/** Something of the inventory that is mentioned by another: its identifier and name. */
export const inventoryRef = z.strictObject({ id, name: z.string() });
export type InventoryRef = z.infer<typeof inventoryRef>;

/* Environments */

/** A new environment. `sandbox` cannot be asked for: only the sandbox process marks its own. */
export const createEnvironmentInput = z.strictObject({
  name: nameField,
  tier: shown(z.enum(TIERS)),
  colour: shown(z.enum(ENVIRONMENT_COLOURS)),
  /** Whom to call in an incident; shown on incident cards and in the paper runbook. */
  contact: noteField,
  /** How long everything must stand still before a stopped service counts as proven; two punch periods at least outside the sandbox. */
  quietWindowSeconds: quietWindowField.default(120),
});
/** Every field of an environment as it shall be, with the version that the person saw. */
export const updateEnvironmentInput = z.strictObject({
  ...createEnvironmentInput.shape,
  id: idField,
  seenVersion: version,
});
export type CreateEnvironmentInput = z.output<typeof createEnvironmentInput>;
export type UpdateEnvironmentInput = z.output<typeof updateEnvironmentInput>;

/** An environment with how many unarchived things belong to it. */
export const environmentDto = z.strictObject({
  ...environmentRef.shape,
  contact: z.string(),
  sandbox: z.boolean(),
  quietWindowSeconds: z.int(),
  clusters: z.int(),
  stores: z.int(),
  services: z.int(),
  archivedAt: moment.nullable(),
  version,
});
export type EnvironmentDto = z.infer<typeof environmentDto>;

/* TimeLock clusters */

/** A new TimeLock cluster of an environment. */
export const createClusterInput = z.strictObject({
  environmentId: idField,
  name: nameField,
  ...clusterConnection,
});
/** Every field of a cluster as it shall be; the nodes are replaced as a whole, blank secrets are kept. */
export const updateClusterInput = z.strictObject({
  id: idField,
  seenVersion: version,
  name: nameField,
  ...clusterConnection,
});
/** Values of a form that may not be saved yet; with `clusterId`, blank secrets are the stored ones of that cluster. */
export const testClusterInput = z.strictObject({
  environmentId: idField,
  clusterId: idField.nullable(),
  ...clusterConnection,
});
export type CreateClusterInput = z.output<typeof createClusterInput>;
export type UpdateClusterInput = z.output<typeof updateClusterInput>;
export type TestClusterInput = z.output<typeof testClusterInput>;

/** One node of a cluster, in the order of `position`. */
export const clusterNodeDto = z.strictObject({
  id,
  url: z.string(),
  alias: z.string().nullable(),
  position: z.int(),
});
export type ClusterNodeDto = z.infer<typeof clusterNodeDto>;

/** A TimeLock cluster without its secrets. */
export const clusterDto = z.strictObject({
  id,
  environment: environmentRef,
  name: z.string(),
  basePath: z.string(),
  nodes: z.array(clusterNodeDto),
  balancer: z.boolean(),
  serverName: z.string().nullable(),
  caCertificates: z.string().nullable(),
  clientCertificate: z.string().nullable(),
  clientKey: secretMark,
  token: secretMark,
  services: z.array(inventoryRef),
  archivedAt: moment.nullable(),
  version,
});
export type ClusterDto = z.infer<typeof clusterDto>;

/* Stores */

const made = { environmentId: idField, name: nameField };
const changed = { id: idField, seenVersion: version, name: nameField };
const tried = { environmentId: idField, storeId: idField.nullable() };

/** A new store of an environment. */
export const createStoreInput = z.discriminatedUnion("kind", [
  z.strictObject({ ...made, ...postgresFields }),
  z.strictObject({ ...made, ...cassandraFields }).superRefine(passwordHasUser),
  z.strictObject({ ...made, ...oracleFields }),
]);
/** Every field of a store as it shall be; blank secrets are kept. The kind of a store never changes. */
export const updateStoreInput = z.discriminatedUnion("kind", [
  z.strictObject({ ...changed, ...postgresFields }),
  z.strictObject({ ...changed, ...cassandraFields }).superRefine(passwordHasUser),
  z.strictObject({ ...changed, ...oracleFields }),
]);
/** Values of a form that may not be saved yet; with `storeId`, blank secrets are the stored ones. Nothing of Oracle is ever tried. */
export const testStoreInput = z.discriminatedUnion("kind", [
  z.strictObject({ ...tried, ...postgresFields }),
  z.strictObject({ ...tried, ...cassandraFields }).superRefine(passwordHasUser),
]);
export type CreateStoreInput = z.output<typeof createStoreInput>;
export type UpdateStoreInput = z.output<typeof updateStoreInput>;
export type TestStoreInput = z.output<typeof testStoreInput>;

const address = { host: z.string(), port: z.int() };
const certificates = { caCertificates: z.string().nullable(), clientCertificate: z.string().nullable() };

/** The public part of how to reach a store, by kind; kept as JSON in the store's row. */
export const storeConnection = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("postgres"),
    ...address,
    database: z.string(),
    user: z.string(),
    tlsMode: z.enum(TLS_MODES),
    ...certificates,
  }),
  z.strictObject({
    kind: z.literal("cassandra"),
    contactPoints: z.array(z.strictObject(address)).min(1),
    localDataCentre: z.string(),
    keyspace: z.string(),
    user: z.string().nullable(),
    tlsMode: z.enum(CASSANDRA_TLS_MODES),
    serverName: z.string().nullable(),
    ...certificates,
  }),
  z.strictObject({
    kind: z.literal("oracle"),
    ...address,
    naming: z.enum(ORACLE_NAMINGS),
    database: z.string(),
    user: z.string(),
  }),
]);
export type StoreConnection = z.infer<typeof storeConnection>;
export type ConnectionOf<Kind extends StoreKind> = Extract<StoreConnection, { kind: Kind }>;

/** A store without its secrets. */
export const storeDto = z.strictObject({
  id,
  environment: environmentRef,
  name: z.string(),
  connection: storeConnection,
  tablePrefix: z.string(),
  schema: z.string().nullable(),
  password: secretMark,
  clientKey: secretMark,
  /** What the address led to when it was first read; a migration refuses any other. */
  identity: storeIdentity.nullable(),
  identityPinnedAt: moment.nullable(),
  services: z.array(inventoryRef),
  archivedAt: moment.nullable(),
  version,
});
export type StoreDto = z.infer<typeof storeDto>;

/* Services */

const serviceNodeInput = z.strictObject({
  /** Kept on edit, so that attestations and pasted configurations stay with their node; null for a new one. */
  id: idField.nullable(),
  name: nameField,
  address: shown(z.string().trim().max(300, "At most 300 characters.")),
  kind: shown(z.enum(SERVICE_NODE_KINDS)),
});
const dependentInput = z.strictObject({ id: idField.nullable(), name: nameField, note: noteField });

/** What a service is by itself, apart from its store and cluster; the members of an input object. */
export const importedServiceFields = {
  name: nameField,
  timestampSource: shown(z.enum(TIMESTAMP_SOURCES)),
  namespace: blankToNull(namespaceField),
  atlasdbVersion: blankToNull(versionField),
  notes: noteField,
  nodes: z.array(serviceNodeInput).max(200, "At most 200 nodes."),
  /** Services that use this one's endpoint through their `lock` and `timestamp` blocks. Source: atlasdb-facts B.1 */
  dependents: z.array(dependentInput).max(200, "At most 200 dependents."),
};

const serviceFields = { ...importedServiceFields, storeId: idField, clusterId: blankToNull(id) };

/** A new service; on TimeLock it names its cluster and namespace. */
export const createServiceInput = z
  .strictObject({ environmentId: idField, ...serviceFields })
  .superRefine(onTimelockHasTarget);
/** Every field of a service as it shall be; nodes and dependents with an `id` are kept, the others are new, the missing are removed. */
export const updateServiceInput = z
  .strictObject({ id: idField, seenVersion: version, ...serviceFields })
  .superRefine(onTimelockHasTarget);
export type CreateServiceInput = z.output<typeof createServiceInput>;
export type UpdateServiceInput = z.output<typeof updateServiceInput>;

/** Something that runs as a service. */
export const serviceNodeDto = z.strictObject({
  id,
  name: z.string(),
  address: z.string(),
  kind: z.enum(SERVICE_NODE_KINDS),
  position: z.int(),
});
export type ServiceNodeDto = z.infer<typeof serviceNodeDto>;
/** A service that takes its locks and timestamps from this one. */
export const dependentDto = z.strictObject({ id, name: z.string(), note: z.string(), position: z.int() });
export type DependentDto = z.infer<typeof dependentDto>;

/** A service as recorded; how it really stands is `ServiceStatus`. */
export const serviceDto = z.strictObject({
  id,
  environment: environmentRef,
  name: z.string(),
  store: z.strictObject({ ...inventoryRef.shape, kind: storeKind }),
  timestampSource: z.enum(TIMESTAMP_SOURCES),
  cluster: inventoryRef.nullable(),
  namespace: z.string().nullable(),
  atlasdbVersion: z.string().nullable(),
  notes: z.string(),
  nodes: z.array(serviceNodeDto),
  dependents: z.array(dependentDto),
  archivedAt: moment.nullable(),
  version,
});
export type ServiceDto = z.infer<typeof serviceDto>;

/* Shared verbs */

/** Archive, restore or pin one thing, as it was seen. */
export const archiveInput = z.strictObject({ id: idField, seenVersion: version });
export type ArchiveInput = z.infer<typeof archiveInput>;

/** The whole output of an Oracle store's read command, which says what the store is. */
export const pinPastedInput = z.strictObject({ ...archiveInput.shape, text: pastedField });
export type PinPastedInput = z.infer<typeof pinPastedInput>;

/** What a list shows; lives in the address of the page. */
export const inventoryFilter = z.strictObject({
  environment: id.optional(),
  q: z.string().trim().max(200).optional(),
  archived: z.literal("yes").optional(),
});
export type InventoryFilter = z.infer<typeof inventoryFilter>;

/* Connection tests */

/** What the test of one TimeLock node found: `code` is the class of a failure, null on success; `message` says exactly what failed. */
export const nodeTestReport = z.strictObject({
  url: z.string(),
  verdict: z.enum(["pass", "warning", "failed"]),
  code: z.string().nullable(),
  message: z.string(),
  facts: z.array(z.strictObject({ label: z.string(), value: z.string() })),
});
export type NodeTestReport = z.infer<typeof nodeTestReport>;

/** The result of testing a cluster: each node for itself, and quorum. `namespaces` is null where no node would list them. */
export const clusterTestReport = z.strictObject({
  verdict: z.enum(["pass", "warning", "failed"]),
  summary: z.string(),
  nodes: z.array(nodeTestReport),
  namespaces: z.array(z.string()).nullable(),
  testedAt: moment,
});
export type ClusterTestReport = z.infer<typeof clusterTestReport>;

/** The result of testing a store, with one sentence that sums it up. */
export const storeTestReport = z.strictObject({
  ...connectionReport.shape,
  summary: z.string(),
  testedAt: moment,
});
export type StoreTestReport = z.infer<typeof storeTestReport>;

/* Live state */

/**
 * Where a service's timestamps come from, as its systems say now.
 * `embedded`: the store's bound is readable and the service is recorded as embedded. `timelock`: the bound is invalidated and
 * TimeLock answers above it. `both`, `neither`: the red states. `behind`: TimeLock stands at or below a value that the store
 * knows. `damaged`: the bound is in a shape that needs a repair. `disagrees`: healthy, but not as recorded here.
 */
export const SERVICE_STATES = [
  "embedded",
  "timelock",
  "both",
  "neither",
  "behind",
  "damaged",
  "disagrees",
  "unknown",
] as const;
export type ServiceState = (typeof SERVICE_STATES)[number];

/** A service read live; nothing was allocated for it. `readings` have source, node and time each. */
export const serviceStatus = z.strictObject({
  serviceId: id,
  at: moment,
  recordedSource: z.enum(TIMESTAMP_SOURCES),
  state: z.enum(SERVICE_STATES),
  level: z.enum(FINDING_LEVELS),
  /** Answers "where do the timestamps come from, and is that healthy" in one sentence. */
  title: z.string(),
  detail: z.string(),
  remedy: z.string().nullable(),
  bound: boundState.nullable(),
  readings: z.array(readingView),
  proof: proofChain,
  findings: z.array(findingView),
});
export type ServiceStatus = z.output<typeof serviceStatus>;
export type ServiceStatusDto = z.input<typeof serviceStatus>;
