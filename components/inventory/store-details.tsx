import type { ReactNode } from "react";

import { StoreIdentityCard } from "#components/inventory/store-identity.tsx";
import { SecretWords } from "#components/inventory/secret-words.tsx";
import { ORACLE_NAMING_WORDS, STORE_KIND_WORDS } from "#components/inventory/store-words.ts";
import { UsedBy } from "#components/inventory/used-by.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { KeyValues } from "#components/ui/key-values.tsx";
import type { ConnectionOf, StoreDto } from "#lib/inventory/schema.ts";

interface Item {
  readonly label: string;
  readonly value: ReactNode;
}

/** A store as recorded. */
export function StoreDetails({ store }: { store: StoreDto }) {
  const { connection } = store;
  return (
    <>
      <Card aria-label="Store">
        <CardHeader title="As recorded" />
        <CardBody>
          <KeyValues
            columns={3}
            items={[
              { label: "Kind", value: STORE_KIND_WORDS[connection.kind] },
              ...connectionItems(store),
              { label: "Services", value: <UsedBy services={store.services} /> },
            ]}
          />
        </CardBody>
      </Card>
      <StoreIdentityCard store={store} />
    </>
  );
}

function connectionItems(store: StoreDto): readonly Item[] {
  const { connection } = store;
  switch (connection.kind) {
    case "postgres":
      return postgresItems(store, connection);
    case "cassandra":
      return cassandraItems(store, connection);
    case "oracle":
      return oracleItems(store, connection);
  }
}

function postgresItems(store: StoreDto, connection: ConnectionOf<"postgres">): readonly Item[] {
  return [
    { label: "Host", value: <Code text={connection.host} /> },
    { label: "Port", value: <Code text={String(connection.port)} /> },
    { label: "Database", value: <Code text={connection.database} /> },
    { label: "User", value: <Code text={connection.user} /> },
    { label: "Password", value: <SecretWords mark={store.password} /> },
    {
      label: "Table prefix",
      value: store.tablePrefix === "" ? "none" : <Code text={store.tablePrefix} />,
    },
    { label: "Schema", value: store.schema ?? "found by the search path" },
    ...tlsItems(store, connection),
  ];
}

function cassandraItems(store: StoreDto, connection: ConnectionOf<"cassandra">): readonly Item[] {
  const points = connection.contactPoints.map(({ host, port }) => `${host}:${port}`);
  return [
    {
      label: points.length === 1 ? "Contact point" : "Contact points",
      value: (
        <ul>
          {points.map((point) => (
            <li key={point}>
              <Code text={point} />
            </li>
          ))}
        </ul>
      ),
    },
    { label: "Local data centre", value: <Code text={connection.localDataCentre} /> },
    { label: "Keyspace", value: <Code text={connection.keyspace} /> },
    { label: "User", value: connection.user === null ? "none" : <Code text={connection.user} /> },
    { label: "Password", value: <SecretWords mark={store.password} /> },
    ...tlsItems(store, connection),
    ...(connection.serverName === null
      ? []
      : [{ label: "Name in the certificates", value: <Code text={connection.serverName} /> }]),
  ];
}

function oracleItems(store: StoreDto, connection: ConnectionOf<"oracle">): readonly Item[] {
  return [
    { label: "Host", value: <Code text={connection.host} /> },
    { label: "Port", value: <Code text={String(connection.port)} /> },
    { label: ORACLE_NAMING_WORDS[connection.naming], value: <Code text={connection.database} /> },
    { label: "User", value: <Code text={connection.user} /> },
    { label: "Password", value: "never kept: sqlplus asks whoever runs it" },
    { label: "Table prefix", value: <Code text={store.tablePrefix} /> },
    { label: "Schema", value: store.schema ?? "the user's own" },
  ];
}

function tlsItems(
  store: StoreDto,
  connection: ConnectionOf<"postgres"> | ConnectionOf<"cassandra">,
): readonly Item[] {
  return [
    { label: "TLS", value: connection.tlsMode },
    {
      label: "Trusts",
      value: connection.caCertificates === null ? "the authorities of this machine" : "its own authority",
    },
    { label: "Client key", value: <SecretWords mark={store.clientKey} /> },
  ];
}

function Code({ text }: { text: string }) {
  return <code className="font-mono break-all">{text}</code>;
}
