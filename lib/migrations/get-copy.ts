import { database } from "#lib/db/client.ts";
import { newestRun } from "#lib/engine/store-move.ts";
import { AppError } from "#lib/errors.ts";
import { openJobOf } from "#lib/migrations/duties/move-jobs.ts";
import { loadMigration, type StoredMigration, valuesOf } from "#lib/migrations/load-migration.ts";
import { buildCopyView } from "#lib/mover/build-copy-view.ts";
import type { CopyView } from "#lib/mover/copy-view.ts";
import { readCopy } from "#lib/mover/read-copy.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead, hasRole } from "#lib/people/authorise.ts";

/** The newest copy or comparison of a migration, by its ledger. */
export type CopyRun = { readonly id: string; readonly round: number; readonly start: bigint };

/**
 * The newest copy (or comparison) of a migration as its page shows it; null when none was started yet. Reads the console's database only.
 * @throws AppError `not-found`, `forbidden`
 */
export async function getCopy(
  ctx: Context,
  { migrationId, kind }: { readonly migrationId: string; readonly kind: CopyView["kind"] },
): Promise<CopyView | null> {
  const migration = await loadMigration(database(), migrationId);
  await authoriseRead(ctx, migration.environmentId);
  const run = await runOf(migration, kind);
  if (run === null) return null;
  const [rows, canOperate] = await Promise.all([
    readCopy(run.id),
    hasRole(ctx, ["operator"], migration.environmentId),
  ]);
  if (rows === null) return null;
  const { openAttempt, version } = migration.situation;
  return buildCopyView(
    {
      migrationId,
      version,
      stepId: openJobOf(migration)?.kind === kind ? (openAttempt?.stepId ?? null) : null,
      kind,
      round: run.round,
      start: run.start.toString(),
      canOperate,
    },
    rows,
  );
}

/** The same for a reader that polls, who knows that there is one. @throws AppError `not-found` when none was started, `forbidden` */
export async function requireCopy(...asked: Parameters<typeof getCopy>): Promise<CopyView> {
  const found = await getCopy(...asked);
  if (found !== null) return found;
  throw new AppError("not-found", `This migration has no ${WORDS[asked[1].kind]} yet.`);
}

const WORDS = { copy: "copy", compare: "comparison" } as const;

/** The newest run of a kind that a migration has; null before S is fixed, before the first one, and where nothing is moved. */
export async function runOf(
  { targets, steps }: StoredMigration,
  kind: CopyView["kind"],
): Promise<CopyRun | null> {
  const { S: start } = valuesOf(steps);
  const destination = targets.stores.find(({ role }) => role === "destination");
  if (start === undefined || destination === undefined) return null;
  const run = await newestRun(kind, destination.storeId, start);
  return run === null ? null : { ...run, start };
}
