import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { configurationChanges } from "#lib/atlasdb/configuration-changes.ts";
import { checkConfiguration } from "#lib/atlasdb/configuration.ts";
import { timelockNode, wantedFor } from "#lib/atlasdb/testing.ts";
import type { WantedConfiguration } from "#lib/atlasdb/wanted-configuration.ts";

const wanted = (more: Partial<WantedConfiguration> = {}) =>
  wantedFor({ namespace: "orders", oldNamespace: "app", ...more });

const INSTALL = `atlasdb:
  namespace: app # the name
  keyValueService:
    type: relational
    namespace: 'app'
    ddl: {type: postgres}
    connection: {type: postgres, host: db1, port: 5432, dbName: appdb}
  timelock:
    client: "app"
    serversList:
      servers: [https://tl-1:8421]
      sslConfiguration: {trustStorePath: t.jks}
`;

function renamed(install: string, more: Partial<WantedConfiguration> = {}) {
  const files = { install: { text: install }, runtime: null };
  const [form] = configurationChanges("rename-namespace", files, wanted(more));
  if (form === undefined) throw new Error("no form");
  return { ...form, after: form.files[0]?.after ?? "" };
}

function noted(install: string, more: Partial<WantedConfiguration> = {}) {
  return checkConfiguration("rename-namespace", { install: { text: install }, runtime: null }, wanted(more))
    .filter(({ severity }) => severity !== "pass")
    .map(({ severity, code, line }) => `${severity} ${code}:${line ?? "-"}`);
}

test("every place that names the old namespace names the new one, in its own quotes", () => {
  const { after, problems } = renamed(INSTALL);
  expect(problems).toEqual([]);
  expect(after).toBe(
    INSTALL.replace("namespace: app #", "namespace: orders #")
      .replace("namespace: 'app'", "namespace: 'orders'")
      .replace('client: "app"', 'client: "orders"'),
  );
  expect(noted(after)).toEqual([]);
});

test("the old files are refused for what they are", () => {
  expect(noted(INSTALL)).toEqual(["blocking old-namespace:9"]);
});

describe("the store's name", () => {
  test("a database without keyValueService.namespace gets one", () => {
    const { after } = renamed(INSTALL.replace("    namespace: 'app'\n", ""));
    expect(after).toContain("dbName: appdb}\n    namespace: orders\n");
    expect(noted(after)).toEqual([]);
  });

  test("a database that is called like the new namespace needs none", () => {
    const install = INSTALL.replace("    namespace: 'app'\n", "").replace("dbName: appdb", "dbName: orders");
    expect(renamed(install).changes.map(({ key }) => key)).toEqual(["namespace", "timelock.client"]);
  });

  test("under the non-standard flag nothing has to change", () => {
    const flag =
      "  enableNonstandardAndPossiblyErrorProneTopologyAllowDifferentKvsAndTimelockNamespaces: true\n";
    const { after, changes } = renamed(INSTALL.replace("    namespace: 'app'\n", "") + flag);
    expect(changes.at(-1)).toMatchObject({ action: "check", key: "keyValueService" });
    expect(noted(after)).toEqual(["warning different-namespaces:6"]);
  });

  test("a Cassandra keyspace is the namespace: another one is another keyspace", () => {
    const install = `atlasdb:
  keyValueService:
    type: cassandra
    servers: [c1:9160]
    keyspace: app
  timelock:
    client: app
    serversList:
      servers: [https://tl-1:8421]
      sslConfiguration: {trustStorePath: t.jks}
`;
    const store = { kind: "cassandra", keyspace: "orders" } as const;
    const { after, changes } = renamed(install, { store });
    expect(after).toBe(install.replaceAll(": app", ": orders"));
    expect(changes.at(-1)?.text).toContain("must hold the moved data");
    expect(noted(after, { store })).toEqual([]);
    const forgotten = install.replace("client: app", "client: orders");
    expect(noted(forgotten, { store })).toEqual([
      "blocking store-namespace-differs:5",
      "blocking keyspace-differs:5",
    ]);
  });
});

describe("what is not simply replaced", () => {
  test("a third name is pointed at", () => {
    const { after, changes } = renamed(INSTALL.replace('client: "app"', "client: third"));
    expect(after).toContain("client: third");
    expect(changes.find(({ key }) => key === "timelock.client")).toMatchObject({ action: "check" });
  });

  test("an alias is written out, and what it pointed at stays", () => {
    const install = INSTALL.replace("dbName: appdb", "dbName: &db app")
      .replace("namespace: 'app'", "namespace: app")
      .replace('client: "app"', "client: *db");
    expect(renamed(install).after).toBe(
      install
        .replace("namespace: app #", "namespace: orders #")
        .replace("    namespace: app\n", "    namespace: orders\n")
        .replace("client: *db", "client: orders"),
    );
  });

  test("a name that others point at is not rewritten behind their backs", () => {
    const install = INSTALL.replace("namespace: app #", "namespace: &n app #").replace(
      "dbName: appdb",
      "dbName: *n",
    );
    expect(renamed(install)).toMatchObject({ files: [], problems: [{ code: "not-rewritable" }] });
  });

  test("without files the words hold", () => {
    const [form] = configurationChanges("rename-namespace", null, wanted());
    expect(form?.changes.map(({ action, key, yaml }) => [action, key, yaml])).toEqual([
      ["replace", "namespace", "orders"],
      ["replace", "timelock.client", "orders"],
      ["replace", "keyValueService.namespace", "orders"],
    ]);
  });
});

test("the new files of any node pass the check; only values change, line by line", () => {
  fc.assert(
    fc.property(timelockNode, ({ files, kind, kept }) => {
      const want = wanted(kind === "cassandra" ? { store: { kind, keyspace: "orders" } } : {});
      const [form] = configurationChanges("rename-namespace", files, want);
      expect(form?.problems).toEqual([]);
      const text = (file: string) => form?.files.find((one) => one.file === file)?.after ?? "";
      const made = {
        install: { text: text("install") },
        runtime: files.runtime === null ? null : { text: text("runtime") },
      };
      const codes = checkConfiguration("rename-namespace", made, want)
        .filter(({ severity }) => severity !== "pass")
        .map(({ code }) => code);
      expect(
        codes.filter((code) => code !== "timelock-runtime-only"),
        made.install.text,
      ).toEqual([]);
      const same = (line: string) => line.replace(/orders|app/, "NAME");
      expect(made.install.text.trimEnd().split("\n").map(same)).toEqual(
        files.install.text.trimEnd().split("\n").map(same),
      );
      for (const comment of kept) expect(made.install.text).toContain(comment);
    }),
    { numRuns: 200 },
  );
});
