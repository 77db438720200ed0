import { createServer } from "node:net";

import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";

import { database } from "#lib/db/client.ts";
import { createEnvironment } from "#lib/inventory/create-environment.ts";
import { createService } from "#lib/inventory/create-service.ts";
import { createStore } from "#lib/inventory/create-store.ts";
import { getStore } from "#lib/inventory/get-store.ts";
import { openStore, readStoreAccess } from "#lib/inventory/open-store.ts";
import { pinPastedIdentity } from "#lib/inventory/pin-pasted-identity.ts";
import { readServiceStatus } from "#lib/inventory/read-service-status.ts";
import { testStoreInput, updateStoreInput } from "#lib/inventory/schema.ts";
import { testStoreConnection } from "#lib/inventory/test-store-connection.ts";
import {
  cassandraStoreFields,
  CERTIFICATE,
  environmentFields,
  KEY,
  oracleStoreFields,
  SECRET,
  SECRET_PATTERN,
  serviceFields,
  storeFields,
} from "#lib/inventory/testing.ts";
import { updateStore } from "#lib/inventory/update-store.ts";
import type { Context } from "#lib/people/actor.ts";
import { lastEntry, makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";
import { readOutput } from "#lib/stores/oracle/testing.ts";

let close: () => Promise<void>;
let environmentId: string;
let ada: Context;
let op: Context;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
  environmentId = (await createEnvironment(systemContext, environmentFields())).id;
  ada = await makePerson("Ada", [{ role: "administrator", environmentId }]);
  op = await makePerson("Op", [{ role: "operator", environmentId }]);
});
afterAll(async () => close());
afterEach(() => vi.unstubAllEnvs());

/** The same fields as an edit. */
const edit = (fields: Record<string, unknown>, id: string, change: object = {}) => {
  const { environmentId: _environment, ...rest } = fields;
  return updateStoreInput.parse({ ...asTyped(rest), id, seenVersion: 1, ...change });
};
/** Parsed fields as a form would send them again: what is not given is blank. */
const asTyped = (fields: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, value ?? ""]));
const trial = (fields: Record<string, unknown>, storeId: string | null = null) => {
  const { name: _name, ...rest } = fields;
  return testStoreInput.parse({ ...asTyped(rest), storeId });
};

const asText = (value: unknown) =>
  JSON.stringify(value, (_key, one: unknown) => (typeof one === "bigint" ? one.toString() : one));

/** Counts who connects, and hangs up. */
async function listener() {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on("error", () => undefined);
    socket.destroy();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const at = server.address();
  if (at === null || typeof at === "string") throw new Error("no port");
  return { port: at.port, count: () => connections, close: () => server.close() };
}

