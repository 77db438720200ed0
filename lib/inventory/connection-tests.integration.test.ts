import { createServer, type Server } from "node:net";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { database } from "#lib/db/client.ts";
import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { createCluster } from "#lib/inventory/create-cluster.ts";
import { createEnvironment } from "#lib/inventory/create-environment.ts";
import { createStore } from "#lib/inventory/create-store.ts";
import { getStore } from "#lib/inventory/get-store.ts";
import { pinStoreIdentity } from "#lib/inventory/pin-store-identity.ts";
import { testClusterInput, testStoreInput } from "#lib/inventory/schema.ts";
import { testClusterConnection } from "#lib/inventory/test-cluster-connection.ts";
import { testStoreConnection } from "#lib/inventory/test-store-connection.ts";
import {
  clusterFields,
  environmentFields,
  KEY,
  SECRET,
  SECRET_PATTERN,
  storeFields,
} from "#lib/inventory/testing.ts";
import { lastEntry, makePerson, useTestDatabase } from "#lib/people/testing.ts";
import { type SimulatedTimelock, startSimulatedTimelock } from "#lib/sandbox/simulated-timelock.ts";
import { restoreGolden, run } from "#lib/stores/postgres/testing.ts";

type Person = Awaited<ReturnType<typeof makePerson>>;

let close: () => Promise<void>;
let environmentId: string;
let ada: Person;
let op: Person;
let golden: TestDatabase;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
  const root = await makePerson("Root", [{ role: "administrator" }]);
  environmentId = (await createEnvironment(root, environmentFields())).id;
  ada = await makePerson("Ada", [{ role: "administrator", environmentId }]);
  op = await makePerson("Op", [{ role: "operator", environmentId }]);
  golden = await createEmptyDatabase();
  await restoreGolden(golden.superuserUrl, "source");
});
afterAll(async () => {
  await golden.drop();
  await close();
});
afterEach(() => vi.unstubAllEnvs());

/** Asks for the values of a form that fit a database. */
function placeOf(url: string) {
  const { hostname, port, pathname, username, password } = new URL(url);
  return {
    host: hostname,
    port,
    database: pathname.slice(1),
    user: username,
    password: decodeURIComponent(password),
  };
}

function storeTest(change: object, storeId: string | null = null) {
  const { name: _name, ...fields } = storeFields(environmentId, change);
  return testStoreInput.parse({ ...fields, storeId });
}

function clusterTest(change: object, clusterId: string | null = null) {
  const { name: _name, ...fields } = clusterFields(environmentId, change);
  return testClusterInput.parse({ ...fields, clusterId });
}

/** A server that answers every connection with the same bytes. */
async function speaks(bytes: string): Promise<{ port: number; server: Server }> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(bytes));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { port: address.port, server };
}

