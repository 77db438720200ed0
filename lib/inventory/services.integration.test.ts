import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { database } from "#lib/db/client.ts";
import { archiveService } from "#lib/inventory/archive-service.ts";
import { archiveStore } from "#lib/inventory/archive-store.ts";
import { createService } from "#lib/inventory/create-service.ts";
import { getService } from "#lib/inventory/get-service.ts";
import { listServices } from "#lib/inventory/list-services.ts";
import { recordTimestampSource } from "#lib/inventory/record-timestamp-source.ts";
import { restoreService } from "#lib/inventory/restore-service.ts";
import { type ServiceDto, type UpdateServiceInput, updateServiceInput } from "#lib/inventory/schema.ts";
import { makeInventory, openMigration, serviceFields } from "#lib/inventory/testing.ts";
import { updateService } from "#lib/inventory/update-service.ts";
import { lastEntry, makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";

let close: () => Promise<void>;
let parts: Awaited<ReturnType<typeof makeInventory>>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
  parts = await makeInventory();
});
afterAll(async () => close());

const operator = async () => makePerson("Op", [{ role: "operator", environmentId: parts.environmentId }]);

function asForm(service: ServiceDto, change: object = {}): UpdateServiceInput {
  return updateServiceInput.parse({
    id: service.id,
    seenVersion: service.version,
    name: service.name,
    storeId: service.store.id,
    timestampSource: service.timestampSource,
    clusterId: service.cluster?.id ?? "",
    namespace: service.namespace ?? "",
    atlasdbVersion: service.atlasdbVersion ?? "",
    notes: service.notes,
    nodes: service.nodes.map(({ id, name, address, kind }) => ({ id, name, address, kind })),
    dependents: service.dependents.map(({ id, name, note }) => ({ id, name, note })),
    ...change,
  });
}

