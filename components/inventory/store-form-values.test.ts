import { describe, expect, test } from "vitest";

import {
  initialStoreValues,
  storeConnectionFields,
  type StoreFormValues,
} from "#components/inventory/store-form-values.ts";
import { connectionLine } from "#components/inventory/store-words.ts";
import { storeTestInput } from "#components/inventory/stored-test-inputs.ts";
import { createStoreInput, storeDto, testStoreInput, type StoreDto } from "#lib/inventory/schema.ts";
import { STORE_KINDS, type StoreKind } from "#lib/stores/schema.ts";

const ENVIRONMENT = "3f8a1a55-6a0a-4c29-9d2e-2b1f4f0d7f10";
const typed: StoreFormValues = {
  ...initialStoreValues(undefined, ENVIRONMENT),
  name: "orders",
  user: "app",
  host: "db-1",
  postgresDatabase: "orders",
  schema: "data",
  contactPoints: [
    { host: "cassandra-1", port: "9042" },
    { host: "cassandra-2", port: "9142" },
  ],
  localDataCentre: "dc1",
  keyspace: "Orders",
  oracleDatabase: "ORCL",
};

const CONNECTIONS: Record<StoreKind, StoreDto["connection"]> = {
  postgres: {
    kind: "postgres",
    host: "db-1",
    port: 5433,
    database: "orders",
    user: "app",
    tlsMode: "verify-ca",
    caCertificates: null,
    clientCertificate: null,
  },
  cassandra: {
    kind: "cassandra",
    contactPoints: [
      { host: "cassandra-1", port: 9042 },
      { host: "cassandra-2", port: 9142 },
    ],
    localDataCentre: "dc1",
    keyspace: "Orders",
    user: null,
    tlsMode: "require",
    serverName: "cassandra.example.com",
    caCertificates: null,
    clientCertificate: null,
  },
  oracle: { kind: "oracle", host: "db-1", port: 1521, naming: "sid", database: "ORCL", user: "app" },
};

function stored(kind: StoreKind): StoreDto {
  return storeDto.parse({
    id: ENVIRONMENT,
    environment: { id: ENVIRONMENT, name: "e", tier: "staging", colour: "blue" },
    name: "orders",
    connection: CONNECTIONS[kind],
    tablePrefix: kind === "oracle" ? "x_" : "",
    schema: kind === "cassandra" ? null : "data",
    password: { isSet: false, setAt: null },
    clientKey: { isSet: false, setAt: null },
    identity: null,
    identityPinnedAt: null,
    services: [],
    archivedAt: null,
    version: 1,
  });
}

describe("the form of a store", () => {
  test.each(STORE_KINDS)("sends what the server takes for %s, and nothing of the other kinds", (kind) => {
    const fields = storeConnectionFields({ ...typed, kind });
    const parsed = createStoreInput.safeParse({ environmentId: ENVIRONMENT, name: "orders", ...fields });
    expect(parsed.error?.issues ?? []).toEqual([]);
    expect(parsed.data?.kind).toBe(kind);
  });

  test("loses nothing while kinds are tried out", () => {
    const tried = STORE_KINDS.reduce((values, kind) => ({ ...values, kind }), typed);
    expect(storeConnectionFields({ ...tried, kind: "postgres" })).toEqual(
      storeConnectionFields({ ...typed, kind: "postgres" }),
    );
    expect(storeConnectionFields({ ...tried, kind: "cassandra" })).toMatchObject({
      keyspace: "Orders",
      tlsMode: "verify-full",
    });
    expect(storeConnectionFields({ ...tried, kind: "oracle" })).toMatchObject({
      database: "ORCL",
      tablePrefix: "a_",
    });
  });

  test.each(STORE_KINDS)("shows a stored %s store as it is stored", (kind) => {
    const dto = stored(kind);
    const fields = storeConnectionFields(initialStoreValues(dto, "elsewhere"));
    const parsed = createStoreInput.parse({ environmentId: ENVIRONMENT, name: "orders", ...fields });
    expect(parsed).toMatchObject(CONNECTIONS[kind]);
    if (parsed.kind !== "cassandra")
      expect(parsed).toMatchObject({ tablePrefix: dto.tablePrefix, schema: dto.schema });
  });

  test("a stored store is tested as it is stored, and Oracle never", () => {
    for (const kind of ["postgres", "cassandra"] as const)
      expect(testStoreInput.parse(storeTestInput(stored(kind)))).toMatchObject(CONNECTIONS[kind]);
    expect(storeTestInput(stored("oracle"))).toBeNull();
  });

  test("a store is named in one line", () => {
    expect(connectionLine(stored("cassandra"))).toBe("cassandra-1:9042 and 1 more, keyspace Orders");
    expect(connectionLine(stored("oracle"))).toBe("db-1:1521/ORCL x_*");
    expect(connectionLine(stored("postgres"))).toBe("db-1:5433/orders");
  });
});
