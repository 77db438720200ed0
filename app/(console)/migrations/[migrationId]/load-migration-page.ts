import { notFound } from "next/navigation";
import { cache } from "react";

import { getMigration } from "#lib/migrations/get-migration.ts";
import { id } from "#lib/migrations/schema.ts";
import { readForPage } from "#lib/web/read-for-page.ts";
import { requirePageContext } from "#lib/web/session.ts";

/** The migration of a page's address, once a request. */
export const loadMigrationPage = cache(async (migrationId: string) => {
  const { context } = await requirePageContext();
  if (!id.safeParse(migrationId).success) notFound();
  return readForPage(async () => getMigration(context, migrationId));
});
