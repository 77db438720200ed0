import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { database } from "#lib/db/client.ts";
import { createCluster } from "#lib/inventory/create-cluster.ts";
import { sameTimelock, servicesOnNamespace, servicesOnStore } from "#lib/inventory/shared-systems.ts";
import { clusterFields, makeInventory, openMigration } from "#lib/inventory/testing.ts";
import { systemContext, useTestDatabase } from "#lib/people/testing.ts";
import type { StoreIdentity } from "#lib/stores/schema.ts";

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
});
afterAll(async () => close());

type Parts = Awaited<ReturnType<typeof makeInventory>>;

const node = (url: string) => ({ url, alias: "" });

async function clusterOf(parts: Parts, nodes: readonly string[], basePath = ""): Promise<string> {
  const fields = clusterFields(parts.environmentId, { nodes: nodes.map(node), basePath });
  return (await createCluster(systemContext, fields)).id;
}

async function pin(storeId: string, identity: StoreIdentity): Promise<void> {
  await database().store.update({
    where: { id: storeId },
    data: {
      identitySystem: identity.system,
      identityDatabase: identity.database,
      identitySchema: identity.schema,
      identityTable: identity.table,
      identityTableId: identity.tableId,
      identityPinnedAt: new Date(),
    },
  });
}

describe("one TimeLock that was entered twice", () => {
  test("is known by one address in common, under the same base path", async () => {
    const one = await makeInventory();
    const other = await makeInventory();
    const first = await clusterOf(one, ["http://10.1.0.1:1", "http://10.1.0.2:1"]);
    const second = await clusterOf(other, ["http://10.1.0.2:1", "http://10.1.0.3:1"]);
    const proxied = await clusterOf(other, ["http://10.1.0.1:1"], "/timelock/api");
    expect(await sameTimelock(database(), first)).toEqual([first, second]);
    expect(await sameTimelock(database(), second)).toEqual([second, first]);
    expect(await sameTimelock(database(), proxied)).toEqual([proxied]);
  });

  test("its namespace belongs to the service of another environment, recorded or on its way", async () => {
    const one = await makeInventory();
    const other = await makeInventory();
    const mine = await clusterOf(one, ["http://10.2.0.1:1"]);
    const theirs = await clusterOf(other, ["http://10.2.0.1:1"]);
    const place = { clusterId: mine, namespace: "orders" };
    const ask = async () => (await servicesOnNamespace(database(), place, one.serviceId)).map(({ id }) => id);
    expect(await ask()).toEqual([]);

    const migration = await openMigration({ ...other, clusterId: theirs });
    expect(await ask()).toEqual([other.serviceId]);
    await database().migration.update({
      where: { id: migration },
      data: { state: "abandoned", endedAt: new Date() },
    });
    expect(await ask()).toEqual([]);

    const recorded = { timestampSource: "timelock", clusterId: theirs, namespace: "orders" };
    await database().service.update({ where: { id: other.serviceId }, data: recorded });
    expect(await ask()).toEqual([other.serviceId]);
    expect(await servicesOnNamespace(database(), { ...place, namespace: "else" }, one.serviceId)).toEqual([]);
    expect(await servicesOnNamespace(database(), place, other.serviceId)).toEqual([]);
  });
});

describe("one table that was entered twice", () => {
  const identity: StoreIdentity = {
    kind: "postgres",
    system: "77",
    database: "orders",
    schema: "public",
    table: "_timestamp",
    tableId: "1",
  };

  test("is known by its pinned identity, and never by one that is hidden", async () => {
    const one = await makeInventory();
    const other = await makeInventory();
    await pin(other.storeId, identity);
    const ask = async (seen: StoreIdentity | null) =>
      (await servicesOnStore(database(), { storeId: one.storeId, identity: seen }, one.serviceId)).map(
        ({ id }) => id,
      );
    expect(await ask(identity)).toEqual([other.serviceId]);
    expect(await ask({ ...identity, table: "x__timestamp" })).toEqual([]);
    expect(await ask({ ...identity, system: null })).toEqual([]);
    expect(await ask(null)).toEqual([]);
    await database().service.update({ where: { id: other.serviceId }, data: { storeId: one.storeId } });
    expect(await ask(null)).toEqual([other.serviceId]);
  });
});
