import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { readImport } from "#lib/atlasdb/import-configuration.ts";
import type { ImportProposal } from "#lib/atlasdb/import-proposal.ts";
import { timelockNode } from "#lib/atlasdb/testing.ts";

const POSTGRES = `# orders, the install file
server:
  applicationConnectors: [{type: https, port: 8443}]
conf:
  atlas:
    namespace: orders
    keyValueService:
      type: relational
      namespace: orders
      ddl:
        type: postgres
        tablePrefix: shop_
      connection:
        type: postgres
        host: db-1.example.com
        port: 5433
        dbName: ordersdb
        dbLogin: orders_owner
        dbPassword: s3cret-of-orders
        connectionParameters:
          ssl: true
          sslmode: verify-ca
    timelock:
      client: orders
      serversList:
        servers:
          - https://timelock-1.example.com:8421/timelock/api
          - https://timelock-2.example.com:8421/timelock/api
        sslConfiguration:
          trustStorePath: var/security/it's trust.jks
          keyStorePath: var/security/keystore.jks
          keyStorePassword: s3cret-of-keys
`;

const ORACLE = `atlasdb:
  keyValueService:
    type: relational
    ddl:
      type: oracle
      overflowMigrationState: FINISHED
    connection:
      type: oracle
      host: ora-1
      port: 1521
      sid: ORCL
      dbLogin: billing
      dbPassword: s3cret
      protocol: TCPS
  leader:
    quorumSize: 1
    localServer: https://billing-1:8080
    leaders: [https://billing-1:8080]
`;

const CASSANDRA = `atlasdb:
  namespace: events
  keyValueService:
    type: cassandra
    servers:
      type: cqlCapable
      thriftHosts: [cass-1:9160, cass-2:9160]
      cqlHosts: ['cass-1:9043', '[fd00::2]:9043']
    credentials:
      username: atlas
      password: \${CASSANDRA_PASSWORD}
    sslConfiguration:
      trustStorePath: trust.jks
    replicationFactor: 3
`;

function proposalOf(install: string, runtime: string | null = null): ImportProposal {
  const files = { install: { text: install }, runtime: runtime === null ? null : { text: runtime } };
  const reading = readImport([{ name: "node-1", files }]);
  if (!reading.ok) throw new Error(JSON.stringify(reading.findings));
  return reading.proposal;
}

const noted = (proposal: ImportProposal) =>
  proposal.findings
    .filter(({ severity }) => severity !== "pass")
    .map(({ severity, code, file, line }) => `${severity} ${code} ${file}:${line ?? "-"}`);

const lineOf = (proposal: ImportProposal, about: string, field: string) => {
  const fact = proposal.facts.find((one) => one.about === about && one.field === field);
  return fact?.source === null ? "not in the files" : `${fact?.source.file}:${fact?.source.line}`;
};

describe("Postgres on TimeLock", () => {
  const proposal = proposalOf(POSTGRES);

  test("fills in store, cluster and service", () => {
    expect(proposal.store).toEqual({
      kind: "postgres",
      name: "ordersdb on db-1.example.com",
      host: "db-1.example.com",
      port: "5433",
      database: "ordersdb",
      user: "orders_owner",
      password: "s3cret-of-orders",
      tlsMode: "verify-ca",
      tablePrefix: "shop_",
    });
    expect(proposal.cluster).toEqual({
      name: "timelock-1.example.com",
      basePath: "/timelock/api",
      urls: ["https://timelock-1.example.com:8421", "https://timelock-2.example.com:8421"],
    });
    expect(proposal.service).toEqual({
      name: "orders",
      timestampSource: "timelock",
      namespace: "orders",
      nodes: [{ name: "node-1", address: "" }],
    });
    expect(noted(proposal)).toEqual([]);
  });

  test("each value has the line that it came from", () => {
    expect(lineOf(proposal, "store", "host")).toBe("install:15");
    expect(lineOf(proposal, "store", "password")).toBe("install:19");
    expect(lineOf(proposal, "store", "tlsMode")).toBe("install:22");
    expect(lineOf(proposal, "store", "tablePrefix")).toBe("install:12");
    expect(lineOf(proposal, "cluster", "nodes.1.url")).toBe("install:28");
    expect(lineOf(proposal, "service", "namespace")).toBe("install:24");
    const lines = POSTGRES.split("\n");
    for (const { source, text, field } of proposal.facts) {
      if (source === null || text === null || ["kind", "timestampSource"].includes(field)) continue;
      expect(lines[source.line - 1]).toContain(text);
    }
  });

  test("secrets stand in the password's field and nowhere else", () => {
    const { store: _store, ...rest } = proposal;
    expect(JSON.stringify(rest)).not.toContain("s3cret");
  });

  test("files that are PEM already, or nearly, are only printed", () => {
    const install = POSTGRES.replace(
      "sslmode: verify-ca",
      "sslrootcert: ca.pem\n          sslkey: client.pk8",
    ).replace("it's trust.jks", "trust.pem\n          trustStoreType: pem");
    expect(proposalOf(install).advice.map(({ about, commands }) => [about, commands.split("\n")[0]])).toEqual(
      [
        ["store", "cat ca.pem"],
        ["store", "openssl pkcs8 -inform DER -nocrypt -in client.pk8"],
        ["cluster", "cat var/security/trust.pem"],
        ["cluster", expect.stringContaining("keytool -importkeystore") as string],
      ],
    );
  });

  test("key stores come with the commands that turn them into PEM", () => {
    expect(proposal.advice.map(({ about, source }) => [about, source.line])).toEqual([
      ["cluster", 30],
      ["cluster", 31],
    ]);
    expect(proposal.advice[0]?.commands).toContain("-keystore 'var/security/it'\\''s trust.jks'");
    expect(proposal.advice[1]?.commands).toContain("-srckeystore var/security/keystore.jks");
  });
});