describe("a Cassandra store", () => {
  it("keeps its contact points in order and its secrets sealed", async () => {
    const points = [
      { host: "cassandra-2.example.com", port: "9142" },
      { host: "fd00::1", port: "9042" },
    ];
    const fields = cassandraStoreFields(environmentId, {
      contactPoints: points,
      user: "atlas",
      password: SECRET,
      tlsMode: "verify-full",
      serverName: "cassandra.example.com",
      caCertificates: CERTIFICATE,
      clientCertificate: CERTIFICATE,
      clientKey: KEY,
    });
    const { id } = await createStore(ada, fields);
    const dto = await getStore(ada, id);
    expect(dto).toMatchObject({
      connection: {
        kind: "cassandra",
        contactPoints: [
          { host: "cassandra-2.example.com", port: 9142 },
          { host: "fd00::1", port: 9042 },
        ],
        keyspace: "orders",
        user: "atlas",
        serverName: "cassandra.example.com",
      },
      tablePrefix: "",
      schema: null,
      password: { isSet: true },
      clientKey: { isSet: true },
    });
    const stored = JSON.stringify([dto, await database().store.findUnique({ where: { id } })]);
    expect(stored).not.toMatch(SECRET_PATTERN);
    expect(asText(await lastEntry())).not.toMatch(SECRET_PATTERN);
    expect(await readStoreAccess(id)).toMatchObject({ password: SECRET, clientKey: KEY.trim() });
    expect((await openStore(id)).kind).toBe("cassandra");
  });

  it("stays the store that was pinned while its nodes change, and is another with another keyspace", async () => {
    const fields = cassandraStoreFields(environmentId);
    const { id } = await createStore(ada, fields);
    const pin = { identityDatabase: "orders", identityTable: "_timestamp", identityPinnedAt: new Date() };
    await database().store.update({ where: { id }, data: pin });
    await updateStore(ada, edit(fields, id, { user: "atlas" }));
    expect((await getStore(ada, id)).identity).not.toBeNull();
    const moved = { contactPoints: [{ host: "127.0.0.2", port: "1" }], seenVersion: 2 };
    await updateStore(ada, edit(fields, id, moved));
    expect((await getStore(ada, id)).identity).toBeNull();
    await database().store.update({ where: { id }, data: pin });
    await updateStore(ada, edit(fields, id, { ...moved, keyspace: "other", seenVersion: 3 }));
    expect((await getStore(ada, id)).identity).toBeNull();
  });

  it("never becomes another kind, and is not tested as one", async () => {
    const { id } = await createStore(ada, cassandraStoreFields(environmentId));
    const postgres = storeFields(environmentId);
    await expect(updateStore(ada, edit(postgres, id))).rejects.toMatchObject({ code: "invalid" });
    await expect(testStoreConnection(ada, trial(postgres, id))).rejects.toMatchObject({ code: "invalid" });
  });

  it("is refused beside its fields where certificate and key do not belong together", async () => {
    const half = cassandraStoreFields(environmentId, { clientCertificate: CERTIFICATE });
    await expect(createStore(ada, half)).rejects.toMatchObject({ fields: { clientKey: expect.any(String) } });
  });
});

