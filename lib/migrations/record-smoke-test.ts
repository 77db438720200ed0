import { randomUUID } from "node:crypto";

import { decideStart } from "#lib/engine/decide.ts";
import { raiseVersion } from "#lib/engine/record.ts";
import { actorName, ok } from "#lib/engine/run-context.ts";
import { AppError } from "#lib/errors.ts";
import { changeMigration } from "#lib/migrations/change-migration.ts";
import type { RecordSmokeTestInput } from "#lib/migrations/schema.ts";
import type { Context } from "#lib/people/actor.ts";

/**
 * Records what was tried after the clients were started and whether it worked; the newest record counts.
 * @throws AppError `forbidden`, `not-found`, `stale`, `conflict` when the current step asks for none
 */
export async function recordSmokeTest(ctx: Context, input: RecordSmokeTestInput): Promise<void> {
  const { migrationId, stepId, seenVersion, tried, passed } = input;
  await changeMigration(ctx, "record-smoke-test", migrationId, input, async (tx, migration) => {
    const step = ok(decideStart(migration.runbook, migration.situation, stepId, seenVersion));
    if (!step.inputs.includes("smoke-test"))
      throw new AppError("conflict", `“${step.title}” asks for no smoke test.`);
    await tx.migrationSmokeTest.create({
      data: { id: randomUUID(), migrationId, tried, passed, byName: actorName(ctx) },
    });
    await raiseVersion(tx, migrationId);
  });
}