test("the runtime list replaces the install list", () => {
  const runtime = `conf:
  atlas:
    timelockRuntime:
      serversList:
        servers: [https://other:8421]
        sslConfiguration: {trustStorePath: t.jks}
`;
  const proposal = proposalOf(POSTGRES, runtime);
  expect(proposal.cluster?.urls).toEqual(["https://other:8421"]);
  expect(lineOf(proposal, "cluster", "nodes.0.url")).toBe("runtime:5");
  expect(noted(proposal)).toEqual(["warning servers-shadowed install:25"]);
});

test("Oracle, embedded with a leader block", () => {
  const proposal = proposalOf(ORACLE);
  expect(proposal.store).toEqual({
    kind: "oracle",
    name: "ORCL on ora-1",
    host: "ora-1",
    port: "1521",
    naming: "sid",
    database: "ORCL",
    user: "billing",
    tablePrefix: "a_",
  });
  expect(proposal.cluster).toBeNull();
  expect(proposal.service).toMatchObject({
    timestampSource: "embedded",
    namespace: "ORCL",
    nodes: [{ name: "node-1", address: "https://billing-1:8080" }],
  });
  expect(noted(proposal)).toEqual([]);
  expect(JSON.stringify(proposal)).not.toContain("s3cret");
});

describe("Cassandra", () => {
  test("CQL hosts are taken as they stand, a variable is no password", () => {
    const proposal = proposalOf(CASSANDRA);
    expect(proposal.store).toEqual({
      kind: "cassandra",
      name: "events on Cassandra",
      contactPoints: [
        { host: "cass-1", port: "9043" },
        { host: "fd00::2", port: "9043" },
      ],
      keyspace: "events",
      user: "atlas",
      password: "",
      tlsMode: "verify-full",
    });
    expect(lineOf(proposal, "store", "contactPoints.0")).toBe("install:8");
    expect(proposal.advice.map(({ about }) => about)).toEqual(["store"]);
    expect(noted(proposal)).toEqual([]);
  });

  test("Thrift hosts become contact points on CQL's own port, with a warning", () => {
    const install =
      "atlasdb:\n  namespace: events\n  keyValueService:\n    type: cassandra\n    servers:\n      - cass-1:9160\n      - cass-2:9160\n";
    const proposal = proposalOf(install);
    expect(proposal.store).toMatchObject({
      contactPoints: [
        { host: "cass-1", port: "9042" },
        { host: "cass-2", port: "9042" },
      ],
      tlsMode: "disable",
    });
    expect(noted(proposal)).toEqual(["warning thrift-only install:6"]);
  });

  test("servers may stand in the runtime file", () => {
    const install = "atlasdb:\n  namespace: events\n  keyValueService:\n    type: cassandra\n";
    const runtime = "atlasdb:\n  keyValueService:\n    type: cassandra\n    servers: [cass-1:9160]\n";
    expect(lineOf(proposalOf(install, runtime), "store", "contactPoints.0")).toBe("runtime:4");
    expect(noted(proposalOf(install))).toEqual(["blocking cassandra-servers install:3"]);
  });
});

