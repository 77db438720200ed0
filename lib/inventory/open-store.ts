import { database } from "#lib/db/client.ts";
import { AppError } from "#lib/errors.ts";
import { storeKeyPlace, storePasswordPlace } from "#lib/inventory/inventory-secrets.ts";
import { guardedResolve, readNetworkRules } from "#lib/inventory/network-rules.ts";
import { storeConnection, type StoreConnection } from "#lib/inventory/schema.ts";
import { openField } from "#lib/secrets/sealed-field.ts";
import type { BoundStore } from "#lib/stores/bound-store.ts";
import { cassandraBoundStore } from "#lib/stores/cassandra/cassandra-bound-store.ts";
import { type CassandraStoreConfig, cassandraStoreConfig } from "#lib/stores/cassandra/schema.ts";
import { oracleBoundStore } from "#lib/stores/oracle/oracle-bound-store.ts";
import { postgresBoundStore } from "#lib/stores/postgres/postgres-bound-store.ts";
import {
  type PostgresStoreConfig,
  type PostgresStoreConfigInput,
  postgresStoreConfig,
} from "#lib/stores/postgres/schema.ts";

/** How to reach a store, secrets in the clear: never leaves the process, never logged. */
export type StoreAccess = {
  readonly name: string;
  readonly connection: StoreConnection;
  readonly tablePrefix: string;
  readonly schema: string | null;
  readonly password: string | null;
  readonly clientKey: string | null;
};

/** How long a store is waited for; absent: the defaults. In milliseconds. */
export type StorePatience = Pick<
  PostgresStoreConfigInput,
  "connectTimeoutMs" | "statementTimeoutMs" | "lockTimeoutMs"
>;

/** Enough for a page that is read again soon. */
export const STORE_PAGE_PATIENCE = {
  connectTimeoutMs: 3_000,
  statementTimeoutMs: 4_000,
  lockTimeoutMs: 1_000,
} as const satisfies StorePatience;

/**
 * The bound of a stored store, reached only through addresses that the network rules allow.
 * @throws AppError `not-found`, `conflict` when the store is archived, `unavailable` when a secret cannot be opened
 */
export async function openStore(storeId: string, patience?: StorePatience): Promise<BoundStore> {
  return connectStore(await readStoreAccess(storeId), patience);
}

/** The bound of a store that may not be stored. @throws AppError `invalid` when the access makes no configuration */
export function connectStore(access: StoreAccess, patience: StorePatience = {}): BoundStore {
  switch (access.connection.kind) {
    case "postgres":
      return postgresBoundStore({
        config: postgresConfigOf(access, patience),
        resolveAddress: guardedResolve(readNetworkRules()),
      });
    case "cassandra":
      return cassandraBoundStore({
        config: cassandraConfigOf(access, patience),
        resolveAddress: guardedResolve(readNetworkRules()),
      });
    case "oracle":
      return oracleBoundStore(access.name);
  }
}

/** The access of a stored store with its secrets opened. @throws AppError as `openStore` */
export async function readStoreAccess(storeId: string): Promise<StoreAccess> {
  const row = await database().store.findUnique({ where: { id: storeId } });
  if (row === null) throw new AppError("not-found", "There is no such store.");
  if (row.archivedAt !== null)
    throw new AppError("conflict", `The store ${row.name} is archived. Restore it to use it.`);
  return {
    name: row.name,
    connection: storeConnection.parse(row.connection),
    tablePrefix: row.tablePrefix,
    schema: row.schemaName,
    password: row.passwordSealed === null ? null : openField(storePasswordPlace(row.id), row.passwordSealed),
    clientKey: row.clientKeySealed === null ? null : openField(storeKeyPlace(row.id), row.clientKeySealed),
  };
}

/** The configuration of a Postgres store. @throws AppError `invalid` when the access makes none */
export function postgresConfigOf(access: StoreAccess, patience: StorePatience = {}): PostgresStoreConfig {
  const { connection, clientKey: key } = access;
  if (connection.kind !== "postgres")
    throw new AppError("invalid", `The store ${access.name} is no Postgres database.`);
  const { host, port, database: name, user, tlsMode } = connection;
  const { caCertificates: ca, clientCertificate: cert } = connection;
  const parsed = postgresStoreConfig.safeParse({
    host,
    port,
    database: name,
    user,
    password: access.password ?? "",
    tablePrefix: access.tablePrefix,
    ...(access.schema === null ? {} : { schema: access.schema }),
    tls: {
      mode: tlsMode,
      ...(ca === null ? {} : { ca }),
      ...(cert === null ? {} : { cert }),
      ...(key === null ? {} : { key }),
    },
    ...patience,
  });
  if (parsed.success) return parsed.data;
  throw new AppError("invalid", unreachableWords(access, parsed.error.issues));
}

/** The configuration of a Cassandra store. @throws AppError `invalid` when the access makes none */
export function cassandraConfigOf(access: StoreAccess, patience: StorePatience = {}): CassandraStoreConfig {
  const { connection, clientKey: key } = access;
  if (connection.kind !== "cassandra")
    throw new AppError("invalid", `The store ${access.name} is no Cassandra keyspace.`);
  const { contactPoints, localDataCentre, keyspace, user, tlsMode, serverName } = connection;
  const { caCertificates: ca, clientCertificate: cert } = connection;
  const parsed = cassandraStoreConfig.safeParse({
    contactPoints,
    localDataCenter: localDataCentre,
    keyspace,
    ...(user === null ? {} : { user }),
    password: access.password ?? "",
    tls: {
      mode: CASSANDRA_TLS[tlsMode],
      ...(ca === null ? {} : { ca }),
      ...(cert === null ? {} : { cert }),
      ...(key === null ? {} : { key }),
      ...(serverName === null ? {} : { serverName }),
    },
    ...(patience.connectTimeoutMs === undefined ? {} : { connectTimeoutMs: patience.connectTimeoutMs }),
    ...(patience.statementTimeoutMs === undefined ? {} : { requestTimeoutMs: patience.statementTimeoutMs }),
  });
  if (parsed.success) return parsed.data;
  throw new AppError("invalid", unreachableWords(access, parsed.error.issues));
}

const CASSANDRA_TLS = { disable: "off", require: "require", "verify-full": "verify" } as const;

function unreachableWords(
  access: StoreAccess,
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): string {
  const words = issues.map((issue) => `${issue.path.join(".")} ${issue.message}`).join("; ");
  return `The store ${access.name} cannot be reached as it is described: ${words}.`;
}
