import type { FormValues } from "#components/inventory/use-form-values.ts";
import type { StoreDto } from "#lib/inventory/schema.ts";
import type { CASSANDRA_TLS_MODES, OracleNaming, StoreKind, TlsMode } from "#lib/stores/schema.ts";

/** One contact point as it is typed. */
export interface ContactPointValues {
  readonly host: string;
  readonly port: string;
}

/** Everything that the form of a store holds, of all kinds at once, so that choosing another kind loses nothing. */
export interface StoreFormValues {
  environmentId: string;
  name: string;
  kind: StoreKind;
  user: string;
  password: string;
  removePassword: boolean;
  tlsMode: TlsMode;
  cassandraTlsMode: (typeof CASSANDRA_TLS_MODES)[number];
  caCertificates: string;
  clientCertificate: string;
  clientKey: string;
  removeClientKey: boolean;
  serverName: string;
  schema: string;
  host: string;
  postgresPort: string;
  postgresDatabase: string;
  postgresPrefix: string;
  contactPoints: readonly ContactPointValues[];
  localDataCentre: string;
  keyspace: string;
  oraclePort: string;
  oracleNaming: OracleNaming;
  oracleDatabase: string;
  oraclePrefix: string;
}

/** The form of a store. */
export type StoreFormState = FormValues<StoreFormValues>;

const EMPTY = {
  name: "",
  kind: "postgres",
  user: "",
  password: "",
  removePassword: false,
  tlsMode: "verify-full",
  cassandraTlsMode: "verify-full",
  caCertificates: "",
  clientCertificate: "",
  clientKey: "",
  removeClientKey: false,
  serverName: "",
  schema: "",
  host: "",
  postgresPort: "5432",
  postgresDatabase: "",
  postgresPrefix: "",
  contactPoints: [{ host: "", port: "9042" }],
  localDataCentre: "",
  keyspace: "",
  oraclePort: "1521",
  oracleNaming: "service-name",
  oracleDatabase: "",
  oraclePrefix: "a_",
} as const satisfies Omit<StoreFormValues, "environmentId">;

/** What the form begins with: the stored values, or AtlasDB's defaults for a new store. */
export function initialStoreValues(store: StoreDto | undefined, environmentId: string): StoreFormValues {
  if (store === undefined) return { ...EMPTY, environmentId };
  const { connection, name, schema, tablePrefix } = store;
  const common = {
    ...EMPTY,
    environmentId: store.environment.id,
    name,
    schema: schema ?? "",
    user: connection.user ?? "",
  };
  if (connection.kind === "oracle") {
    const { kind, host, port, naming, database } = connection;
    return {
      ...common,
      kind,
      host,
      oraclePort: String(port),
      oracleNaming: naming,
      oracleDatabase: database,
      oraclePrefix: tablePrefix,
    };
  }
  const tls = {
    caCertificates: connection.caCertificates ?? "",
    clientCertificate: connection.clientCertificate ?? "",
  };
  if (connection.kind === "cassandra") {
    const { kind, contactPoints, localDataCentre, keyspace, serverName } = connection;
    const points = contactPoints.map(({ host, port }) => ({ host, port: String(port) }));
    return {
      ...common,
      ...tls,
      cassandraTlsMode: connection.tlsMode,
      kind,
      contactPoints: points,
      localDataCentre,
      keyspace,
      serverName: serverName ?? "",
    };
  }
  const { kind, host, port, database } = connection;
  return {
    ...common,
    ...tls,
    tlsMode: connection.tlsMode,
    kind,
    host,
    postgresPort: String(port),
    postgresDatabase: database,
    postgresPrefix: tablePrefix,
  };
}

/** The fields of the chosen kind as the server takes them, without environment and name. */
export function storeConnectionFields(values: StoreFormValues) {
  const { kind, host, user, schema } = values;
  const { password, removePassword, caCertificates, clientCertificate, clientKey, removeClientKey } = values;
  const secured = { password, removePassword, caCertificates, clientCertificate, clientKey, removeClientKey };
  switch (kind) {
    case "postgres":
      return {
        kind,
        host,
        port: values.postgresPort,
        database: values.postgresDatabase,
        user,
        ...secured,
        tlsMode: values.tlsMode,
        tablePrefix: values.postgresPrefix,
        schema,
      };
    case "cassandra": {
      const { contactPoints, localDataCentre, keyspace, serverName } = values;
      return {
        kind,
        contactPoints,
        localDataCentre,
        keyspace,
        user,
        ...secured,
        tlsMode: values.cassandraTlsMode,
        serverName,
      };
    }
    case "oracle":
      return {
        kind,
        host,
        port: values.oraclePort,
        naming: values.oracleNaming,
        database: values.oracleDatabase,
        user,
        tablePrefix: values.oraclePrefix,
        schema,
      };
  }
}