describe("the test of a store", () => {
  it("reads a store that the real AtlasDB wrote, and pins it once it is saved", async () => {
    const place = placeOf(golden.superuserUrl);
    const unsaved = await testStoreConnection(ada, storeTest(place));
    expect(unsaved).toMatchObject({
      ok: true,
      identity: { kind: "postgres", database: golden.name, table: "_timestamp" },
    });
    expect(JSON.stringify(unsaved)).not.toContain(place.password);
    const { id } = await createStore(ada, storeFields(environmentId, place));
    await testStoreConnection(ada, storeTest({ ...place, user: "somebody", password: "" }, id));
    expect((await getStore(ada, id)).identity).toBeNull();
    const saved = await testStoreConnection(ada, storeTest({ ...place, password: "" }, id));
    expect(saved.ok).toBe(true);
    const pinned = await getStore(ada, id);
    expect(pinned.identity).toEqual(saved.identity);
    expect(pinned.version).toBe(1);
    expect(await lastEntry()).toMatchObject({ action: "pin-store-identity", subjectId: id, result: "done" });
  });

  it("does not take another database for a pinned store, unless somebody says so", async () => {
    const place = placeOf(golden.superuserUrl);
    const { id } = await createStore(ada, storeFields(environmentId, place));
    await testStoreConnection(ada, storeTest({ ...place, password: "" }, id));
    await database().store.update({ where: { id }, data: { identitySystem: "42" } });
    const report = await testStoreConnection(ada, storeTest({ ...place, password: "" }, id));
    expect(report.ok).toBe(false);
    expect(report.stages.at(-1)).toMatchObject({
      verdict: "failed",
      code: "identity-changed",
      message: expect.stringContaining("was 42"),
    });
    await expect(pinStoreIdentity(op, { id, seenVersion: 1 })).rejects.toMatchObject({ code: "forbidden" });
    expect(await lastEntry()).toMatchObject({
      action: "pin-store-identity",
      actorId: op.actor.id,
      result: "denied",
    });
    await pinStoreIdentity(ada, { id, seenVersion: 1 });
    expect(await testStoreConnection(ada, storeTest({ ...place, password: "" }, id))).toMatchObject({
      ok: true,
    });
  });

  it("is for administrators, and every one is on record without its secret", async () => {
    await expect(testStoreConnection(op, storeTest({ password: SECRET }))).rejects.toMatchObject({
      code: "forbidden",
    });
    expect(await lastEntry()).toMatchObject({
      action: "test-store-connection",
      actorId: op.actor.id,
      result: "denied",
    });
    await testStoreConnection(ada, storeTest({ password: SECRET }));
    const entry = await lastEntry();
    expect(entry).toMatchObject({
      action: "test-store-connection",
      result: "done",
      subjectName: "127.0.0.1:1/orders",
    });
    expect(entry.canonicalText).not.toContain(SECRET);
  });

  it("never uses the secret of a store of another environment", async () => {
    const root = await makePerson("Root", [{ role: "administrator" }]);
    const other = (await createEnvironment(root, environmentFields())).id;
    const { id } = await createStore(root, storeFields(other, { password: SECRET }));
    await expect(testStoreConnection(ada, storeTest({}, id))).rejects.toMatchObject({ code: "not-found" });
  });

  const failures: readonly [string, () => object, string, string][] = [
    ["nothing listens", () => ({ port: "1" }), "connection", "connection-refused"],
    [
      "the password is wrong",
      () => ({ ...placeOf(golden.superuserUrl), password: "wrong" }),
      "authentication",
      "authentication-failed",
    ],
    [
      "the user does not exist",
      () => ({ ...placeOf(golden.superuserUrl), user: "nobody-here" }),
      "authentication",
      "authentication-failed",
    ],
    [
      "the database does not exist",
      () => ({ ...placeOf(golden.superuserUrl), database: "nowhere" }),
      "database",
      "database-missing",
    ],
    [
      "TLS is wanted and not offered",
      () => ({ ...placeOf(golden.superuserUrl), tlsMode: "require" }),
      "TLS",
      "tls-not-offered",
    ],
    [
      "the schema does not exist",
      () => ({ ...placeOf(golden.superuserUrl), schema: "elsewhere" }),
      "schema",
      "schema-missing",
    ],
    ["the name does not exist", () => ({ host: "name.invalid" }), "name look-up", "name-not-found"],
    ["the address is denied", () => ({ host: "169.254.169.254" }), "name look-up", "address-denied"],
  ];
  it.each(failures)("says precisely that %s", async (_what, change, stage, code) => {
    const report = await testStoreConnection(ada, storeTest(change()));
    expect(report.ok).toBe(false);
    expect(report.stages.find(({ verdict }) => verdict === "failed")).toMatchObject({ stage, code });
    expect(report.summary).toContain(`Failed at ${stage}`);
  });

  it("says that something else listens there", async () => {
    const { port, server } = await speaks("HTTP/1.1 400 Bad Request\r\n\r\n");
    const report = await testStoreConnection(ada, storeTest({ port: String(port) }));
    server.close();
    expect(report.stages.at(-1)).toMatchObject({
      verdict: "failed",
      stage: "connection",
      code: expect.stringMatching(/not-postgres|connection-lost/),
    });
  });

  it("warns of an ambiguous table, and finds it by its schema", async () => {
    const place = placeOf(golden.superuserUrl);
    await run(
      golden.superuserUrl,
      "CREATE SCHEMA second",
      "CREATE TABLE second._timestamp (last_allocated int8 NOT NULL)",
    );
    expect(
      (await testStoreConnection(ada, storeTest(place))).stages.find(({ verdict }) => verdict === "failed"),
    ).toMatchObject({ stage: "table", code: "table-ambiguous" });
    expect(await testStoreConnection(ada, storeTest({ ...place, schema: "public" }))).toMatchObject({
      ok: true,
    });
    await run(golden.superuserUrl, "DROP SCHEMA second CASCADE");
  });

  it("keeps to the allowed networks", async () => {
    vi.stubEnv("LOCKSTEP_ALLOWED_NETWORKS", "10.0.0.0/8");
    const report = await testStoreConnection(ada, storeTest(placeOf(golden.superuserUrl)));
    expect(report.stages.at(-1)).toMatchObject({
      code: "address-denied",
      message: expect.stringContaining("LOCKSTEP_ALLOWED_NETWORKS"),
    });
  });
});

