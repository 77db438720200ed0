import { expect, test } from "vitest";

import { type KnownInventory, matchInventory } from "#lib/atlasdb/import-match.ts";
import type { ImportProposal, ProposedStore } from "#lib/atlasdb/import-proposal.ts";

const store = {
  id: "s1",
  name: "db",
  environmentId: "e1",
  kind: "postgres",
  addresses: ["db1:5432"],
  database: "appdb",
  tablePrefix: "",
} as const;
const cluster = {
  id: "c1",
  name: "tl",
  environmentId: "e1",
  basePath: "",
  addresses: ["https://tl-1:8421", "https://alias:8421"],
} as const;
const service = (id: string, more: object = {}) => ({
  id,
  name: id,
  environmentId: "e1",
  storeId: "other",
  clusterId: null,
  namespace: null,
  ...more,
});
const known: KnownInventory = { stores: [store], clusters: [cluster], services: [] };
const postgres: ProposedStore = {
  kind: "postgres",
  name: "x",
  host: "DB1",
  port: "5432",
  database: "appdb",
  user: "u",
  password: "",
  tlsMode: "require",
  tablePrefix: "",
};
const proposal = (more: Partial<ImportProposal> = {}): ImportProposal => ({
  service: { name: "app", timestampSource: "timelock", namespace: "app", nodes: [] },
  store: postgres,
  cluster: { name: "tl", basePath: "", urls: ["https://tl-9:8421", "https://alias:8421"] },
  facts: [],
  findings: [],
  advice: [],
  ...more,
});

test("store and cluster are recognised, in their own environment only", () => {
  expect(matchInventory(proposal(), "e1", known)).toMatchObject({
    store: { id: "s1" },
    cluster: { id: "c1" },
  });
  expect(matchInventory(proposal(), "e2", known)).toEqual({ store: null, cluster: null, services: [] });
});

test.each([
  ["another port", { port: "5433" }],
  ["another database", { database: "x" }],
  ["another prefix", { tablePrefix: "x_" }],
])("%s is another store", (_name, change) => {
  expect(matchInventory(proposal({ store: { ...postgres, ...change } }), "e1", known).store).toBeNull();
});

test("another path is another cluster", () => {
  const other = { name: "tl", basePath: "/timelock/api", urls: ["https://tl-1:8421"] };
  expect(matchInventory(proposal({ cluster: other }), "e1", known).cluster).toBeNull();
});

test("a Cassandra keyspace is recognised by one common host, whatever the port", () => {
  const cassandra = {
    kind: "cassandra",
    name: "x",
    contactPoints: [
      { host: "c9", port: "9042" },
      { host: "C1", port: "9042" },
    ],
    keyspace: "app",
    user: "",
    password: "",
    tlsMode: "disable",
  } as const;
  const stores = [
    { ...store, id: "s2", kind: "cassandra", addresses: ["c1:9043"], database: "app" },
  ] as const;
  expect(matchInventory(proposal({ store: cassandra }), "e1", { ...known, stores }).store?.id).toBe("s2");
  const renamed = { ...cassandra, keyspace: "App" };
  expect(matchInventory(proposal({ store: renamed }), "e1", { ...known, stores }).store).toBeNull();
});

test("services on the same sequence or store are named with the reason", () => {
  const services = [
    service("same-namespace", { clusterId: "c1", namespace: "app" }),
    service("same-store", { storeId: "s1" }),
    service("another", { clusterId: "c1", namespace: "else" }),
  ];
  expect(
    matchInventory(proposal(), "e1", { ...known, services }).services.map((one) => [
      one.service.id,
      one.because,
    ]),
  ).toEqual([
    ["same-namespace", "uses this namespace of this TimeLock cluster"],
    ["same-store", "is on this store"],
  ]);
});
