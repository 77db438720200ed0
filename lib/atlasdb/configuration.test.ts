import { describe, expect, test } from "vitest";

import { checkConfiguration } from "#lib/atlasdb/configuration.ts";
import type { ConfiguredRunbook, WantedConfiguration } from "#lib/atlasdb/wanted-configuration.ts";

const GOOD = `# the app's install file
atlasdb:
  namespace: app
  keyValueService:
    type: relational
    ddl:
      type: postgres
    connection:
      type: postgres
      host: db1
      port: 5432
      dbName: app
      dbLogin: app
      dbPassword: s3cret
  timelock:
    client: app
    serversList:
      servers:
        - https://tl-1:8421
        - https://tl-2:8421/
      sslConfiguration:
        trustStorePath: var/security/truststore.jks
`;

const wanted: WantedConfiguration = {
  namespace: "app",
  oldNamespace: null,
  timelockServers: ["https://tl-1:8421", "https://TL-2:8421"],
  timelockAliases: ["https://tl-3:8421"],
  localServer: null,
  store: { kind: "postgres", host: "db1", port: 5432, database: "app", tablePrefix: "" },
};

function check(
  install: string,
  runtime: string | null = null,
  more: Partial<WantedConfiguration> = {},
  root?: string,
  runbook: ConfiguredRunbook = "to-timelock",
) {
  const files = { install: { text: install, root }, runtime: runtime === null ? null : { text: runtime } };
  return checkConfiguration(runbook, files, { ...wanted, ...more });
}

/** The findings that are no pass, as `code@file:line`. */
function noted(...input: Parameters<typeof check>) {
  return check(...input)
    .filter(({ severity }) => severity !== "pass")
    .map(({ severity, code, file, line }) => `${severity} ${code} ${file}:${line ?? "-"}`);
}

const RUNTIME = `atlasdb:
  timelockRuntime:
    serversList:
      servers: [https://tl-1:8421, https://tl-2:8421, https://tl-3:8421]
      sslConfiguration:
        trustStorePath: trust.jks
`;

test("good files pass", () => {
  expect(noted(GOOD)).toEqual([]);
  expect(check(GOOD).map(({ code }) => code)).toEqual(
    expect.arrayContaining(["root", "uses-timelock", "namespace", "servers", "tls", "store"]),
  );
  const withoutList = GOOD.slice(0, GOOD.indexOf("    serversList"));
  expect(noted(withoutList, RUNTIME)).toEqual([]);
});

test("no finding ever quotes the password", () => {
  const all = [
    check(GOOD),
    check(GOOD.replace("dbName: app", "dbName: other")),
    check(`${GOOD}  bad: [`),
  ].flat();
  expect(JSON.stringify(all)).not.toContain("s3cret");
});

describe("blocks", () => {
  test.each([
    [
      "a leader block is left",
      GOOD.replace("  timelock:", "  leader:\n    quorumSize: 1\n  timelock:"),
      null,
      ["blocking leader-block install:15"],
    ],
    [
      "lock and timestamp are left",
      `${GOOD}  lock:\n    servers: [a]\n  timestamp:\n    servers: [a]\n`,
      null,
      ["blocking lock-block install:23", "blocking timestamp-block install:25"],
    ],
    [
      "nothing of TimeLock",
      GOOD.slice(0, GOOD.indexOf("  timelock:")),
      null,
      ["blocking embedded install:-"],
    ],
    [
      "TimeLock only in the runtime file",
      GOOD.slice(0, GOOD.indexOf("  timelock:")),
      RUNTIME,
      ["warning timelock-runtime-only runtime:2"],
    ],
    [
      "timelockRuntime in the install file",
      GOOD.replace("  timelock:", "  timelockRuntime:"),
      null,
      ["blocking embedded install:-", "blocking wrong-file install:15"],
    ],
    [
      "timelock in the runtime file",
      GOOD,
      RUNTIME.replace("timelockRuntime", "timelock"),
      ["blocking wrong-file runtime:2"],
    ],
    [
      "a misspelt key",
      GOOD.replace("  timelock:", "  timeLock:"),
      null,
      ["blocking embedded install:-", "blocking misspelt-key install:15"],
    ],
    ["a merge", `${GOOD}  <<: {a: 1}\n`, null, ["blocking yaml-merge install:23"]],
    ["asynchronous start", `${GOOD}  initializeAsync: true\n`, null, ["warning initialize-async install:23"]],
  ])("%s", (_name, install, runtime, findings) => expect(noted(install, runtime)).toEqual(findings));
});

