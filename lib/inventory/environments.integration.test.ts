import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { database } from "#lib/db/client.ts";
import { InvariantError } from "#lib/errors.ts";
import { archiveCluster } from "#lib/inventory/archive-cluster.ts";
import { archiveEnvironment } from "#lib/inventory/archive-environment.ts";
import { createCluster } from "#lib/inventory/create-cluster.ts";
import { createEnvironment, createSandboxEnvironment } from "#lib/inventory/create-environment.ts";
import { getEnvironment } from "#lib/inventory/get-environment.ts";
import { listEnvironments } from "#lib/inventory/list-environments.ts";
import { listEnvironmentsFor } from "#lib/inventory/list-environments-for.ts";
import { restoreCluster } from "#lib/inventory/restore-cluster.ts";
import { restoreEnvironment } from "#lib/inventory/restore-environment.ts";
import { clusterFields, environmentFields } from "#lib/inventory/testing.ts";
import { updateEnvironment } from "#lib/inventory/update-environment.ts";
import { lastEntry, makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
});
afterAll(async () => close());

const administrator = async () => makePerson("Ada", [{ role: "administrator" }]);

describe("an environment", () => {
  it("is added by an administrator on all environments, on record", async () => {
    const ada = await administrator();
    const input = environmentFields();
    const { id } = await createEnvironment(ada, input);
    expect(await getEnvironment(ada, id)).toMatchObject({
      ...input,
      sandbox: false,
      services: 0,
      archivedAt: null,
      version: 1,
    });
    expect(await lastEntry()).toMatchObject({
      action: "create-environment",
      actorId: ada.actor.id,
      subjectId: id,
      subjectName: input.name,
      environmentId: id,
      result: "done",
      input,
    });
  });

  it("is not added by an administrator of another environment, and the attempt is on record", async () => {
    const { id } = await createEnvironment(systemContext, environmentFields());
    const bo = await makePerson("Bo", [{ role: "administrator", environmentId: id }]);
    await expect(createEnvironment(bo, environmentFields({ name: "mine" }))).rejects.toMatchObject({
      code: "forbidden",
    });
    expect(await lastEntry()).toMatchObject({
      action: "create-environment",
      actorId: bo.actor.id,
      subjectName: "mine",
      result: "denied",
    });
    expect(await database().environment.count({ where: { name: "mine" } })).toBe(0);
  });

  it("has a name of its own, whatever the case, until it is archived", async () => {
    const ada = await administrator();
    const { id } = await createEnvironment(ada, environmentFields({ name: "Prod" }));
    await expect(createEnvironment(ada, environmentFields({ name: "pROD" }))).rejects.toMatchObject({
      code: "conflict",
      fields: { name: expect.stringContaining("already an environment called pROD") },
    });
    await archiveEnvironment(ada, { id, seenVersion: 1 });
    await createEnvironment(ada, environmentFields({ name: "PROD" }));
    await expect(restoreEnvironment(ada, { id, seenVersion: 2 })).rejects.toMatchObject({ code: "conflict" });
  });

  it("lets only one of two concurrent writers have a name", async () => {
    const ada = await administrator();
    const both = await Promise.allSettled([
      createEnvironment(ada, environmentFields({ name: "race" })),
      createEnvironment(ada, environmentFields({ name: "race" })),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    expect(both.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "conflict" } });
  });

  it("is changed on the version that was seen, not on an older one", async () => {
    const ada = await administrator();
    const input = environmentFields();
    const { id } = await createEnvironment(ada, input);
    await updateEnvironment(ada, { ...input, contact: "ring Bo", id, seenVersion: 1 });
    expect(await lastEntry()).toMatchObject({
      action: "update-environment",
      subjectName: input.name,
      result: "done",
    });
    await expect(
      updateEnvironment(ada, { ...input, contact: "lost", id, seenVersion: 1 }),
    ).rejects.toMatchObject({ code: "stale" });
    expect(await getEnvironment(ada, id)).toMatchObject({ contact: "ring Bo", version: 2 });
  });

  it("is not changed, archived or restored by its operator", async () => {
    const input = environmentFields();
    const { id } = await createEnvironment(systemContext, input);
    const bo = await makePerson("Bo", [{ role: "operator", environmentId: id }]);
    await expect(updateEnvironment(bo, { ...input, id, seenVersion: 1 })).rejects.toMatchObject({
      code: "forbidden",
    });
    await expect(archiveEnvironment(bo, { id, seenVersion: 1 })).rejects.toMatchObject({ code: "forbidden" });
    await expect(restoreEnvironment(bo, { id, seenVersion: 1 })).rejects.toMatchObject({ code: "forbidden" });
    expect(await lastEntry()).toMatchObject({
      action: "restore-environment",
      subjectName: input.name,
      environmentId: id,
      result: "denied",
    });
  });

  it("is archived only when nothing of it is in use, and brings its things back in order", async () => {
    const ada = await administrator();
    const { id } = await createEnvironment(ada, environmentFields());
    const { id: clusterId } = await createCluster(ada, clusterFields(id));
    await expect(archiveEnvironment(ada, { id, seenVersion: 1 })).rejects.toThrow(/TimeLock clusters \(1\)/);
    await archiveCluster(ada, { id: clusterId, seenVersion: 1 });
    await archiveEnvironment(ada, { id, seenVersion: 1 });
    expect(await lastEntry()).toMatchObject({ action: "archive-environment", result: "done" });
    await expect(archiveEnvironment(ada, { id, seenVersion: 2 })).rejects.toMatchObject({ code: "conflict" });
    await expect(createCluster(ada, clusterFields(id))).rejects.toMatchObject({
      code: "conflict",
      fields: { environmentId: expect.any(String) },
    });
    await expect(restoreCluster(ada, { id: clusterId, seenVersion: 2 })).rejects.toMatchObject({
      code: "conflict",
    });
    expect((await listEnvironments(ada)).map((one) => one.id)).not.toContain(id);
    expect((await listEnvironments(ada, { archived: "yes" })).map((one) => one.id)).toContain(id);
    await restoreEnvironment(ada, { id, seenVersion: 2 });
    await restoreCluster(ada, { id: clusterId, seenVersion: 2 });
    await expect(restoreEnvironment(ada, { id, seenVersion: 3 })).rejects.toMatchObject({ code: "conflict" });
  });

  it("has a quiet window that proves something, unless it is the sandbox", async () => {
    const short = environmentFields({ quietWindowSeconds: 119 });
    await expect(createEnvironment(systemContext, short)).rejects.toMatchObject({
      code: "invalid",
      fields: { quietWindowSeconds: expect.any(String) },
    });
    const { id } = await createSandboxEnvironment(systemContext, { ...short, quietWindowSeconds: 5 });
    expect(await getEnvironment(systemContext, id)).toMatchObject({ sandbox: true, quietWindowSeconds: 5 });
    const ada = await administrator();
    await expect(createSandboxEnvironment(ada, short)).rejects.toBeInstanceOf(InvariantError);
    await updateEnvironment(ada, { ...short, quietWindowSeconds: 6, id, seenVersion: 1 });
    expect(await getEnvironment(ada, id)).toMatchObject({ sandbox: true, quietWindowSeconds: 6 });
  });

  it("is seen only by those who hold a role on it", async () => {
    const { id } = await createEnvironment(systemContext, environmentFields());
    const { id: other } = await createEnvironment(systemContext, environmentFields());
    const viewer = await makePerson("Vi", [{ role: "viewer", environmentId: id }]);
    const ids = (await listEnvironments(viewer)).map((one) => one.id);
    expect(ids).toEqual([id]);
    await expect(getEnvironment(viewer, other)).rejects.toMatchObject({ code: "forbidden" });
    await expect(getEnvironment(viewer, "nonsense")).rejects.toMatchObject({ code: "not-found" });
    expect(await listEnvironmentsFor(viewer, ["administrator"])).toEqual([]);
    expect(await listEnvironments(await makePerson("No", []))).toEqual([]);
  });
});
