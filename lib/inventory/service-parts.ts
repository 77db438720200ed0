import { randomUUID } from "node:crypto";

import type { Tx } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import { lockReferred } from "#lib/inventory/locked-rows.ts";
import type { CreateServiceInput, UpdateServiceInput } from "#lib/inventory/schema.ts";

type Fields = CreateServiceInput | UpdateServiceInput;

/** The columns of a service's own row. */
export function serviceColumns({
  name,
  storeId,
  timestampSource,
  clusterId,
  namespace,
  atlasdbVersion,
  notes,
}: Fields) {
  return { name, storeId, timestampSource, clusterId, namespace, atlasdbVersion, notes };
}

/** Locks what a service refers to. @throws AppError `not-found`, or `conflict` for something archived or of another environment */
export async function lockParts(
  tx: Tx,
  environmentId: string,
  { storeId, clusterId }: Pick<Fields, "storeId" | "clusterId">,
): Promise<void> {
  const parts = [
    { row: await lockReferred(tx, "store", storeId, "storeId"), field: "storeId", word: "store" },
    ...(clusterId === null
      ? []
      : [
          {
            row: await lockReferred(tx, "cluster", clusterId, "clusterId"),
            field: "clusterId",
            word: "TimeLock cluster",
          },
        ]),
  ];
  for (const { row, field, word } of parts) {
    if (row.environmentId === environmentId) continue;
    const words = `The ${word} ${row.name} belongs to another environment. Choose one of this service's environment.`;
    throw new AppError("conflict", words, { fields: { [field]: words } });
  }
}

/**
 * Makes nodes and dependents what the form says: those with an identifier of this service are kept and changed, the others are new,
 * the missing are removed. @throws AppError `conflict` when an identifier belongs to nothing of this service
 */
export async function replaceParts(tx: Tx, serviceId: string, input: Fields): Promise<void> {
  const nodes = input.nodes.map(({ id, name, address, kind }, position) => ({
    id,
    data: { name, address, kind, position },
  }));
  const kept = keptIds(nodes, await tx.serviceNode.findMany({ where: { serviceId }, select: { id: true } }));
  await tx.serviceNode.deleteMany({ where: { serviceId, id: { notIn: kept } } });
  for (const { id, data } of nodes) {
    if (id === null) await tx.serviceNode.create({ data: { id: randomUUID(), serviceId, ...data } });
    else await tx.serviceNode.update({ where: { id }, data });
  }
  const dependents = input.dependents.map(({ id, name, note }, position) => ({
    id,
    data: { name, note, position },
  }));
  const keptDependents = keptIds(
    dependents,
    await tx.serviceDependent.findMany({ where: { serviceId }, select: { id: true } }),
  );
  await tx.serviceDependent.deleteMany({ where: { serviceId, id: { notIn: keptDependents } } });
  for (const { id, data } of dependents) {
    if (id === null) await tx.serviceDependent.create({ data: { id: randomUUID(), serviceId, ...data } });
    else await tx.serviceDependent.update({ where: { id }, data });
  }
}

function keptIds(
  wanted: readonly { readonly id: string | null }[],
  existing: readonly { readonly id: string }[],
): string[] {
  const known = new Set(existing.map(({ id }) => id));
  const ids = wanted.map(({ id }) => id).filter((id) => id !== null);
  if (ids.every((id) => known.has(id)) && new Set(ids).size === ids.length) return ids;
  throw new AppError(
    "conflict",
    "A node or dependent was removed since this page was loaded. Nothing was saved. Reload the page and try again.",
  );
}
