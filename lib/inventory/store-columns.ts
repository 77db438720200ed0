import {
  effectiveSecret,
  nextSecret,
  storeKeyPlace,
  storePasswordPlace,
  type StoredSecret,
} from "#lib/inventory/inventory-secrets.ts";
import { requireReadableTls } from "#lib/inventory/readable-tls.ts";
import {
  storeConnection,
  type CreateStoreInput,
  type StoreConnection,
  type UpdateStoreInput,
} from "#lib/inventory/schema.ts";

type Fields = CreateStoreInput | UpdateStoreInput;

/** The secrets that a store has before it is saved. */
export type StoreSecrets = { readonly password: StoredSecret; readonly clientKey: StoredSecret };

/** The public part of how to reach a store, from a form's values. */
export function connectionOf(
  input: Pick<
    Fields,
    "kind" | "host" | "port" | "database" | "user" | "tlsMode" | "caCertificates" | "clientCertificate"
  >,
): StoreConnection {
  const { kind, host, port, database, user, tlsMode, caCertificates, clientCertificate } = input;
  return storeConnection.parse({
    kind,
    host,
    port,
    database,
    user,
    tlsMode,
    caCertificates,
    clientCertificate,
  });
}

/** The columns of a store as a form asks for them, secrets sealed. @throws AppError `invalid` as `requireReadableTls` */
export function storeColumns(id: string, input: Fields, stored: StoreSecrets) {
  const password = nextSecret(
    storePasswordPlace(id),
    { given: input.password, remove: input.removePassword },
    stored.password,
  );
  const keyWish = { given: input.clientKey, remove: input.removeClientKey };
  requireReadableTls({ ...input, clientKey: effectiveSecret(storeKeyPlace(id), keyWish, stored.clientKey) });
  const clientKey = nextSecret(storeKeyPlace(id), keyWish, stored.clientKey);
  return {
    name: input.name,
    connection: connectionOf(input),
    tablePrefix: input.tablePrefix,
    schemaName: input.schema,
    passwordSealed: password.sealed,
    passwordSetAt: password.setAt,
    clientKeySealed: clientKey.sealed,
    clientKeySetAt: clientKey.setAt,
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
