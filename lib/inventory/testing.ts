import { randomInt, randomUUID } from "node:crypto";

import { database } from "#lib/db/client.ts";
import { createCluster } from "#lib/inventory/create-cluster.ts";
import { createEnvironment } from "#lib/inventory/create-environment.ts";
import { createService } from "#lib/inventory/create-service.ts";
import { createStore } from "#lib/inventory/create-store.ts";
import {
  createClusterInput,
  createEnvironmentInput,
  createServiceInput,
  createStoreInput,
} from "#lib/inventory/schema.ts";
import { systemContext } from "#lib/people/testing.ts";
import { createAuthority } from "#lib/stores/postgres/testing-certificates.ts";

/** A secret that must never be seen outside its sealed column. */
export const SECRET = "s3cret-that-nobody-may-see";
const authority = createAuthority("inventory");
export const KEY = authority.key;
export const CERTIFICATE = authority.cert;

/** Matches every secret that the tests give. */
export const SECRET_PATTERN = /s3cret|PRIVATE KEY/;

/** What a form sends for a new environment. */
export const environmentFields = (change: object = {}) =>
  createEnvironmentInput.parse({
    name: `environment ${randomUUID()}`,
    tier: "production",
    colour: "red",
    contact: "ring Ada",
    quietWindowSeconds: "120",
    ...change,
  });

/** What a form sends for a new cluster. */
export const clusterFields = (environmentId: string, change: object = {}) =>
  createClusterInput.parse({
    environmentId,
    name: `cluster ${randomUUID()}`,
    basePath: "",
    nodes: [{ url: "http://127.0.0.1:1", alias: "" }],
    serverName: "",
    caCertificates: "",
    clientCertificate: "",
    clientKey: "",
    token: "",
    ...change,
  });

/** What a form sends for a new store. */
export const storeFields = (environmentId: string, change: object = {}) =>
  createStoreInput.parse({
    environmentId,
    kind: "postgres",
    name: `store ${randomUUID()}`,
    host: "127.0.0.1",
    port: "1",
    database: "orders",
    user: "atlas",
    password: "",
    tlsMode: "disable",
    caCertificates: "",
    clientCertificate: "",
    clientKey: "",
    tablePrefix: "",
    schema: "",
    ...change,
  });

/** What a form sends for a new Cassandra store; nobody listens there. */
export const cassandraStoreFields = (environmentId: string, change: object = {}) =>
  createStoreInput.parse({
    environmentId,
    kind: "cassandra",
    name: `store ${randomUUID()}`,
    contactPoints: [{ host: "127.0.0.1", port: "1" }],
    localDataCentre: "dc1",
    keyspace: "orders",
    user: "",
    password: "",
    tlsMode: "disable",
    serverName: "",
    caCertificates: "",
    clientCertificate: "",
    clientKey: "",
    ...change,
  });

/** What a form sends for a new Oracle store. */
export const oracleStoreFields = (environmentId: string, change: object = {}) =>
  createStoreInput.parse({
    environmentId,
    kind: "oracle",
    name: `store ${randomUUID()}`,
    host: "db-1.example.com",
    port: "1521",
    naming: "service-name",
    database: "orders.example.com",
    user: "app",
    tablePrefix: "a_",
    schema: "",
    ...change,
  });

/** What a form sends for a new service. */
export const serviceFields = (environmentId: string, storeId: string, change: object = {}) =>
  createServiceInput.parse({
    environmentId,
    storeId,
    name: `service ${randomUUID()}`,
    timestampSource: "embedded",
    clusterId: "",
    namespace: "",
    atlasdbVersion: "",
    notes: "",
    nodes: [],
    dependents: [],
    ...change,
  });

/** A part of a loopback address, so that each cluster has nodes of its own, where nobody listens. */
const digits = () => randomInt(1, 255);

/** An environment with a store, a cluster and an embedded service, made by the system. */
export async function makeInventory() {
  const { id: environmentId } = await createEnvironment(systemContext, environmentFields());
  const { id: storeId } = await createStore(systemContext, storeFields(environmentId));
  const nodes = [{ url: `http://127.${digits()}.${digits()}.${digits()}:1`, alias: "" }];
  const { id: clusterId } = await createCluster(systemContext, clusterFields(environmentId, { nodes }));
  const members = [
    { id: null, name: "orders-1", address: "10.0.0.1", kind: "node" },
    { id: null, name: "backup job", address: "", kind: "cron" },
  ];
  const { id: serviceId } = await createService(
    systemContext,
    serviceFields(environmentId, storeId, {
      nodes: members,
      dependents: [{ id: null, name: "reports", note: "ask Bo" }],
    }),
  );
  return { environmentId, storeId, clusterId, serviceId };
}

/** An open migration of a service, as the engine's table holds it. */
export async function openMigration(
  parts: Awaited<ReturnType<typeof makeInventory>>,
  state = "open",
): Promise<string> {
  const id = randomUUID();
  const { environmentId, serviceId, storeId, clusterId } = parts;
  await database().migration.create({
    data: {
      id,
      environmentId,
      serviceId,
      storeId,
      clusterId,
      namespace: "orders",
      runbook: "to-timelock",
      runbookVersion: 1,
      state,
      targets: {},
      plan: {},
      planHash: "0".repeat(64),
      startedById: "test",
      startedByName: "test",
    },
  });
  return id;
}
