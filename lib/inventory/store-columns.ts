import {
  effectiveSecret,
  NO_SECRET,
  nextSecret,
  storeKeyPlace,
  storePasswordPlace,
  type StoredSecret,
} from "#lib/inventory/inventory-secrets.ts";
import { requireReadableTls } from "#lib/inventory/readable-tls.ts";
import {
  storeConnection,
  type ConnectionOf,
  type CreateStoreInput,
  type StoreConnection,
  type TestStoreInput,
  type UpdateStoreInput,
} from "#lib/inventory/schema.ts";

type Fields = CreateStoreInput | UpdateStoreInput;
type Tried = Fields | TestStoreInput;

/** The secrets that a store has before it is saved. */
export type StoreSecrets = { readonly password: StoredSecret; readonly clientKey: StoredSecret };

/** The public part of how to reach a store, from a form's values. */
export function connectionOf(input: Tried): StoreConnection {
  switch (input.kind) {
    case "postgres":
      return postgresConnectionOf(input);
    case "cassandra":
      return cassandraConnectionOf(input);
    case "oracle": {
      const { kind, host, port, naming, database, user } = input;
      return storeConnection.parse({ kind, host, port, naming, database, user });
    }
  }
}

function postgresConnectionOf(input: Extract<Tried, { kind: "postgres" }>): ConnectionOf<"postgres"> {
  const { kind, host, port, database, user, tlsMode, caCertificates, clientCertificate } = input;
  return { kind, host, port, database, user, tlsMode, caCertificates, clientCertificate };
}

function cassandraConnectionOf(input: Extract<Tried, { kind: "cassandra" }>): ConnectionOf<"cassandra"> {
  const { kind, contactPoints, localDataCentre, keyspace, user, tlsMode } = input;
  const { serverName, caCertificates, clientCertificate } = input;
  return {
    kind,
    contactPoints: contactPoints.map(({ host, port }) => ({ host, port })),
    localDataCentre,
    keyspace,
    user,
    tlsMode,
    serverName,
    caCertificates,
    clientCertificate,
  };
}

/** Where in the database the tables are, from a form's values; a keyspace holds its tables without prefix or schema. */
export function tablesOf(input: Tried): { readonly tablePrefix: string; readonly schema: string | null } {
  if (input.kind === "cassandra") return { tablePrefix: "", schema: null };
  return { tablePrefix: input.tablePrefix, schema: input.schema };
}

/** The columns of a store as a form asks for them, secrets sealed. @throws AppError `invalid` as `requireReadableTls` */
export function storeColumns(id: string, input: Fields, stored: StoreSecrets) {
  const { password, clientKey } = nextSecrets(id, input, stored);
  const { tablePrefix, schema } = tablesOf(input);
  return {
    name: input.name,
    connection: connectionOf(input),
    tablePrefix,
    schemaName: schema,
    passwordSealed: password.sealed,
    passwordSetAt: password.setAt,
    clientKeySealed: clientKey.sealed,
    clientKeySetAt: clientKey.setAt,
  };
}

/** Nothing connects to an Oracle database, so no secret of it is kept. */
function nextSecrets(id: string, input: Fields, stored: StoreSecrets): StoreSecrets {
  if (input.kind === "oracle") return { password: NO_SECRET, clientKey: NO_SECRET };
  const keyWish = { given: input.clientKey, remove: input.removeClientKey };
  requireReadableTls({ ...input, clientKey: effectiveSecret(storeKeyPlace(id), keyWish, stored.clientKey) });
  const passwordWish = { given: input.password, remove: input.removePassword };
  return {
    password: nextSecret(storePasswordPlace(id), passwordWish, stored.password),
    clientKey: nextSecret(storeKeyPlace(id), keyWish, stored.clientKey),
  };
}

/** The columns of a store whose identity is not pinned. */
export const NO_IDENTITY = {
  identitySystem: null,
  identityDatabase: null,
  identitySchema: null,
  identityTable: null,
  identityTableId: null,
  identityPinnedAt: null,
} as const;
