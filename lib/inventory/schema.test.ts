import { describe, expect, it } from "vitest";
import type { z } from "zod";

import { redact, unclassifiedPaths } from "#lib/audit/redaction.ts";
import {
  archiveInput,
  createClusterInput,
  createEnvironmentInput,
  createServiceInput,
  createStoreInput,
  testClusterInput,
  testStoreInput,
  updateClusterInput,
  updateEnvironmentInput,
  updateServiceInput,
  updateStoreInput,
} from "#lib/inventory/schema.ts";

const ID = "3f8a1a55-6a0a-4c29-9d2e-2b1f4f0d7f10";
const SECRET = "s3cret-that-nobody-may-see";
const KEY = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----";

const cluster = {
  environmentId: ID,
  name: "timelock",
  basePath: "/timelock/api/",
  nodes: [
    { url: "HTTPS://TL-1.example.com:443/", alias: "" },
    { url: "https://tl-2.example.com:8421", alias: "https://timelock-2:8421/timelock/api" },
  ],
  serverName: "",
  caCertificates: "",
  clientCertificate: "",
  clientKey: KEY,
  token: SECRET,
};
const store = {
  environmentId: ID,
  kind: "postgres",
  name: "orders",
  host: "db-1.example.com",
  port: "5433",
  database: "orders",
  user: "atlas",
  password: SECRET,
  tlsMode: "verify-full",
  caCertificates: "",
  clientCertificate: "",
  clientKey: "",
  tablePrefix: "",
  schema: "",
};
const service = {
  environmentId: ID,
  name: "orders",
  storeId: ID,
  timestampSource: "embedded",
  clusterId: "",
  namespace: "",
  atlasdbVersion: "",
  notes: "",
  nodes: [],
  dependents: [],
};

const inputs: Readonly<Record<string, z.ZodType>> = {
  archiveInput,
  createClusterInput,
  createEnvironmentInput,
  createServiceInput,
  createStoreInput,
  testClusterInput,
  testStoreInput,
  updateClusterInput,
  updateEnvironmentInput,
  updateServiceInput,
  updateStoreInput,
};

const messages = (schema: z.ZodType, value: unknown) => {
  const result = schema.safeParse(value);
  return result.success ? [] : result.error.issues.map((issue) => issue.message);
};

const problems = (schema: z.ZodType, value: unknown) => {
  const result = schema.safeParse(value);
  return result.success ? [] : result.error.issues.map((issue) => issue.path.join("."));
};

describe("every input", () => {
  it.each(Object.entries(inputs))(
    "%s is classified for the audit log and refuses unknown fields",
    (_name, schema) => {
      expect(unclassifiedPaths(schema)).toEqual([]);
      expect(schema.safeParse({ surprise: 1 }).success).toBe(false);
    },
  );

  it("says what is wrong with an optional field in its own words", () => {
    expect(messages(createServiceInput, { ...service, namespace: "a b" })).toEqual([
      "A namespace has only letters, digits, - and _.",
    ]);
    expect(messages(createStoreInput, { ...store, caCertificates: "x" })[0]).toContain(
      "Paste certificates in PEM",
    );
  });

  it("parses what it made to the same again, so that the audit log knows which kind it was", () => {
    for (const [schema, value] of [
      [createStoreInput, store],
      [createClusterInput, cluster],
      [createServiceInput, service],
    ] as const) {
      const parsed = schema.parse(value);
      expect(schema.parse(parsed)).toEqual(parsed);
      expect(redact(schema, parsed)).toMatchObject({ name: value.name });
    }
  });

  it("keeps secrets out of the audit log", () => {
    const kept = [redact(createClusterInput, cluster), redact(createStoreInput, store)];
    expect(JSON.stringify(kept)).not.toMatch(/s3cret|PRIVATE KEY/);
    expect(kept[1]).toMatchObject({ password: "[hidden]", host: "db-1.example.com" });
  });
});

describe("a cluster", () => {
  it("is normalised as URL writes addresses", () => {
    expect(createClusterInput.parse(cluster)).toMatchObject({
      basePath: "/timelock/api",
      balancer: false,
      serverName: null,
      nodes: [
        { url: "https://tl-1.example.com", alias: null },
        { url: "https://tl-2.example.com:8421", alias: "https://timelock-2:8421/timelock/api" },
      ],
    });
  });

  it.each([
    [{ nodes: [] }, "nodes"],
    [{ nodes: [{ url: "https://a:1/path", alias: "" }] }, "nodes.0.url"],
    [{ nodes: [{ url: "https://user:pw@a:1", alias: "" }] }, "nodes.0.url"],
    [{ nodes: [{ url: "ftp://a", alias: "" }] }, "nodes.0.url"],
    [{ nodes: [{ url: "file:///etc/passwd", alias: "" }] }, "nodes.0.url"],
    [{ nodes: [{ url: "a:8421", alias: "" }] }, "nodes.0.url"],
    [
      {
        nodes: [
          { url: "https://a:1", alias: "" },
          { url: "https://A:1", alias: "" },
        ],
      },
      "nodes.1.url",
    ],
    [
      {
        nodes: [
          { url: "https://a:1", alias: "https://c:1" },
          { url: "https://b:1", alias: "https://c:1" },
        ],
      },
      "nodes.1.url",
    ],
    [{ basePath: "timelock" }, "basePath"],
    [{ basePath: "/a?b" }, "basePath"],
    [{ basePath: "/../x" }, "basePath"],
    [{ caCertificates: "not pem" }, "caCertificates"],
    [{ clientKey: "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----" }, "clientKey"],
    [{ token: "two words" }, "token"],
    [{ name: " " }, "name"],
    [{ name: "a\u0000b" }, "name"],
  ])("refuses %j", (change, path) => {
    expect(problems(createClusterInput, { ...cluster, ...change })).toEqual([path]);
  });
});

