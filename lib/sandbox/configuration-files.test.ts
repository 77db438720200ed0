import { describe, expect, test } from "vitest";

import { checkConfiguration } from "#lib/atlasdb/configuration.ts";
import type { ConfiguredRunbook } from "#lib/atlasdb/wanted-configuration.ts";
import type { SandboxConfiguration } from "#lib/rehearsal/schema.ts";
import { configurationFiles } from "#lib/sandbox/configuration-files.ts";
import { CASSANDRA_SERVICE, SANDBOX_SERVICES } from "#lib/sandbox/definitions.ts";
import { namespaceOf } from "#lib/sandbox/simulated-service.ts";

const servers = ["http://127.0.0.1:8421", "http://127.0.0.1:8422", "http://127.0.0.1:8423"];

function findings(
  id: string,
  configuration: SandboxConfiguration,
  runbook: ConfiguredRunbook = "to-timelock",
) {
  const definition = SANDBOX_SERVICES.find((one) => one.id === id);
  if (definition === undefined) throw new Error(`no service ${id}`);
  const connection = {
    kind: "postgres" as const,
    host: "127.0.0.1",
    port: 5544,
    database: definition.database,
    user: definition.database,
    password: "secret",
  };
  const files = configurationFiles(definition, configuration, connection, servers);
  const { host, port, database } = connection;
  const all = checkConfiguration(
    runbook,
    { install: { text: files.install }, runtime: { text: files.runtime } },
    {
      namespace: namespaceOf(definition.namespace, runbook === "rename-namespace" ? "renamed" : "timelock"),
      oldNamespace: runbook === "rename-namespace" ? definition.namespace : null,
      timelockServers: servers,
      timelockAliases: [],
      store: { kind: "postgres", host, port, database, tablePrefix: "" },
      localServer: null,
    },
  );
  return { blocking: all.filter(({ severity }) => severity === "blocking").map(({ code }) => code), files };
}

describe.each(SANDBOX_SERVICES.map(({ id }) => id))("the files of %s", (id) => {
  test("on TimeLock are what the console asks for", () => {
    expect(findings(id, "timelock").blocking).toEqual([]);
  });

  test("back on embedded timestamps are what the console asks for", () => {
    expect(findings(id, "embedded", "from-timelock").blocking).toEqual([]);
    expect(findings(id, "timelock", "from-timelock").blocking).not.toEqual([]);
  });

  test("under the new namespace are what the console asks for", () => {
    expect(findings(id, "renamed", "rename-namespace").blocking).toEqual([]);
    expect(findings(id, "timelock", "rename-namespace").blocking).not.toEqual([]);
  });

  test("from before, or with a typing error, are refused", () => {
    expect(findings(id, "embedded").blocking).not.toEqual([]);
    expect(findings(id, "other-namespace").blocking).not.toEqual([]);
  });

  test("hold no password", () => {
    expect(JSON.stringify(findings(id, "timelock").files)).not.toContain("secret");
  });
});

describe("the files of the service on Cassandra", () => {
  const files = (configuration: SandboxConfiguration) =>
    configurationFiles(
      CASSANDRA_SERVICE,
      configuration,
      {
        kind: "cassandra",
        host: "127.0.0.1",
        port: 9042,
        thriftPort: 9160,
        dataCentre: "dc1",
        keyspace: "catalog",
        user: "catalog",
        password: "secret",
      },
      servers,
    );
  const blocking = (configuration: SandboxConfiguration, runbook: ConfiguredRunbook) => {
    const { install, runtime } = files(configuration);
    const wanted = {
      namespace: "catalog",
      oldNamespace: null,
      timelockServers: servers,
      timelockAliases: [],
      store: { kind: "cassandra" as const, keyspace: "catalog" },
      localServer: null,
    };
    const pasted = { install: { text: install }, runtime: { text: runtime } };
    return checkConfiguration(runbook, pasted, wanted).filter(({ severity }) => severity === "blocking");
  };

  test("are what the console asks for in either direction, and refused with another keyspace", () => {
    expect(blocking("timelock", "to-timelock")).toEqual([]);
    expect(blocking("embedded", "from-timelock")).toEqual([]);
    expect(blocking("other-namespace", "to-timelock")).not.toEqual([]);
    expect(JSON.stringify(files("timelock"))).not.toContain("secret");
  });
});