describe("blocks without a value are no blocks", () => {
  const embedded = GOOD.slice(0, GOOD.indexOf("  timelock:"));

  test.each([
    [
      "timelock",
      `${embedded}  timelock:\n`,
      null,
      ["blocking embedded install:-", "blocking empty-block install:15"],
    ],
    [
      "timelockRuntime",
      embedded,
      "atlasdb:\n  timelockRuntime: # later\n",
      ["blocking embedded install:-", "blocking empty-block runtime:2"],
    ],
    ["leader", `${GOOD}  leader:\n`, null, []],
  ])("%s", (_name, install, runtime, findings) => expect(noted(install, runtime)).toEqual(findings));

  test("but braces are one", () => {
    expect(noted(`${embedded}  timelock: {}\n`, RUNTIME)).toEqual([]);
  });
});

describe("names", () => {
  test.each([
    [
      "another namespace than the migration's",
      GOOD.replaceAll(": app", ": other"),
      ["blocking namespace-differs", "blocking database-differs"],
    ],
    [
      "client and namespace differ",
      GOOD.replace("client: app", "client: other"),
      ["blocking namespace-differs", "blocking client-differs"],
    ],
    [
      "neither namespace nor client",
      GOOD.replace("  namespace: app\n", "").replace("    client: app\n", ""),
      ["blocking namespace-missing"],
    ],
    ["client without namespace, equal to the database", GOOD.replace("  namespace: app\n", ""), []],
    [
      "database of another name",
      GOOD.replace("dbName: app", "dbName: appdb"),
      ["blocking store-namespace-differs", "blocking database-differs"],
    ],
    [
      "reserved",
      GOOD.replaceAll(": app", ": leader"),
      ["blocking namespace-invalid", "blocking database-differs"],
    ],
  ])("%s", (_name, install, codes) => {
    const found = noted(install).map((line) => line.split(" ").slice(0, 2).join(" "));
    expect(found.toSorted()).toEqual(codes.toSorted());
  });

  const other = {
    store: { kind: "postgres", host: "db1", port: 5432, database: "appdb", tablePrefix: "" },
  } as const;

  test("keyValueService.namespace bridges a database of another name", () => {
    const install = GOOD.replace("dbName: app", "dbName: appdb").replace(
      "    type: relational",
      "    type: relational\n    namespace: app",
    );
    expect(noted(install, null, other)).toEqual([]);
  });

  test("the non-standard flag allows it with a warning, but never on Cassandra", () => {
    const flag =
      "  enableNonstandardAndPossiblyErrorProneTopologyAllowDifferentKvsAndTimelockNamespaces: true\n";
    expect(noted(GOOD.replace("dbName: app", "dbName: appdb") + flag, null, other)).toEqual([
      "warning different-namespaces install:12",
    ]);
    const cassandra =
      "atlasdb:\n  namespace: app\n  keyValueService:\n    type: cassandra\n    keyspace: other\n" +
      GOOD.slice(GOOD.indexOf("  timelock:")) +
      flag;
    expect(noted(cassandra, null, { store: { kind: "cassandra", keyspace: "app" } })).toEqual([
      "blocking store-namespace-differs install:5",
    ]);
  });

  test("a number as a name is the text that stands there", () => {
    const install = GOOD.replaceAll(": app", ": 007");
    expect(
      check(install, null, { namespace: "007", store: null }).filter(
        ({ severity }) => severity === "blocking",
      ),
    ).toEqual([]);
  });
});

describe("servers", () => {
  test.each([
    ["another cluster", GOOD.replaceAll("tl-", "xx-"), ["blocking another-cluster install:17"]],
    ["one stranger", GOOD.replace("tl-2", "xx-2"), ["warning unknown-server install:20"]],
    [
      "right host, no path",
      GOOD.replace("https://tl-1:8421", "https://tl-1:8421/api"),
      ["blocking server-path install:19"],
    ],
    [
      "no scheme",
      GOOD.replace("https://tl-1", "tl-1"),
      ["blocking server-url install:19", "warning unknown-server install:19"],
    ],
    ["none", GOOD.replace(/servers:\n.*\n.*\n/, "servers: []\n"), ["blocking servers-missing install:17"]],
    [
      "no TLS block, http",
      GOOD.replaceAll("https", "http").replace(/ {6}ssl[\s\S]*/, ""),
      [
        "blocking tls-missing install:17",
        "blocking server-path install:19",
        "blocking server-path install:20",
      ],
    ],
    [
      "no trust store",
      GOOD.replace("trustStorePath", "keyStorePath"),
      ["blocking trust-store-missing install:21"],
    ],
  ])("%s", (_name, install, findings) => expect(noted(install)).toEqual(findings));

  test("a runtime list replaces the install list as a whole, TLS included", () => {
    const withoutTls = RUNTIME.replace(/ {6}ssl[\s\S]*/, "");
    expect(noted(GOOD, withoutTls)).toEqual([
      "blocking tls-missing runtime:3",
      "warning servers-shadowed install:17",
    ]);
    expect(noted(GOOD, RUNTIME)).toEqual(["warning servers-shadowed install:17"]);
  });

  test("a server list's user information is not shown", () => {
    expect(JSON.stringify(check(GOOD.replace("https://tl-2", "https://u:s3cret@xx")))).not.toContain(
      "s3cret",
    );
  });
});