describe("the test of a Cassandra store", () => {
  it("connects to no contact point that the network rules deny", async () => {
    const heard = await listener();
    vi.stubEnv("LOCKSTEP_ALLOWED_NETWORKS", "10.0.0.0/8");
    const points = ["127.0.0.1", "localhost", "::ffff:127.0.0.1"].map((host) => ({
      host,
      port: String(heard.port),
    }));
    const report = await testStoreConnection(
      ada,
      trial(cassandraStoreFields(environmentId, { contactPoints: points })),
    );
    expect(report.ok).toBe(false);
    expect(report.stages.at(-1)).toMatchObject({ verdict: "failed" });
    expect(JSON.stringify(report.stages)).toContain("LOCKSTEP_ALLOWED_NETWORKS");
    expect(heard.count()).toBe(0);
    heard.close();
  });

  it("never connects to an address of cloud metadata", async () => {
    const points = [
      { host: "169.254.169.254", port: "80" },
      { host: "127.0.0.1", port: "1" },
    ];
    const fields = cassandraStoreFields(environmentId, { contactPoints: points });
    const report = await testStoreConnection(ada, trial(fields));
    expect(report.ok).toBe(false);
    expect(JSON.stringify(report.stages)).toContain("169.254.169.254 is a link-local, metadata");
  });

  it("says at which stage it failed, without the password", async () => {
    const fields = cassandraStoreFields(environmentId, { user: "atlas", password: SECRET });
    const report = await testStoreConnection(ada, trial(fields));
    expect(report).toMatchObject({
      ok: false,
      summary: expect.stringContaining("connection"),
      identity: null,
    });
    expect(JSON.stringify(report)).not.toMatch(SECRET_PATTERN);
    expect(await lastEntry()).toMatchObject({
      action: "test-store-connection",
      subjectName: "127.0.0.1:1/orders",
    });
  });

  it("is for administrators", async () => {
    const asked = testStoreConnection(op, trial(cassandraStoreFields(environmentId)));
    await expect(asked).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("an Oracle store", () => {
  const now = () => new Date().toISOString();
  const looks = (change: Readonly<Record<string, string | null>> = {}) =>
    readOutput({ state: { state: "readable", bound: 1_010_001n }, readAt: now(), change });

  it("keeps no secret, in the database neither", async () => {
    const { id } = await createStore(ada, oracleStoreFields(environmentId));
    expect(await getStore(ada, id)).toMatchObject({
      connection: { kind: "oracle", host: "db-1.example.com", port: 1521, naming: "service-name" },
      tablePrefix: "a_",
      password: { isSet: false },
    });
    const secret = { passwordSealed: "x", passwordSetAt: new Date() };
    await expect(database().store.update({ where: { id }, data: secret })).rejects.toThrow(
      "store_oracle_secret_check",
    );
  });

  it("sends nothing anywhere: every reading and every write names the way by hand", async () => {
    const { id } = await createStore(ada, oracleStoreFields(environmentId));
    const store = await openStore(id);
    const identity = {
      kind: "oracle",
      system: null,
      database: "x",
      schema: "APP",
      table: "x",
      tableId: null,
    } as const;
    const guard = { identity, expected: { state: "readable", bound: 1n } } as const;
    const asked = [
      store.readBound(),
      store.readBack(),
      store.readPunch(),
      store.readTransactionsMark(),
      store.readSessions(),
      store.readRights(),
      store.invalidate(guard),
      store.restore(guard, 2n),
      store.repair(guard, "readable"),
    ];
    for (const one of asked)
      await expect(one).rejects.toMatchObject({
        code: "unavailable",
        message: expect.stringContaining("sqlplus"),
      });
    expect(await store.testConnection()).toMatchObject({ ok: false, stages: [{ code: "not-tried" }] });
  });

  it("is pinned by a pasted output, on record as pasted, and by administrators only", async () => {
    const { id } = await createStore(ada, oracleStoreFields(environmentId));
    const input = { id, seenVersion: 1, text: looks() };
    await expect(pinPastedIdentity(op, input)).rejects.toMatchObject({ code: "forbidden" });
    expect(await lastEntry()).toMatchObject({ action: "pin-store-identity", result: "denied" });
    await pinPastedIdentity(ada, input);
    expect((await getStore(ada, id)).identity).toEqual({
      kind: "oracle",
      system: "1234567890",
      database: "ORCL",
      schema: "APP",
      table: "A__TIMESTAMP",
      tableId: "73645",
    });
    const entry = await lastEntry();
    expect(entry).toMatchObject({ action: "pin-store-identity", subjectId: id, result: "done" });
    expect(asText(entry)).toContain("pasted");
  });

  it("is not pinned by anything else", async () => {
    const { id } = await createStore(ada, oracleStoreFields(environmentId));
    const pin = async (text: string) => pinPastedIdentity(ada, { id, seenVersion: 1, text });
    await expect(pin("ORA-01017: logon denied")).rejects.toMatchObject({
      code: "invalid",
      fields: { text: expect.any(String) },
    });
    await expect(pin(looks().replaceAll("A__TIMESTAMP", "B__TIMESTAMP"))).rejects.toMatchObject({
      code: "invalid",
    });
    expect((await getStore(ada, id)).identity).toBeNull();
    const { id: postgres } = await createStore(ada, storeFields(environmentId));
    await expect(
      pinPastedIdentity(ada, { id: postgres, seenVersion: 1, text: looks() }),
    ).rejects.toMatchObject({ code: "invalid" });
  });

  it("gives a service page that knows nothing, and says why and what to do", async () => {
    const { id: storeId } = await createStore(ada, oracleStoreFields(environmentId));
    const { id } = await createService(ada, serviceFields(environmentId, storeId));
    const status = await readServiceStatus(op, id);
    expect(status).toMatchObject({ state: "unknown", level: "unknown", bound: null });
    expect(status.detail).toContain("Oracle store, which Lockstep never connects to");
    expect(status.remedy).toContain("by hand");
  });
});
