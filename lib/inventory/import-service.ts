import { randomUUID } from "node:crypto";

import { type FurtherAct, transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import { insertCluster } from "#lib/inventory/create-cluster.ts";
import { insertService } from "#lib/inventory/create-service.ts";
import { insertStore } from "#lib/inventory/create-store.ts";
import type { ImportServiceInput } from "#lib/inventory/import-schema.ts";
import { lockReferred } from "#lib/inventory/locked-rows.ts";
import { lockParts } from "#lib/inventory/service-parts.ts";
import type { CreateClusterInput, CreateServiceInput, CreateStoreInput } from "#lib/inventory/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

/** Where everything of an import will stand, decided before anything is written. */
type Places = {
  readonly serviceId: string;
  readonly storeId: string;
  readonly newStore: CreateStoreInput | null;
  readonly clusterId: string | null;
  readonly newCluster: CreateClusterInput | null;
  readonly service: CreateServiceInput;
};

/**
 * Adds a service with the store and the cluster that it needs, all or nothing, with an audit row for each and one for the import. It
 * takes an administrator of the environment where a store or cluster is new, since the console will connect to their addresses; else an
 * operator is enough. Connects to nothing.
 * @throws AppError `forbidden`, `not-found`, `conflict` (name taken, part archived or of another environment), `invalid` (certificate
 * without key); the fields of a part carry its path, such as `store.fields.name`
 */
export async function importService(ctx: Context, input: ImportServiceInput): Promise<{ id: string }> {
  const { environmentId, sources } = input;
  const places = placesOf(input);
  const { serviceId, storeId, clusterId, newStore, newCluster } = places;
  return transact(
    ctx,
    {
      action: "import-service",
      subject: { kind: "service", id: serviceId, name: input.service.name },
      environmentId,
      input: {
        environmentId,
        storeId,
        newStore: newStore !== null,
        clusterId,
        newCluster: newCluster !== null,
        sources,
      },
      allow: async (tx) => {
        const isNew = newStore !== null || newCluster !== null;
        await requireRole(tx, ctx, isNew ? ["administrator"] : ["administrator", "operator"], environmentId);
        await lockReferred(tx, "environment", environmentId, "environmentId");
      },
      also: () => createdIn(places),
    },
    async (tx) => {
      await insertAll(tx, places);
      return { id: serviceId };
    },
  );
}

function placesOf({ environmentId, store, cluster, service }: ImportServiceInput): Places {
  const storeId = store.use === "existing" ? store.id : randomUUID();
  const clusterId = cluster.use === "none" ? null : cluster.use === "existing" ? cluster.id : randomUUID();
  return {
    serviceId: randomUUID(),
    storeId,
    newStore: store.use === "new" ? { ...store.fields, environmentId } : null,
    clusterId,
    newCluster: cluster.use === "new" ? { ...cluster.fields, environmentId } : null,
    service: { ...service, environmentId, storeId, clusterId },
  };
}

async function insertAll(tx: Tx, places: Places): Promise<void> {
  const { newCluster, clusterId, newStore, storeId, service, serviceId } = places;
  if (newCluster !== null && clusterId !== null)
    await under("cluster.fields", async () => insertCluster(tx, clusterId, newCluster));
  if (newStore !== null) await under("store.fields", async () => insertStore(tx, storeId, newStore));
  await under("service", async () => {
    await lockParts(tx, service.environmentId, service);
    await insertService(tx, serviceId, service);
  });
}

function createdIn({ serviceId, storeId, newStore, clusterId, newCluster, service }: Places): FurtherAct[] {
  const created: FurtherAct[] = [];
  if (newCluster !== null)
    created.push({
      action: "create-cluster",
      subject: { kind: "cluster", id: clusterId, name: newCluster.name },
      input: newCluster,
    });
  if (newStore !== null)
    created.push({
      action: "create-store",
      subject: { kind: "store", id: storeId, name: newStore.name },
      input: newStore,
    });
  const subject = { kind: "service", id: serviceId, name: service.name };
  return [...created, { action: "create-service", subject, input: service }];
}

/** Says of a refused part which of the form's fields it means. */
async function under<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    const fields = Object.fromEntries(
      Object.entries(cause.fields).map(([field, words]) => [`${path}.${field}`, words]),
    );
    throw new AppError(cause.code, cause.message, { cause, fields });
  }
}
