import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { readImport } from "#lib/atlasdb/import-configuration.ts";
import { database } from "#lib/db/client.ts";
import { getService } from "#lib/inventory/get-service.ts";
import { getStore } from "#lib/inventory/get-store.ts";
import { importServiceInput } from "#lib/inventory/import-schema.ts";
import { importService } from "#lib/inventory/import-service.ts";
import { clusterFields, makeInventory, SECRET, SECRET_PATTERN, storeFields } from "#lib/inventory/testing.ts";
import { makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";

let close: () => Promise<void>;
let parts: Awaited<ReturnType<typeof makeInventory>>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
  parts = await makeInventory();
});
afterAll(async () => close());

const service = (change: object = {}) => ({
  name: `imported ${crypto.randomUUID()}`,
  timestampSource: "timelock",
  namespace: "orders",
  atlasdbVersion: "",
  notes: "",
  nodes: [{ id: null, name: "orders-1", address: "", kind: "node" }],
  dependents: [],
  ...change,
});
const SOURCES = [{ about: "store", field: "host", node: "orders-1", file: "install", line: 12 }];

const asForm = (change: object = {}) =>
  importServiceInput.parse({
    environmentId: parts.environmentId,
    store: { use: "new", fields: storeFields(parts.environmentId, { password: SECRET, host: "db-1" }) },
    cluster: {
      use: "new",
      fields: clusterFields(parts.environmentId, { nodes: [{ url: "https://tl-1:8421", alias: "" }] }),
    },
    service: service(),
    sources: SOURCES,
    ...change,
  });

const entries = async (since: bigint) =>
  database().auditEntry.findMany({ where: { sequence: { gt: since } }, orderBy: { sequence: "asc" } });
const lastSequence = async () =>
  (await database().auditEntry.findFirstOrThrow({ orderBy: { sequence: "desc" } })).sequence;
const counts = async () =>
  Promise.all([database().service.count(), database().store.count(), database().timelockCluster.count()]);

describe("an import", () => {
  it("adds store, cluster and service at once, each with its audit row, the password sealed", async () => {
    const admin = await makePerson("Ad", [{ role: "administrator", environmentId: parts.environmentId }]);
    const before = await lastSequence();
    const { id } = await importService(admin, asForm());
    const dto = await getService(admin, id);
    expect(dto).toMatchObject({ namespace: "orders", timestampSource: "timelock" });
    expect(dto.nodes.map(({ name }) => name)).toEqual(["orders-1"]);
    expect(await getStore(admin, dto.store.id)).toMatchObject({
      connection: { kind: "postgres", host: "db-1" },
      password: { isSet: true },
    });
    const rows = (await entries(before)).filter(({ actorId }) => actorId === admin.actor.id);
    expect(rows.map(({ action, subjectId, result }) => [action, subjectId, result])).toEqual([
      ["create-cluster", dto.cluster?.id, "done"],
      ["create-store", dto.store.id, "done"],
      ["create-service", id, "done"],
      ["import-service", id, "done"],
    ]);
    expect(rows.every(({ environmentId }) => environmentId === parts.environmentId)).toBe(true);
    expect(rows.at(-1)?.input).toMatchObject({ newStore: true, newCluster: true, sources: SOURCES });
    expect(rows.map(({ canonicalText }) => canonicalText).join("\n")).not.toMatch(SECRET_PATTERN);
    const stored = await database().store.findUniqueOrThrow({ where: { id: dto.store.id } });
    expect(stored.passwordSealed).not.toBeNull();
    expect(stored.passwordSealed).not.toContain(SECRET);
  });

  it("uses what is there already, which an operator may do", async () => {
    const operator = await makePerson("Op", [{ role: "operator", environmentId: parts.environmentId }]);
    const before = await lastSequence();
    const { id } = await importService(
      operator,
      asForm({
        store: { use: "existing", id: parts.storeId },
        cluster: { use: "existing", id: parts.clusterId },
      }),
    );
    expect(await getService(operator, id)).toMatchObject({
      store: { id: parts.storeId },
      cluster: { id: parts.clusterId },
    });
    const actions = (await entries(before))
      .filter(({ actorId }) => actorId === operator.actor.id)
      .map(({ action }) => action);
    expect(actions).toEqual(["create-service", "import-service"]);
  });

  it("of an embedded service needs no cluster", async () => {
    const { id } = await importService(
      systemContext,
      asForm({ cluster: { use: "none" }, service: service({ timestampSource: "embedded", namespace: "" }) }),
    );
    expect(await getService(systemContext, id)).toMatchObject({ cluster: null, namespace: null });
  });

  it("takes Cassandra and Oracle as the files have them", async () => {
    const install = `atlasdb:
  namespace: events
  keyValueService:
    type: cassandra
    servers: {type: cqlCapable, thriftHosts: ['c1:9160'], cqlHosts: ['c1:9043']}
    credentials: {username: atlas, password: ${SECRET}}
`;
    const reading = readImport([{ name: "n", files: { install: { text: install }, runtime: null } }]);
    if (!reading.ok || reading.proposal.store?.kind !== "cassandra") throw new Error("not read");
    const { name: _name, ...cassandra } = reading.proposal.store;
    const secured = { caCertificates: "", clientCertificate: "", clientKey: "", serverName: "" };
    const oracle = {
      kind: "oracle",
      host: "ora-1",
      port: "1521",
      naming: "sid",
      database: "ORCL",
      user: "billing",
      tablePrefix: "a_",
      schema: "",
    };
    for (const fields of [{ ...cassandra, ...secured, localDataCentre: "dc1" }, oracle]) {
      const store = {
        use: "new",
        fields: { environmentId: parts.environmentId, name: `store ${crypto.randomUUID()}`, ...fields },
      };
      const { id } = await importService(systemContext, asForm({ store }));
      expect(await getService(systemContext, id)).toMatchObject({ store: { kind: fields.kind } });
    }
  });
});

