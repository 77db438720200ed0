import { decideAbandon } from "#lib/engine/decide.ts";
import { endMigration, raiseVersion } from "#lib/engine/record.ts";
import { ok } from "#lib/engine/run-context.ts";
import { AppError } from "#lib/errors.ts";
import { buildWorld, loadFacts } from "#lib/migrations/build-world.ts";
import { changeMigration } from "#lib/migrations/change-migration.ts";
import type { AbandonInput } from "#lib/migrations/schema.ts";
import type { Context } from "#lib/people/actor.ts";

/**
 * Gives a migration up where it stands. Changes no system; the page has said what is left behind. The person types the name of the
 * service.
 * @throws AppError `forbidden`, `not-found`, `stale`, `invalid` (phrase), `conflict` (an attempt is open, a unit is begun, clients run)
 */
export async function abandonMigration(ctx: Context, input: AbandonInput): Promise<void> {
  const { migrationId, seenVersion, reason, typedPhrase } = input;
  await changeMigration(
    ctx,
    "abandon-migration",
    migrationId,
    input,
    async (tx, migration) => {
      const phrase = migration.targets.serviceLabel;
      if (typedPhrase !== phrase) {
        const words = `Type exactly “${phrase}” to confirm. Nothing was changed.`;
        throw new AppError("invalid", words, { fields: { typedPhrase: words } });
      }
      const world = buildWorld(migration, await loadFacts(tx, migration), []);
      const abandon = ok(decideAbandon(migration.runbook, migration.situation, world, seenVersion));
      await endMigration(tx, migrationId, "abandoned", reason);
      await raiseVersion(tx, migrationId);
      return abandon;
    },
    (abandon) => ({ outcome: { leavesBehind: abandon.leavesBehind } }),
  );
}
