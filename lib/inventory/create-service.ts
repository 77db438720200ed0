import { randomUUID } from "node:crypto";

import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { lockReferred, withUniqueName } from "#lib/inventory/locked-rows.ts";
import type { CreateServiceInput } from "#lib/inventory/schema.ts";
import { lockParts, replaceParts, serviceColumns } from "#lib/inventory/service-parts.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

/**
 * Adds a service with its nodes and dependents; needs an operator or administrator of its environment.
 * @throws AppError `not-found`, `forbidden`, `conflict` (name taken, or store or cluster archived or of another environment)
 */
export async function createService(ctx: Context, input: CreateServiceInput): Promise<{ id: string }> {
  const id = randomUUID();
  const { environmentId, name } = input;
  return transact(
    ctx,
    {
      action: "create-service",
      subject: { kind: "service", id, name },
      environmentId,
      input,
      allow: async (tx) => {
        await requireRole(tx, ctx, ["administrator", "operator"], environmentId);
        await lockReferred(tx, "environment", environmentId, "environmentId");
        await lockParts(tx, environmentId, input);
      },
    },
    async (tx) => {
      await insertService(tx, id, input);
      return { id };
    },
  );
}

/** Writes a new service's rows; what it refers to is locked already. @throws AppError `conflict` (name taken) */
export async function insertService(tx: Tx, id: string, input: CreateServiceInput): Promise<void> {
  const data = { id, environmentId: input.environmentId, ...serviceColumns(input) };
  await withUniqueName("service", input.name, async () => tx.service.create({ data }));
  await replaceParts(tx, id, input);
}
