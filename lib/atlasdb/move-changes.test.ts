import { describe, expect, test } from "vitest";

import { checkConfiguration } from "#lib/atlasdb/configuration.ts";
import { moveChanges } from "#lib/atlasdb/move-changes.ts";
import type { WantedConfiguration } from "#lib/atlasdb/wanted-configuration.ts";

const SERVERS = ["https://timelock-1.test:8421/timelock/api"];

const onCassandra: WantedConfiguration = {
  namespace: "orders",
  oldNamespace: null,
  timelockServers: SERVERS,
  timelockAliases: [],
  store: { kind: "cassandra", keyspace: "orders" },
  localServer: null,
};
const onPostgres: WantedConfiguration = {
  ...onCassandra,
  store: { kind: "postgres", host: "db-2", port: 5432, database: "orders", tablePrefix: "" },
};
const embedded: WantedConfiguration = {
  ...onPostgres,
  namespace: "",
  timelockServers: [],
  embedded: true,
};

const relational = (host: string, database = "orders") => `  keyValueService:
    type: relational
    ddl:
      type: postgres
      tablePrefix: ""
    connection:
      type: postgres
      host: ${host}
      port: 5432
      dbName: ${database}
`;
const cassandra = (keyspace: string) => `  keyValueService:
    type: cassandra
    keyspace: ${keyspace}
`;
const timelock = `  namespace: orders
  timelock:
    client: orders
    serversList:
      servers: ["${SERVERS[0]}"]
      sslConfiguration:
        trustStorePath: var/security/truststore.jks
`;

function blocking(wanted: WantedConfiguration, install: string): readonly string[] {
  const files = { install: { text: `atlasdb:\n${install}` }, runtime: null };
  return checkConfiguration("move-store", files, wanted)
    .filter(({ severity }) => severity === "blocking")
    .map(({ code }) => code);
}

describe("the files of a service whose store is moved", () => {
  test("name the new store, and TimeLock where the service is on it", () => {
    expect(blocking(onCassandra, cassandra("orders") + timelock)).toEqual([]);
    expect(blocking(onPostgres, relational("db-2") + timelock)).toEqual([]);
  });

  test("are refused while they name the old store, or another keyspace than the namespace", () => {
    expect(blocking(onCassandra, relational("db-1") + timelock)).toContain("store-kind-differs");
    expect(blocking(onPostgres, relational("db-2", "old") + timelock)).toContain("database-differs");
    expect(blocking(onCassandra, cassandra("other") + timelock)).not.toEqual([]);
  });

  test("name no TimeLock where the service keeps its own bound", () => {
    expect(blocking(embedded, relational("db-2"))).toEqual([]);
    expect(blocking(embedded, relational("db-2") + timelock)).toContain("timelock-left");
  });

  test("are told apart from the old ones in words, in both files, without a secret", () => {
    const [form] = moveChanges(null, onCassandra);
    expect(form?.changes.map(({ file, key }) => `${file} ${key}`)).toEqual(
      expect.arrayContaining(["install keyValueService", "runtime keyValueService", "install timelock"]),
    );
    const store = form?.changes.find(({ key }) => key === "keyValueService")?.yaml;
    expect(store).toBe("keyValueService:\n  type: cassandra\n  keyspace: orders\n");
  });

  test("are rewritten for TimeLock, and their store is left to people", () => {
    const files = { install: { text: `atlasdb:\n${relational("db-1")}` }, runtime: null };
    const [form] = moveChanges(files, onPostgres);
    const [file] = form?.files ?? [];
    expect(file?.after).toContain("timelock:");
    expect(file?.after).toContain("host: db-1");
  });
});