describe("nothing is added", () => {
  it("by an operator where something is new, nor by a viewer; the refusal is on record", async () => {
    const operator = await makePerson("Op", [{ role: "operator", environmentId: parts.environmentId }]);
    const viewer = await makePerson("Vi", [{ role: "viewer", environmentId: parts.environmentId }]);
    const reused = asForm({
      store: { use: "existing", id: parts.storeId },
      cluster: { use: "existing", id: parts.clusterId },
    });
    const before = await counts();
    for (const [person, input] of [
      [operator, asForm()],
      [viewer, reused],
    ] as const) {
      const since = await lastSequence();
      await expect(importService(person, input)).rejects.toMatchObject({ code: "forbidden" });
      expect((await entries(since)).map(({ action, result }) => [action, result])).toContainEqual([
        "import-service",
        "denied",
      ]);
    }
    expect(await counts()).toEqual(before);
  });

  it("where one name is taken: the other parts are not left behind", async () => {
    const taken = service();
    await importService(systemContext, asForm({ service: taken }));
    const before = await counts();
    await expect(importService(systemContext, asForm({ service: taken }))).rejects.toMatchObject({
      code: "conflict",
      fields: { "service.name": expect.any(String) as string },
    });
    expect(await counts()).toEqual(before);
  });

  it("on a store or cluster of another environment", async () => {
    const other = await makeInventory();
    const before = await counts();
    await expect(
      importService(systemContext, asForm({ store: { use: "existing", id: other.storeId } })),
    ).rejects.toMatchObject({
      code: "conflict",
      fields: { "service.storeId": expect.any(String) as string },
    });
    expect(await counts()).toEqual(before);
  });

  it("in another environment than the import's own, whatever a part says", async () => {
    const other = await makeInventory();
    const fields = storeFields(other.environmentId, { host: "db-9" });
    const { id } = await importService(systemContext, asForm({ store: { use: "new", fields } }));
    const { store } = await getService(systemContext, id);
    expect(await getStore(systemContext, store.id)).toMatchObject({
      environment: { id: parts.environmentId },
    });
  });

  it("on TimeLock without cluster or namespace", () => {
    expect(() => asForm({ cluster: { use: "none" } })).toThrow("Choose the TimeLock cluster");
    expect(() => asForm({ service: service({ namespace: "" }) })).toThrow("Enter the namespace");
  });
});
