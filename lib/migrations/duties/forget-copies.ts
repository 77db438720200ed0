import { database } from "#lib/db/client.ts";
import type { Engine } from "#lib/engine/run-context.ts";
import { AppError } from "#lib/errors.ts";
import { loadMigration } from "#lib/migrations/load-migration.ts";

/** How often it is looked whether a copy is over for good, in milliseconds. */
export const FORGET_EVERY_MS = 60_000;

/**
 * Removes what finished copies kept beside the data in their destinations: when clients have started there, no copy goes on any more. A copy that
 * was given up keeps it, since its workers must stay refused until the next setup; so does one into a store that another migration works on now.
 * @throws what a store throws, after all others were seen to; the next round tries again
 */
export async function forgetCopies(engine: Engine): Promise<void> {
  const failures: unknown[] = [];
  for (const { runId, migrationId, start } of await overForGood()) {
    try {
      const { targets } = await loadMigration(database(), migrationId);
      const move = await engine.systems.openMove(targets, "short");
      try {
        await move.forget(BigInt(start));
      } finally {
        await move.close();
      }
      await database().moverRun.update({ where: { id: runId }, data: { forgottenAt: new Date() } });
    } catch (error) {
      // A store that the inventory does not allow to open, such as an archived one, keeps what it has.
      if (!(error instanceof AppError)) failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** Copies whose clients run on the destination. A run's name holds the destination and S. Source: `runName` in lib/engine/move-reading.ts */
async function overForGood(): Promise<
  readonly { readonly runId: string; readonly migrationId: string; readonly start: string }[]
> {
  return database().$queryRaw`
    SELECT run.id AS "runId", migration.id::text AS "migrationId", split_part(run.id, ':', 3) AS start
    FROM mover_run AS run JOIN migration ON migration.state IN ('watching', 'done')
    WHERE run.kind = 'copy' AND run.forgotten_at IS NULL
      AND EXISTS (SELECT 1 FROM jsonb_array_elements(migration.targets -> 'stores') AS store
        WHERE store ->> 'role' = 'destination' AND store ->> 'storeId' = split_part(run.id, ':', 2))
      AND EXISTS (SELECT 1 FROM migration_step AS step
        WHERE step.migration_id = migration.id AND step.fixed ->> 'S' = split_part(run.id, ':', 3))
    ORDER BY random() LIMIT 20`;
}
