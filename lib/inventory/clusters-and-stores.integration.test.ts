import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { database } from "#lib/db/client.ts";
import { archiveCluster } from "#lib/inventory/archive-cluster.ts";
import { archiveStore } from "#lib/inventory/archive-store.ts";
import { createCluster } from "#lib/inventory/create-cluster.ts";
import { createEnvironment } from "#lib/inventory/create-environment.ts";
import { createStore } from "#lib/inventory/create-store.ts";
import { getCluster } from "#lib/inventory/get-cluster.ts";
import { getStore } from "#lib/inventory/get-store.ts";
import { listClusters } from "#lib/inventory/list-clusters.ts";
import { listStores } from "#lib/inventory/list-stores.ts";
import { openTimelock, readClusterAccess } from "#lib/inventory/open-timelock.ts";
import { openStore, readStoreAccess } from "#lib/inventory/open-store.ts";
import { restoreStore } from "#lib/inventory/restore-store.ts";
import { updateClusterInput, updateStoreInput } from "#lib/inventory/schema.ts";
import {
  CERTIFICATE,
  clusterFields,
  environmentFields,
  KEY,
  makeInventory,
  openMigration,
  SECRET,
  SECRET_PATTERN,
  storeFields,
} from "#lib/inventory/testing.ts";
import { updateCluster } from "#lib/inventory/update-cluster.ts";
import { updateStore } from "#lib/inventory/update-store.ts";
import { lastEntry, makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";

let close: () => Promise<void>;
let environmentId: string;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
  environmentId = (await createEnvironment(systemContext, environmentFields())).id;
});
afterAll(async () => close());

const administrator = async () => makePerson("Ada", [{ role: "administrator", environmentId }]);
const operator = async () => makePerson("Op", [{ role: "operator", environmentId }]);
const asUpdate = (fields: Record<string, unknown>, id: string, seenVersion: number, change: object = {}) => {
  const { environmentId: _environment, ...rest } = fields;
  return { ...rest, id, seenVersion, ...change };
};

