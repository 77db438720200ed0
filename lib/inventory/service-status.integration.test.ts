import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { database } from "#lib/db/client.ts";
import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { createCluster } from "#lib/inventory/create-cluster.ts";
import { createEnvironment } from "#lib/inventory/create-environment.ts";
import { createService } from "#lib/inventory/create-service.ts";
import { createStore } from "#lib/inventory/create-store.ts";
import { openTimelock } from "#lib/inventory/open-timelock.ts";
import { readServiceStatus } from "#lib/inventory/read-service-status.ts";
import { recordTimestampSource } from "#lib/inventory/record-timestamp-source.ts";
import { serviceStatus } from "#lib/inventory/schema.ts";
import { clusterFields, environmentFields, serviceFields, storeFields } from "#lib/inventory/testing.ts";
import { makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";
import { type SimulatedTimelock, startSimulatedTimelock } from "#lib/sandbox/simulated-timelock.ts";
import { restoreGolden, run } from "#lib/stores/postgres/testing.ts";

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
});
afterAll(async () => close());

let timelock: SimulatedTimelock;
let store: TestDatabase;
let serviceId: string;
let clusterId: string;
let storeId: string;
let environmentId: string;
beforeEach(async () => {
  timelock = await startSimulatedTimelock({ electionMs: 20, quorumWaitMs: 20 });
  store = await createEmptyDatabase();
  await restoreGolden(store.superuserUrl, "source");
  environmentId = (await createEnvironment(systemContext, environmentFields())).id;
  const { hostname: host, port, username: user, password } = new URL(store.superuserUrl);
  storeId = (
    await createStore(
      systemContext,
      storeFields(environmentId, {
        host,
        port,
        user,
        password: decodeURIComponent(password),
        database: store.name,
      }),
    )
  ).id;
  clusterId = (
    await createCluster(
      systemContext,
      clusterFields(environmentId, { nodes: timelock.urls.map((url) => ({ url, alias: "" })) }),
    )
  ).id;
  serviceId = (
    await createService(
      systemContext,
      serviceFields(environmentId, storeId, { clusterId, namespace: "orders" }),
    )
  ).id;
});
afterEach(async () => {
  await timelock.close();
  await store.drop();
});

const read = async () => readServiceStatus(systemContext, serviceId);
const invalidate = async () =>
  run(store.superuserUrl, "ALTER TABLE _timestamp RENAME last_allocated TO legacy_last_allocated");
const forward = async (to: bigint) => {
  const client = await openTimelock(clusterId);
  await client.fastForward("orders", to);
  await client.close();
};
const onTimelock = async () =>
  database().$transaction(async (tx) =>
    recordTimestampSource(tx, serviceId, { source: "timelock", clusterId, namespace: "orders" }),
  );

async function bound(): Promise<bigint> {
  const status = serviceStatus.parse(await read());
  if (status.bound?.state === "readable") return status.bound.bound;
  if (status.bound?.state === "invalidated") return status.bound.kept;
  throw new Error("no single value");
}

describe("readServiceStatus", () => {
  it("sees an embedded service healthy, with its values, and creates no namespace", async () => {
    const status = await read();
    expect(status).toMatchObject({ state: "embedded", level: "pass", recordedSource: "embedded" });
    const [first, punch, learned] = status.readings;
    expect(first).toMatchObject({
      key: "bound",
      status: "known",
      decimal: (await bound()).toString(),
      source: expect.stringContaining(store.name),
      unknownBecause: null,
    });
    expect(punch).toMatchObject({ key: "punch", status: "known" });
    expect(learned).toMatchObject({
      key: "learned",
      status: "known",
      decimal: null,
      display: expect.stringContaining("does not know"),
    });
    expect(status.proof.links.every(({ verdict }) => verdict === "holds")).toBe(true);
    expect(timelock.storedBound("orders")).toBeNull();
    expect(serviceStatus.encode(serviceStatus.parse(status))).toEqual(status);
  });

  it("sees each step of a migration, and that reading allocates nothing", async () => {
    const kept = await bound();
    await forward(kept);
    expect(await read()).toMatchObject({ state: "both", level: "blocking" });
    await invalidate();
    expect(await read()).toMatchObject({ state: "disagrees", level: "warning" });
    await onTimelock();
    const before = timelock.storedBound("orders");
    const status = await read();
    expect(status).toMatchObject({ state: "timelock", level: "pass" });
    expect(status.proof.terms.at(-1)).toMatchObject({ id: "learned", value: before?.toString() });
    expect(status.proof.links.length).toBeGreaterThan(0);
    for (let round = 0; round < 3; round += 1) await read();
    expect(timelock.storedBound("orders")).toBe(before);
    const client = await openTimelock(clusterId);
    const { first } = await client.freshTimestamps("orders", 1);
    await client.close();
    expect(first).toBe(kept + 1n);
  });

  it("is red when both can issue, when neither can, and when TimeLock is behind", async () => {
    await onTimelock();
    expect(await read()).toMatchObject({ state: "both", level: "blocking" });
    await invalidate();
    expect(await read()).toMatchObject({ state: "neither", level: "blocking" });
    await forward(5n);
    await run(store.superuserUrl, "UPDATE _timestamp SET legacy_last_allocated = 900000000000");
    const behind = await read();
    expect(behind).toMatchObject({ state: "behind", level: "blocking" });
    expect(behind.proof.links.some(({ verdict }) => verdict === "broken")).toBe(true);
  });

  it("says unknown with the reason for what cannot be read", async () => {
    await onTimelock();
    await invalidate();
    await forward(await bound());
    for (const index of [0, 1, 2]) await timelock.stopNode(index);
    const lost = await read();
    expect(lost).toMatchObject({ state: "unknown", level: "unknown" });
    expect(lost.readings.find(({ key }) => key === "learned")).toMatchObject({
      status: "unknown",
      decimal: null,
      unknownBecause: expect.any(String),
    });
    expect(lost.findings.filter(({ level }) => level === "warning")).toHaveLength(3);
    await database().store.update({
      where: { id: storeId },
      data: {
        connection: {
          kind: "postgres",
          host: "127.0.0.1",
          port: 1,
          database: "x",
          user: "x",
          tlsMode: "disable",
          caCertificates: null,
          clientCertificate: null,
        },
      },
    });
    const dark = await read();
    expect(dark).toMatchObject({ state: "unknown", level: "unknown", bound: null });
    expect(dark.readings.find(({ key }) => key === "bound")).toMatchObject({
      status: "unknown",
      unknownBecause: expect.stringContaining("Nothing listens"),
    });
  });

  it("does not take another database for the pinned store", async () => {
    await database().store.update({
      where: { id: storeId },
      data: {
        identitySystem: "42",
        identityDatabase: "orders",
        identityTable: "_timestamp",
        identityPinnedAt: new Date(),
      },
    });
    expect(await read()).toMatchObject({
      state: "unknown",
      detail: expect.stringContaining("Something else than the store"),
    });
  });

  it("is read by those with a role there only", async () => {
    const viewer = await makePerson("Vi", [{ role: "viewer", environmentId }]);
    expect(await readServiceStatus(viewer, serviceId)).toMatchObject({ serviceId });
    await expect(readServiceStatus(await makePerson("No", []), serviceId)).rejects.toMatchObject({
      code: "forbidden",
    });
  });
});
