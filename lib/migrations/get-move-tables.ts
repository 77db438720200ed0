import { database } from "#lib/db/client.ts";
import { loadMigration, type StoredMigration } from "#lib/migrations/load-migration.ts";
import type { Assessment } from "#lib/mover/assess-report.ts";
import type { MoveTables } from "#lib/mover/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead } from "#lib/people/authorise.ts";

/**
 * What becomes of each table, as pinned in the plan, with the sizes that the newest kept assessment found; null for a migration that moves no
 * tables. Reads no outside system. @throws AppError `not-found`, `forbidden`
 */
export async function getMoveTables(ctx: Context, id: string): Promise<MoveTables | null> {
  const migration = await loadMigration(database(), id);
  await authoriseRead(ctx, migration.environmentId);
  const { move } = migration.targets;
  if (move === undefined) return null;
  const assessed = keptAssessment(migration);
  const sizes = new Map(assessed?.tables.map((table) => [table.name, table]));
  return {
    tables: move.tables.map((table) => {
      const { versions = null, cells = null, bytes = null, duration = null } = sizes.get(table.name) ?? {};
      return { ...table, versions, cells, bytes, duration };
    }),
    dropped: move.dropped,
    total: assessed?.total ?? { cells: null, bytes: null, duration: null },
    estimatedAt: assessed?.readAt ?? null,
  };
}

function keptAssessment({ steps }: StoredMigration): Assessment | null {
  const values = steps.flatMap(({ readings }) => readings.map(({ value }) => value));
  const found = values.findLast((value) => value?.kind === "move.assessment");
  return found?.kind === "move.assessment" ? found.assessment : null;
}