async function everythingStored(): Promise<string> {
  const rows = [
    await database().store.findMany(),
    await database().timelockCluster.findMany(),
    await database().auditEntry.findMany(),
  ];
  return JSON.stringify(rows, (_key, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
}

describe("a cluster", () => {
  it("keeps nodes in order and secrets sealed", async () => {
    const ada = await administrator();
    const nodes = ["http://c:1", "http://a:2", "http://b:3"].map((url) => ({
      url,
      alias: url === "http://a:2" ? "https://own:2/tl" : "",
    }));
    const input = clusterFields(environmentId, {
      nodes,
      token: SECRET,
      clientKey: KEY,
      clientCertificate: CERTIFICATE,
    });
    const { id } = await createCluster(ada, input);
    const dto = await getCluster(ada, id);
    expect(dto.nodes.map(({ url, alias, position }) => [url, alias, position])).toEqual([
      ["http://c:1", null, 0],
      ["http://a:2", "https://own:2/tl", 1],
      ["http://b:3", null, 2],
    ]);
    expect(dto).toMatchObject({
      token: { isSet: true, setAt: expect.any(String) },
      clientKey: { isSet: true },
    });
    expect(JSON.stringify(dto)).not.toMatch(SECRET_PATTERN);
    expect(await lastEntry()).toMatchObject({
      action: "create-cluster",
      subjectId: id,
      environmentId,
      result: "done",
    });
    expect(await everythingStored()).not.toMatch(SECRET_PATTERN);
    expect(await readClusterAccess(id)).toMatchObject({ token: SECRET, clientKey: KEY.trim() });
  });

  it("keeps, replaces and removes secrets as the form asks", async () => {
    const ada = await administrator();
    const input = clusterFields(environmentId, { token: SECRET });
    const { id } = await createCluster(ada, input);
    const save = async (seenVersion: number, change: object) =>
      updateCluster(
        ada,
        updateClusterInput.parse(
          asUpdate(
            { ...input, nodes: [{ url: "http://d:4", alias: "" }], token: "" },
            id,
            seenVersion,
            change,
          ),
        ),
      );
    await save(1, {});
    expect(await readClusterAccess(id)).toMatchObject({ token: SECRET, nodes: [{ url: "http://d:4" }] });
    await save(2, { token: "other-token" });
    expect((await readClusterAccess(id)).token).toBe("other-token");
    await save(3, { removeToken: true });
    expect((await readClusterAccess(id)).token).toBeNull();
    expect((await getCluster(ada, id)).token).toEqual({ isSet: false, setAt: null });
    await expect(save(1, {})).rejects.toMatchObject({ code: "stale" });
  });

  it("refuses a client certificate without its key, and the other way round", async () => {
    const ada = await administrator();
    await expect(
      createCluster(ada, clusterFields(environmentId, { clientCertificate: CERTIFICATE })),
    ).rejects.toMatchObject({ code: "invalid", fields: { clientKey: expect.any(String) } });
    await expect(createCluster(ada, clusterFields(environmentId, { clientKey: KEY }))).rejects.toMatchObject({
      fields: { clientCertificate: expect.any(String) },
    });
  });

  it("is neither added nor changed nor archived by an operator, and that is on record", async () => {
    const op = await operator();
    const input = clusterFields(environmentId);
    await expect(createCluster(op, input)).rejects.toMatchObject({ code: "forbidden" });
    const { id } = await createCluster(systemContext, input);
    await expect(updateCluster(op, updateClusterInput.parse(asUpdate(input, id, 1)))).rejects.toMatchObject({
      code: "forbidden",
    });
    await expect(archiveCluster(op, { id, seenVersion: 1 })).rejects.toMatchObject({ code: "forbidden" });
    expect(await lastEntry()).toMatchObject({
      action: "archive-cluster",
      actorId: op.actor.id,
      subjectName: input.name,
      result: "denied",
    });
  });

  it("is not archived while a migration is open on it", async () => {
    const parts = await makeInventory();
    const migrationId = await openMigration(parts, "watching");
    await expect(archiveCluster(systemContext, { id: parts.clusterId, seenVersion: 1 })).rejects.toThrow(
      /migration .* is open/,
    );
    await database().migration.update({
      where: { id: migrationId },
      data: { state: "done", endedAt: new Date() },
    });
    await archiveCluster(systemContext, { id: parts.clusterId, seenVersion: 1 });
    await expect(openTimelock(parts.clusterId)).rejects.toMatchObject({ code: "conflict" });
  });

  it("is listed by environment and name, only to those who may read", async () => {
    const other = (await createEnvironment(systemContext, environmentFields())).id;
    const { id } = await createCluster(systemContext, clusterFields(other, { name: "Needle" }));
    const viewer = await makePerson("Vi", [{ role: "viewer", environmentId: other }]);
    expect((await listClusters(viewer, {})).map((one) => one.id)).toEqual([id]);
    expect((await listClusters(viewer, { environment: environmentId })).map((one) => one.id)).toEqual([]);
    expect((await listClusters(systemContext, { q: "needle" })).map((one) => one.id)).toEqual([id]);
    await expect(getCluster(await operator(), id)).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("a store", () => {
  it("keeps its secrets sealed, in its own place", async () => {
    const ada = await administrator();
    const input = storeFields(environmentId, {
      password: SECRET,
      clientKey: KEY,
      clientCertificate: CERTIFICATE,
    });
    const { id } = await createStore(ada, input);
    const dto = await getStore(ada, id);
    expect(dto).toMatchObject({
      connection: { kind: "postgres", host: "127.0.0.1", port: 1 },
      password: { isSet: true },
      identity: null,
    });
    expect(JSON.stringify([dto, await listStores(ada, {})])).not.toMatch(SECRET_PATTERN);
    expect(await lastEntry()).toMatchObject({
      action: "create-store",
      subjectId: id,
      result: "done",
      input: expect.objectContaining({ password: "[hidden]" }),
    });
    expect(await everythingStored()).not.toMatch(SECRET_PATTERN);
    expect(await readStoreAccess(id)).toMatchObject({ password: SECRET, clientKey: KEY.trim() });
    const { id: thief } = await createStore(ada, storeFields(environmentId));
    const { passwordSealed, passwordSetAt } = await database().store.findUniqueOrThrow({ where: { id } });
    await database().store.update({ where: { id: thief }, data: { passwordSealed, passwordSetAt } });
    await expect(readStoreAccess(thief)).rejects.toMatchObject({ code: "unavailable" });
  });

  it("keeps a blank password, replaces a given one, and forgets a removed one", async () => {
    const ada = await administrator();
    const input = storeFields(environmentId, { password: SECRET });
    const { id } = await createStore(ada, input);
    const save = async (seenVersion: number, change: object) =>
      updateStore(ada, updateStoreInput.parse(asUpdate({ ...input, password: "" }, id, seenVersion, change)));
    await save(1, { name: "renamed" });
    expect(await readStoreAccess(id)).toMatchObject({ name: "renamed", password: SECRET });
    await save(2, { password: "another" });
    expect((await readStoreAccess(id)).password).toBe("another");
    await save(3, { removePassword: true });
    expect((await readStoreAccess(id)).password).toBeNull();
    await expect(save(3, {})).rejects.toMatchObject({ code: "stale" });
  });

  it("drops its pinned identity where it may now be another database, and keeps it while a migration is open", async () => {
    const parts = await makeInventory();
    const { storeId: id } = parts;
    const { name } = await getStore(systemContext, id);
    const pin = {
      identitySystem: "1",
      identityDatabase: "orders",
      identitySchema: "public",
      identityTable: "_timestamp",
      identityTableId: "7",
      identityPinnedAt: new Date(),
    };
    await database().store.update({ where: { id }, data: pin });
    const save = async (seenVersion: number, change: object) =>
      updateStore(
        systemContext,
        updateStoreInput.parse(asUpdate(storeFields(parts.environmentId, { name }), id, seenVersion, change)),
      );
    await save(1, { user: "another", tlsMode: "require" });
    expect((await getStore(systemContext, id)).identity).not.toBeNull();
    const migrationId = await openMigration(parts);
    await save(2, { host: "10.9.9.9" });
    expect((await getStore(systemContext, id)).identity).not.toBeNull();
    await expect(save(3, { host: "10.9.9.9", database: "other" })).rejects.toThrow(
      /cannot change its database/,
    );
    await expect(save(3, { host: "10.9.9.9", tablePrefix: "p_" })).rejects.toMatchObject({
      code: "conflict",
    });
    await database().migration.update({
      where: { id: migrationId },
      data: { state: "abandoned", endedAt: new Date() },
    });
    await save(3, { host: "10.9.9.8" });
    expect((await getStore(systemContext, id)).identity).toBeNull();
  });

  it("is not archived while a service uses it, and can be restored", async () => {
    const parts = await makeInventory();
    await expect(archiveStore(systemContext, { id: parts.storeId, seenVersion: 1 })).rejects.toThrow(
      /Services use this store/,
    );
    const { id } = await createStore(systemContext, storeFields(parts.environmentId));
    await archiveStore(systemContext, { id, seenVersion: 1 });
    await expect(openStore(id)).rejects.toMatchObject({ code: "conflict" });
    await restoreStore(systemContext, { id, seenVersion: 2 });
    expect(await lastEntry()).toMatchObject({ action: "restore-store", subjectId: id, result: "done" });
  });

  it("is the same name for nobody else in the environment, but free in another", async () => {
    const input = storeFields(environmentId, { name: "twin" });
    await createStore(systemContext, input);
    await expect(createStore(systemContext, { ...input, name: "TWIN" })).rejects.toMatchObject({
      code: "conflict",
      fields: { name: expect.any(String) },
    });
    const other = (await createEnvironment(systemContext, environmentFields())).id;
    await createStore(systemContext, { ...input, environmentId: other });
  });
});