describe("a service", () => {
  it("is added by an operator with nodes and dependents, on record", async () => {
    const op = await operator();
    const input = serviceFields(parts.environmentId, parts.storeId, {
      timestampSource: "timelock",
      clusterId: parts.clusterId,
      namespace: "orders",
      nodes: [
        { id: null, name: "b", address: "", kind: "disaster-recovery" },
        { id: null, name: "a", address: "", kind: "node" },
      ],
    });
    const { id } = await createService(op, input);
    const dto = await getService(op, id);
    expect(dto).toMatchObject({
      timestampSource: "timelock",
      namespace: "orders",
      cluster: { id: parts.clusterId },
      store: { id: parts.storeId, kind: "postgres" },
    });
    expect(dto.nodes.map(({ name, kind }) => [name, kind])).toEqual([
      ["b", "disaster-recovery"],
      ["a", "node"],
    ]);
    expect(await lastEntry()).toMatchObject({
      action: "create-service",
      subjectId: id,
      environmentId: parts.environmentId,
      result: "done",
    });
  });

  it("is not added by a viewer, nor in an environment of others", async () => {
    const viewer = await makePerson("Vi", [{ role: "viewer", environmentId: parts.environmentId }]);
    const stranger = await makePerson("St", [
      { role: "operator", environmentId: (await makeInventory()).environmentId },
    ]);
    for (const person of [viewer, stranger]) {
      await expect(
        createService(person, serviceFields(parts.environmentId, parts.storeId)),
      ).rejects.toMatchObject({ code: "forbidden" });
      expect(await lastEntry()).toMatchObject({
        action: "create-service",
        actorId: person.actor.id,
        result: "denied",
      });
    }
  });

  it("takes no store or cluster of another environment, nor an archived one", async () => {
    const other = await makeInventory();
    await expect(
      createService(systemContext, serviceFields(parts.environmentId, other.storeId)),
    ).rejects.toMatchObject({ code: "conflict", fields: { storeId: expect.any(String) } });
    await expect(
      createService(
        systemContext,
        serviceFields(parts.environmentId, parts.storeId, { clusterId: other.clusterId }),
      ),
    ).rejects.toMatchObject({ fields: { clusterId: expect.any(String) } });
    await archiveService(systemContext, { id: other.serviceId, seenVersion: 1 });
    await archiveStore(systemContext, { id: other.storeId, seenVersion: 1 });
    await expect(
      createService(systemContext, serviceFields(other.environmentId, other.storeId)),
    ).rejects.toMatchObject({ code: "conflict" });
    await expect(
      restoreService(systemContext, { id: other.serviceId, seenVersion: 2 }),
    ).rejects.toMatchObject({ code: "conflict" });
  });

  it("keeps the identity of the nodes that stay, adds new ones and drops the missing", async () => {
    const { serviceId } = await makeInventory();
    const before = await getService(systemContext, serviceId);
    const [first] = before.nodes;
    if (first === undefined) throw new Error("no node");
    const nodes = [
      { id: null, name: "new", address: "", kind: "node" },
      { ...first, position: undefined, name: "renamed" },
    ].map(({ id, name, address, kind }) => ({ id, name, address, kind }));
    await updateService(systemContext, asForm(before, { nodes, dependents: [] }));
    const after = await getService(systemContext, serviceId);
    expect(after.nodes.map(({ id, name }) => [id === first.id, name])).toEqual([
      [false, "new"],
      [true, "renamed"],
    ]);
    expect(after.dependents).toEqual([]);
    await expect(updateService(systemContext, asForm(before))).rejects.toMatchObject({ code: "stale" });
    await expect(
      updateService(
        systemContext,
        asForm(after, {
          nodes: [{ ...before.nodes[1], position: undefined }].map(({ id, name, address, kind }) => ({
            id,
            name,
            address,
            kind,
          })),
        }),
      ),
    ).rejects.toMatchObject({ code: "conflict" });
  });

  it("cannot take over a node of another service", async () => {
    const [mine, theirs] = [await makeInventory(), await makeInventory()];
    const { nodes } = await getService(systemContext, theirs.serviceId);
    const own = await getService(systemContext, mine.serviceId);
    const stolen = nodes.map(({ id, name, address, kind }) => ({ id, name, address, kind }));
    await expect(updateService(systemContext, asForm(own, { nodes: stolen }))).rejects.toMatchObject({
      code: "conflict",
    });
    expect((await getService(systemContext, theirs.serviceId)).nodes).toHaveLength(nodes.length);
  });

  it("keeps where it stands while a migration is open, but learns of forgotten nodes", async () => {
    const own = await makeInventory();
    await openMigration(own);
    const service = await getService(systemContext, own.serviceId);
    const nodes = service.nodes.map(({ id, name, address, kind }) => ({ id, name, address, kind }));
    await expect(updateService(systemContext, asForm(service, { nodes: nodes.slice(1) }))).rejects.toThrow(
      /migration .* is open/,
    );
    await expect(
      updateService(
        systemContext,
        asForm(service, { timestampSource: "timelock", clusterId: own.clusterId, namespace: "orders" }),
      ),
    ).rejects.toMatchObject({ code: "conflict" });
    await expect(archiveService(systemContext, { id: own.serviceId, seenVersion: 1 })).rejects.toMatchObject({
      code: "conflict",
    });
    await updateService(
      systemContext,
      asForm(service, { nodes: [...nodes, { id: null, name: "forgotten", address: "", kind: "node" }] }),
    );
    expect((await getService(systemContext, own.serviceId)).nodes).toHaveLength(nodes.length + 1);
  });

  it("is archived and restored by its operator, and leaves the lists meanwhile", async () => {
    const op = await operator();
    const { id } = await createService(op, serviceFields(parts.environmentId, parts.storeId));
    await archiveService(op, { id, seenVersion: 1 });
    expect((await listServices(op, {})).map((one) => one.id)).not.toContain(id);
    expect((await listServices(op, { archived: "yes" })).map((one) => one.id)).toContain(id);
    await restoreService(op, { id, seenVersion: 2 });
    expect(await lastEntry()).toMatchObject({ action: "restore-service", subjectId: id, result: "done" });
    expect(await getService(op, id)).toMatchObject({ archivedAt: null, version: 3 });
  });

  it("records its new source when a step made it true", async () => {
    const own = await makeInventory();
    await database().$transaction(async (tx) =>
      recordTimestampSource(tx, own.serviceId, {
        source: "timelock",
        clusterId: own.clusterId,
        namespace: "orders",
      }),
    );
    expect(await getService(systemContext, own.serviceId)).toMatchObject({
      timestampSource: "timelock",
      namespace: "orders",
      version: 2,
    });
    await database().$transaction(async (tx) =>
      recordTimestampSource(tx, own.serviceId, { source: "embedded" }),
    );
    expect(await getService(systemContext, own.serviceId)).toMatchObject({
      timestampSource: "embedded",
      namespace: "orders",
      version: 3,
    });
  });
});
