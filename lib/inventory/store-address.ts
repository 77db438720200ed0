import type { StoreConnection } from "#lib/inventory/schema.ts";

/** Where a store is, in a few words without secrets: address and database, keyspace or service. */
export function storeAddress(connection: StoreConnection): string {
  switch (connection.kind) {
    case "postgres":
    case "oracle":
      return `${connection.host}:${connection.port}/${connection.database}`;
    case "cassandra":
      return `${contactList(connection.contactPoints)}/${connection.keyspace}`;
  }
}

/** Which database it is, whatever leads to it; another one means other tables. */
export function storeDatabase(connection: StoreConnection): string {
  return connection.kind === "cassandra" ? connection.keyspace : connection.database;
}

/** Whether two connections of the same kind lead to the same addresses, in any order. */
export function sameAddresses(a: StoreConnection, b: StoreConnection): boolean {
  return addressesOf(a).toSorted().join(" ") === addressesOf(b).toSorted().join(" ");
}

/** Every address of a store as `host:port`, hosts in lower case. */
export function addressesOf(connection: StoreConnection): readonly string[] {
  const points = connection.kind === "cassandra" ? connection.contactPoints : [connection];
  return points.map(({ host, port }) => `${host.toLowerCase()}:${port}`);
}

function contactList(points: readonly { readonly host: string; readonly port: number }[]): string {
  return points.map(({ host, port }) => `${host}:${port}`).join(",");
}
