import { database } from "#lib/db/client.ts";
import { readSchemaChanges, SCHEMA_CHANGES_FOLDER } from "#lib/db/schema-files.ts";
import { AppError } from "#lib/errors.ts";
import { storePasswordPlace } from "#lib/inventory/inventory-secrets.ts";
import { deriveKey } from "#lib/secrets/keys.ts";
import { openField } from "#lib/secrets/sealed-field.ts";

/**
 * Makes sure that what the environment names is a console of this very release with this very secret key, before anything is worked on.
 * Reads only. @throws AppError with what is wrong and what to do
 */
export async function requireConsole(): Promise<void> {
  deriveKey("sealed-fields");
  const newest = (await readSchemaChanges(SCHEMA_CHANGES_FOLDER)).at(-1)?.name ?? "";
  const found = await newestChange();
  if (found !== newest) {
    throw new AppError(
      "conflict",
      `The console's database belongs to another release of Lockstep: its newest schema change is ${found ?? "unknown"}, this release's is ${newest}. Nothing was done. Start this worker from the console's release.`,
    );
  }
  await requireKey();
}

async function newestChange(): Promise<string | null> {
  try {
    const rows = await database().$queryRaw<{ newest: string | null }[]>`
      SELECT max(migration_name) AS newest FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`;
    return rows[0]?.newest ?? null;
  } catch (cause) {
    throw new AppError(
      "unavailable",
      "DATABASE_URL names no console's database that answers: check address, role and password, and that the console has been started once.",
      { cause },
    );
  }
}

/** Some secret of a store, opened: a worker with another key could open no store at all. */
async function requireKey(): Promise<void> {
  const row = await database().store.findFirst({
    where: { passwordSealed: { not: null }, archivedAt: null },
    select: { id: true, passwordSealed: true },
  });
  if (row === null || row.passwordSealed === null) return;
  openField(storePasswordPlace(row.id), row.passwordSealed);
}