describe("a store", () => {
  it("takes a port as text and blank as not given", () => {
    expect(createStoreInput.parse(store)).toMatchObject({
      port: 5433,
      schema: null,
      caCertificates: null,
      removePassword: false,
    });
  });

  it.each([
    [{ kind: "mongo" }, "kind"],
    [{ port: "0" }, "port"],
    [{ port: "65536" }, "port"],
    [{ port: "5432.5" }, "port"],
    [{ host: "https://db" }, "host"],
    [{ host: "db:5432" }, "host"],
    [{ host: "/var/run/postgresql" }, "host"],
    [{ tablePrefix: "a-b" }, "tablePrefix"],
    [{ tablePrefix: "a; drop" }, "tablePrefix"],
  ])("refuses %j", (change, path) => {
    expect(problems(createStoreInput, { ...store, ...change })).toEqual([path]);
  });

  it.each(["10.0.0.5", "::1", "fd00::12", "db", "db-1.example.com."])("takes the host %s", (host) => {
    expect(problems(createStoreInput, { ...store, host })).toEqual([]);
  });
});

describe("a Cassandra store", () => {
  const cassandra = {
    environmentId: ID,
    kind: "cassandra",
    name: "orders",
    contactPoints: [{ host: "10.0.0.1", port: "9042" }, { host: "fd00::1" }],
    localDataCentre: "dc1",
    keyspace: "Orders_1",
    user: "",
    password: "",
    tlsMode: "verify-full",
    serverName: "",
    caCertificates: "",
    clientCertificate: "",
    clientKey: "",
  };

  it("takes several contact points, the CQL port by default, and no user", () => {
    expect(createStoreInput.parse(cassandra)).toMatchObject({
      contactPoints: [
        { host: "10.0.0.1", port: 9042 },
        { host: "fd00::1", port: 9042 },
      ],
      keyspace: "Orders_1",
      user: null,
    });
  });

  it.each([
    [{ contactPoints: [] }, "contactPoints"],
    [{ contactPoints: [{ host: "a" }, { host: "A", port: "9042" }] }, "contactPoints.1.host"],
    [{ contactPoints: [{ host: "cql://a" }] }, "contactPoints.0.host"],
    [{ contactPoints: [{ host: "a", port: "0" }] }, "contactPoints.0.port"],
    [{ localDataCentre: " " }, "localDataCentre"],
    [{ keyspace: "or-ders" }, "keyspace"],
    [{ keyspace: "x".repeat(49) }, "keyspace"],
    [{ tlsMode: "verify-ca" }, "tlsMode"],
    [{ password: "x" }, "user"],
    [{ serverName: "a b" }, "serverName"],
  ])("refuses %j", (change, path) => {
    expect(problems(createStoreInput, { ...cassandra, ...change })).toEqual([path]);
  });
});

describe("an Oracle store", () => {
  const oracle = {
    environmentId: ID,
    kind: "oracle",
    name: "orders",
    host: "db-1",
    port: "1521",
    naming: "service-name",
    database: "orders.example.com",
    user: "APP",
    tablePrefix: "a_",
    schema: "",
  };

  it("takes what sqlplus needs, and no secret", () => {
    expect(createStoreInput.parse(oracle)).toMatchObject({ port: 1521, schema: null, tablePrefix: "a_" });
    expect(createStoreInput.safeParse({ ...oracle, password: "x" }).success).toBe(false);
  });

  it.each([
    [{ tablePrefix: "" }, "tablePrefix"],
    [{ tablePrefix: "abc" }, "tablePrefix"],
    [{ tablePrefix: "abcdefg_" }, "tablePrefix"],
    [{ naming: "tns" }, "naming"],
    [{ database: "orders; exit" }, "database"],
    [{ database: "" }, "database"],
    [{ user: "app/x" }, "user"],
    [{ schema: '"x"' }, "schema"],
  ])("refuses %j", (change, path) => {
    expect(problems(createStoreInput, { ...oracle, ...change })).toEqual([path]);
  });

  it("is never tried", () => {
    expect(problems(testStoreInput, { ...oracle, storeId: null })).toEqual(["kind"]);
  });
});

describe("a service", () => {
  it("on TimeLock names cluster and namespace", () => {
    expect(problems(createServiceInput, { ...service, timestampSource: "timelock" })).toEqual([
      "clusterId",
      "namespace",
    ]);
    expect(
      problems(createServiceInput, {
        ...service,
        timestampSource: "timelock",
        clusterId: ID,
        namespace: "orders",
      }),
    ).toEqual([]);
  });

  it.each(["tl", "lw", "leader", "leaderPaxos", "a b", "ä", "a/b", "x".repeat(256)])(
    "refuses the namespace %j",
    (namespace) => {
      expect(problems(createServiceInput, { ...service, namespace })).toEqual(["namespace"]);
    },
  );
});
