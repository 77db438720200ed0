import { describe, expect, test } from "vitest";

import {
  clusterValuesOf,
  errorsUnder,
  importInput,
  serviceValuesOf,
  storeValuesOf,
} from "#components/import/import-values.ts";
import { readImport } from "#lib/atlasdb/import-configuration.ts";
import { importServiceInput } from "#lib/inventory/import-schema.ts";

const environmentId = "7a0d6f2e-4e0f-4a54-9f0b-0a6f3c1d2e3f";
const TIMELOCK = `  timelock:
    serversList:
      servers: [https://tl-1:8421/timelock/api]
      sslConfiguration: {trustStorePath: t.jks}
`;
const STORES = {
  postgres: `  keyValueService:
    type: relational
    namespace: app
    ddl: {type: postgres}
    connection: {type: postgres, host: db1, port: 5432, dbName: db, dbLogin: u, dbPassword: p}
`,
  oracle: `  keyValueService:
    type: relational
    namespace: app
    ddl: {type: oracle, overflowMigrationState: FINISHED}
    connection: {type: oracle, host: db1, port: 1521, sid: ORCL, dbLogin: u, dbPassword: p}
`,
  cassandra: `  keyValueService:
    type: cassandra
    servers: [c1:9160]
    credentials: {username: u, password: p}
`,
};

function read(install: string) {
  const reading = readImport([{ name: "node-1", files: { install: { text: install }, runtime: null } }]);
  if (!reading.ok) throw new Error(JSON.stringify(reading.findings));
  return reading.proposal;
}

function inputOf(install: string) {
  const proposal = read(install);
  const isNew = { use: "new", id: "" } as const;
  const values = storeValuesOf(proposal.store, environmentId);
  return importInput({
    environmentId,
    proposal,
    store: { choice: isNew, values: { ...values, localDataCentre: "dc1" } },
    cluster: proposal.cluster === null ? null : { choice: isNew, values: clusterValuesOf(proposal) },
    service: serviceValuesOf(proposal),
  });
}

describe("what was read is what the server takes", () => {
  test.each(Object.entries(STORES))("%s on TimeLock", (kind, store) => {
    const input = importServiceInput.parse(inputOf(`atlasdb:\n  namespace: app\n${store}${TIMELOCK}`));
    expect(input).toMatchObject({
      store: { use: "new", fields: { kind } },
      cluster: {
        use: "new",
        fields: { basePath: "/timelock/api", nodes: [{ url: "https://tl-1:8421", alias: null }] },
      },
      service: { name: "app", namespace: "app", nodes: [{ name: "node-1", kind: "node" }] },
    });
    expect(input.sources).toContainEqual(
      expect.objectContaining({ about: "cluster", node: "node-1", file: "install" }),
    );
    const { store: _store, ...rest } = input;
    expect(JSON.stringify(rest)).not.toContain('"p"');
  });

  test("an embedded service goes without a cluster", () => {
    expect(importServiceInput.parse(inputOf(`atlasdb:\n  namespace: app\n${STORES.postgres}`))).toMatchObject(
      {
        cluster: { use: "none" },
        service: { timestampSource: "embedded" },
        store: { fields: { password: "p", tablePrefix: "", tlsMode: "require" } },
      },
    );
  });
});

test("what is there already is sent by its id alone", () => {
  const proposal = read(`atlasdb:\n  namespace: app\n${STORES.postgres}${TIMELOCK}`);
  const existing = { use: "existing", id: environmentId } as const;
  const input = importInput({
    environmentId,
    proposal,
    store: { choice: existing, values: storeValuesOf(proposal.store, environmentId) },
    cluster: { choice: existing, values: clusterValuesOf(proposal) },
    service: serviceValuesOf(proposal),
  });
  expect(input.store).toEqual(existing);
  expect(input.cluster).toEqual(existing);
  expect(JSON.stringify(input)).not.toContain('"p"');
});

test("files without a store leave its form empty", () => {
  expect(storeValuesOf(null, environmentId)).toMatchObject({ kind: "postgres", host: "", password: "" });
});

test("errors of a part are told by its own field names", () => {
  expect(errorsUnder({ "store.fields.host": "x", "service.name": "y" }, "store")).toEqual({
    "fields.host": "x",
  });
});