describe("store", () => {
  test.each([
    [
      "another prefix",
      GOOD.replace("      type: postgres\n", "      type: postgres\n      tablePrefix: x_\n"),
      ["blocking table-prefix-differs install:8"],
    ],
    ["another host", GOOD.replace("host: db1", "host: db2"), ["warning host-differs install:10"]],
    ["another kind", GOOD.replaceAll("postgres", "oracle"), ["blocking store-kind-differs install:7"]],
    ["contradicting types", GOOD.replace("type: postgres", "type: oracle"), ["blocking store-ddl install:7"]],
    ["memory", GOOD.replace("relational", "memory"), ["blocking store-memory install:5"]],
    [
      "none",
      GOOD.replace(/ {2}keyValue[\s\S]*? {2}timelock/, "  timelock"),
      ["blocking store-missing install:-"],
    ],
  ])("%s", (_name, install, findings) => expect(noted(install)).toEqual(findings));
});

describe("files and roots", () => {
  const inner = GOOD.split("\n")
    .slice(2)
    .map((line) => line.replace(/^ {2}/, ""))
    .join("\n");

  test.each([
    ["/atlas", GOOD.replace("atlasdb:", "atlas:"), undefined],
    ["the whole file", inner, undefined],
    [
      "any pointer",
      `conf:\n  "a/b":\n${GOOD.split("\n")
        .slice(2)
        .map((line) => `  ${line}`)
        .join("\n")}`,
      "/conf/a~1b",
    ],
  ])("%s", (_name, install, root) => expect(noted(install, null, {}, root)).toEqual([]));

  test.each([
    ["", "empty"],
    ["just: a file", "root-missing"],
    ["- a\n- b\n", "not-a-mapping"],
    ["atlasdb: [\n", "not-yaml"],
    ["atlasdb:\n  a: 1\n  a: 2\n", "not-yaml"],
    ["atlasdb:\n  x: {{ .Values.x }\n", "not-yaml"],
    ["a: 1\n---\nb: 2\n", "not-yaml"],
  ])("%j is refused", (install, code) => {
    expect(check(install)).toMatchObject([{ severity: "blocking", code }]);
  });

  test("an empty runtime file says nothing", () => {
    expect(noted(GOOD, "# nothing yet\n")).toEqual([]);
    expect(noted(GOOD, "")).toEqual([]);
  });

  test("the only place anywhere in the file is found by itself, several are asked about", () => {
    const deep = (key: string) =>
      `  ${key}:\n${GOOD.split("\n")
        .slice(2)
        .map((line) => `  ${line}`)
        .join("\n")}`;
    expect(noted(`services:\n${deep("one")}`)).toEqual([]);
    expect(check(`services:\n${deep("one")}`)[0]?.message).toContain("/services/one");
    expect(check(`services:\n${deep("one")}\n${deep("two")}`)).toMatchObject([
      { code: "root-ambiguous", message: expect.stringContaining("/services/one, /services/two") as string },
    ]);
    expect(noted(`services:\n${deep("one")}\n${deep("two")}`, null, {}, "/services/two")).toEqual([]);
  });

  test("a runtime file is read where the install file has it, and one without a section says so", () => {
    const install = `svc:\n  db:\n${GOOD.split("\n")
      .slice(2)
      .map((line) => `  ${line}`)
      .join("\n")}`;
    expect(noted(install, "svc:\n  db:\n    timeLockRuntime: {}\n")).toEqual([
      "blocking misspelt-key runtime:3",
    ]);
    expect(noted(GOOD, "logging:\n  level: INFO\n")).toEqual(["warning no-section runtime:-"]);
    expect(noted(GOOD, "atlasdb:\n")).toEqual([]);
  });

  test("a parse error names its line", () => {
    expect(check("atlasdb:\n  ok: 1\n  bad: 'x\n")[0]?.line).toBeGreaterThanOrEqual(3);
  });

  test("aliases are followed", () => {
    const install = GOOD.replace("namespace: app", "namespace: &name app").replace(
      "client: app",
      "client: *name",
    );
    expect(noted(install)).toEqual([]);
  });
});