describe("rules of AtlasDB", () => {
  const base = POSTGRES.split("\n    timelock:")[0] ?? "";
  const timelock = `    timelock:${POSTGRES.split("\n    timelock:")[1] ?? ""}`;
  const leader = "    leader:\n      quorumSize: 2\n      localServer: a\n      leaders: [a, b]\n";
  const remote = "    lock:\n      servers: [https://a]\n    timestamp:\n      servers: [https://a]\n";

  test.each([
    [
      "leader with several nodes",
      `${base}\n${leader}`,
      ["blocking leader-quorum install:24", "blocking leader-members install:26"],
    ],
    [
      "leader beside timelock",
      `${base}\n${leader.replace("2", "1").replace(", b", "")}${timelock}`,
      ["blocking blocks-conflict install:23"],
    ],
    [
      "remote blocks beside timelock",
      `${base}\n${remote}${timelock}`,
      ["blocking blocks-conflict install:23"],
    ],
    ["remote blocks alone", `${base}\n${remote}`, ["blocking remote-timestamps install:23"]],
    [
      "one of lock and timestamp",
      `${base}\n    lock: {servers: [a]}\n`,
      ["blocking lock-without-timestamp install:23"],
    ],
    [
      "no TLS block",
      POSTGRES.replace(/ {8}sslConfiguration[\s\S]*/, ""),
      ["blocking tls-missing install:25"],
    ],
    [
      "client and namespace differ",
      POSTGRES.replace("client: orders", "client: order"),
      ["blocking client-differs install:24"],
    ],
    [
      "store and namespace differ",
      POSTGRES.replace("      namespace: orders\n", ""),
      ["blocking store-namespace-differs install:16"],
    ],
    [
      "different base paths",
      POSTGRES.replace("2.example.com:8421/timelock/api", "2.example.com:8421"),
      ["blocking base-paths-differ install:28"],
    ],
    ["a server twice", POSTGRES.replace("timelock-2", "timelock-1"), ["warning server-twice install:28"]],
    ["an impossible prefix", POSTGRES.replace("shop_", "a-b"), ["blocking table-prefix install:12"]],
    [
      "a misspelt key",
      POSTGRES.replace("    namespace: orders\n    key", "    nameSpace: orders\n    key"),
      ["blocking misspelt-key install:6"],
    ],
    [
      "memory",
      "atlasdb:\n  keyValueService: {type: memory}\n",
      ["blocking store-namespace-missing install:2", "blocking store-memory install:2"],
    ],
    [
      "Oracle without its overflow state",
      ORACLE.replace("      overflowMigrationState: FINISHED\n", ""),
      ["blocking overflow-state install:4"],
    ],
    [
      "Oracle by two names",
      ORACLE.replace(
        "      sid: ORCL\n",
        "      sid: ORCL\n      serviceNameConfiguration: {serviceName: x, namespaceOverride: ORCL}\n",
      ),
      ["blocking oracle-name install:11"],
    ],
    [
      "an incomplete connection",
      POSTGRES.replace(/ {8}host.*\n/, ""),
      ["warning connection-incomplete install:13"],
    ],
  ])("%s", (_name, install, findings) => expect(noted(proposalOf(install))).toEqual(findings));
});

describe("several nodes", () => {
  const nodes = (...installs: string[]) =>
    installs.map((text, at) => ({ name: `node-${at + 1}`, files: { install: { text }, runtime: null } }));

  test("with the same files are nodes of one service", () => {
    const reordered = POSTGRES.replace("timelock-1.e", "X")
      .replace("timelock-2.e", "timelock-1.e")
      .replace("X", "timelock-2.e");
    const reading = readImport(nodes(POSTGRES, reordered));
    if (!reading.ok) throw new Error("not read");
    expect(noted(reading.proposal)).toEqual([]);
    expect(reading.proposal.service.nodes.map(({ name }) => name)).toEqual(["node-1", "node-2"]);
  });

  test("that differ are pointed at, secrets unquoted", () => {
    const other = POSTGRES.replace("ordersdb", "other")
      .replace("s3cret-of-orders", "s3cret-2")
      .replace("timelock-2", "timelock-3");
    const reading = readImport(nodes(POSTGRES, other));
    if (!reading.ok) throw new Error("not read");
    expect(
      reading.proposal.findings
        .filter(({ severity }) => severity !== "pass")
        .map(({ code, node, line }) => [code, node, line]),
    ).toEqual([
      ["nodes-differ", "node-2", 17],
      ["nodes-differ", "node-2", 27],
      ["passwords-differ", "node-2", 19],
    ]);
    expect(reading.proposal.findings.map(({ message }) => message).join(" ")).toContain(
      "node-2 says other, node-1 says ordersdb",
    );
    expect(JSON.stringify(reading.proposal.findings)).not.toContain("s3cret");
  });

  test("one of which is no YAML are read none of, with line and column", () => {
    const reading = readImport(nodes(POSTGRES, "atlasdb:\n  a: [1,\n  b: 'x\n"));
    if (reading.ok) throw new Error("read");
    expect(reading.findings).toMatchObject([
      { node: "node-2", code: "not-yaml", message: expect.stringMatching(/Line \d+, column \d+/) as string },
    ]);
  });
});

test("the files of any generated node on TimeLock are imported without a fault, each value on its line", () => {
  fc.assert(
    fc.property(timelockNode, ({ files, kind }) => {
      const reading = readImport([{ name: "n", files }]);
      if (!reading.ok) throw new Error(JSON.stringify(reading.findings));
      const { proposal } = reading;
      expect(proposal.store?.kind).toBe(kind);
      expect(proposal.service).toMatchObject({ namespace: "app", timestampSource: "timelock" });
      expect(proposal.cluster?.urls).toEqual(["https://tl-1:8421", "https://tl-2:8421"]);
      expect(proposal.findings.filter(({ severity }) => severity === "blocking")).toEqual([]);
      for (const { source, text, field } of proposal.facts) {
        if (source === null || text === null || ["kind", "timestampSource", "tlsMode"].includes(field))
          continue;
        const file = source.file === "install" ? files.install : files.runtime;
        const line = file?.text.split("\n")[source.line - 1] ?? "";
        expect(line).toContain(field.startsWith("contactPoints") ? text.replace(/:\d+$/, "") : text);
      }
    }),
    { numRuns: 200 },
  );
});
