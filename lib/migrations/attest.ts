import { randomUUID } from "node:crypto";

import type { Tx } from "#lib/db/transact-handle.ts";
import { decideAttest } from "#lib/engine/decide.ts";
import { raiseVersion } from "#lib/engine/record.ts";
import { actorName, ok } from "#lib/engine/run-context.ts";
import { changeMigration } from "#lib/migrations/change-migration.ts";
import type { StoredMigration } from "#lib/migrations/load-migration.ts";
import type { AttestInput } from "#lib/migrations/schema.ts";
import type { Context } from "#lib/people/actor.ts";

/**
 * Makes or withdraws one declaration on the current step. What is declared is a subject that the step or one of its findings asks for;
 * a declaration about anything else has no effect on any decision. Declaring twice changes nothing.
 * @throws AppError `forbidden`, `not-found`, `stale`, `conflict` (not the current step, or an attempt is open)
 */
export async function attest(ctx: Context, input: AttestInput): Promise<void> {
  const { migrationId, stepId, seenVersion } = input;
  await changeMigration(ctx, "attest", migrationId, input, async (tx, migration) => {
    ok(decideAttest(migration.runbook, migration.situation, stepId, seenVersion));
    await (input.withdraw ? withdraw(tx, ctx, input) : declare(tx, ctx, migration, input));
    await raiseVersion(tx, migrationId);
  });
}

async function declare(tx: Tx, ctx: Context, migration: StoredMigration, input: AttestInput): Promise<void> {
  const { migrationId, stepId, subject, note } = input;
  const standing = await tx.migrationAttestation.findFirst({
    where: { migrationId, subject, withdrawnAt: null },
    select: { id: true },
  });
  if (standing !== null) return;
  await tx.migrationAttestation.create({
    data: {
      id: randomUUID(),
      migrationId,
      stepId,
      subject,
      label: `${migration.targets.serviceLabel}: ${subject}`,
      note,
      byId: ctx.actor.id,
      byName: actorName(ctx),
    },
  });
}

async function withdraw(tx: Tx, ctx: Context, { migrationId, subject }: AttestInput): Promise<void> {
  await tx.migrationAttestation.updateMany({
    where: { migrationId, subject, withdrawnAt: null },
    data: { withdrawnAt: new Date(), withdrawnBy: actorName(ctx) },
  });
}