describe("the test of a cluster", () => {
  let timelock: SimulatedTimelock;
  beforeEach(async () => {
    timelock = await startSimulatedTimelock({ basePath: "/timelock/api", electionMs: 20, quorumWaitMs: 20 });
  });
  afterEach(async () => timelock.close());

  const nodes = () => timelock.urls.map((url) => ({ url, alias: "" }));
  const basePath = "/timelock/api";

  it("sees every node and creates no namespace", async () => {
    const report = await testClusterConnection(ada, clusterTest({ nodes: nodes(), basePath }));
    expect(report).toMatchObject({
      verdict: "pass",
      summary: "All 3 nodes answer as TimeLock.",
      namespaces: [],
    });
    expect(report.nodes.map(({ url, verdict, code }) => [url, verdict, code])).toEqual(
      timelock.urls.map((url) => [url, "pass", null]),
    );
    expect(await lastEntry()).toMatchObject({
      action: "test-cluster-connection",
      actorId: ada.actor.id,
      result: "done",
    });
    expect(await testClusterConnection(ada, clusterTest({ nodes: nodes(), basePath }))).toMatchObject({
      namespaces: [],
    });
  });

  it("calls a dead minority a warning and a dead majority a failure, node by node", async () => {
    await timelock.stopNode(1);
    const minority = await testClusterConnection(ada, clusterTest({ nodes: nodes(), basePath }));
    expect(minority).toMatchObject({
      verdict: "warning",
      summary: expect.stringContaining("2 of 3 nodes answer"),
    });
    expect(minority.nodes.map(({ verdict, code }) => [verdict, code])).toEqual([
      ["pass", null],
      ["failed", "refused"],
      ["pass", null],
    ]);
    await timelock.stopNode(2);
    expect(await testClusterConnection(ada, clusterTest({ nodes: nodes(), basePath }))).toMatchObject({
      verdict: "failed",
      summary: expect.stringContaining("no majority"),
    });
  });

  const failures: readonly [string, () => object, string, RegExp][] = [
    [
      "the base path is wrong",
      () => ({ nodes: nodes(), basePath: "" }),
      "wrong-base-path",
      /answers under the base path "\/timelock\/api"/,
    ],
    [
      "nothing listens",
      () => ({ nodes: [{ url: "http://127.0.0.1:1", alias: "" }] }),
      "refused",
      /nothing listens/,
    ],
    [
      "the name does not exist",
      () => ({ nodes: [{ url: "http://name.invalid:8421", alias: "" }] }),
      "name-lookup",
      /name/,
    ],
    [
      "it does not speak TLS",
      () => ({
        nodes: nodes().map(({ url, alias }) => ({ url: url.replace("http:", "https:"), alias })),
        basePath,
      }),
      "tls-failed",
      /does not speak TLS|TLS handshake/,
    ],
    [
      "the address is denied",
      () => ({ nodes: [{ url: "http://169.254.169.254", alias: "" }] }),
      "address-denied",
      /never connects/,
    ],
  ];
  it.each(failures)("says precisely that %s", async (_what, change, code, words) => {
    const report = await testClusterConnection(ada, clusterTest(change()));
    expect(report.verdict).toBe("failed");
    for (const node of report.nodes) {
      expect(node).toMatchObject({ verdict: "failed", code });
      expect(node.message).toMatch(words);
    }
  });

  it("says that something else answers", async () => {
    const { port, server } = await speaks(
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi",
    );
    const report = await testClusterConnection(
      ada,
      clusterTest({ nodes: [{ url: `http://127.0.0.1:${port}`, alias: "" }] }),
    );
    server.close();
    expect(report.nodes[0]).toMatchObject({ verdict: "failed", code: "not-timelock" });
  });

  it("keeps to the allowed networks", async () => {
    vi.stubEnv("LOCKSTEP_ALLOWED_NETWORKS", "10.0.0.0/8");
    const report = await testClusterConnection(ada, clusterTest({ nodes: nodes(), basePath }));
    expect(report.nodes[0]).toMatchObject({
      code: "address-denied",
      message: expect.stringContaining("10.0.0.0/8"),
    });
  });

  it("fills blank secrets from the stored cluster, of the same environment only", async () => {
    const { id } = await createCluster(
      ada,
      clusterFields(environmentId, { nodes: nodes(), basePath, token: SECRET }),
    );
    expect(await testClusterConnection(ada, clusterTest({ nodes: nodes(), basePath }, id))).toMatchObject({
      verdict: "pass",
    });
    const root = await makePerson("Root", [{ role: "administrator" }]);
    const other = (await createEnvironment(root, environmentFields())).id;
    const { id: foreign } = await createCluster(root, clusterFields(other, { token: SECRET }));
    await expect(
      testClusterConnection(ada, clusterTest({ nodes: nodes(), basePath }, foreign)),
    ).rejects.toMatchObject({ code: "not-found" });
  });

  it("is for administrators, keeps secrets off the record, and refuses unreadable certificates in words", async () => {
    await expect(
      testClusterConnection(op, clusterTest({ nodes: nodes(), basePath, token: SECRET, clientKey: KEY })),
    ).rejects.toMatchObject({ code: "forbidden" });
    const entry = await lastEntry();
    expect(entry).toMatchObject({ action: "test-cluster-connection", result: "denied" });
    expect(entry.canonicalText).not.toMatch(SECRET_PATTERN);
    const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----";
    await expect(
      testClusterConnection(ada, clusterTest({ nodes: nodes(), basePath, caCertificates: broken })),
    ).rejects.toMatchObject({ code: "invalid", fields: { caCertificates: expect.any(String) } });
  });
});
