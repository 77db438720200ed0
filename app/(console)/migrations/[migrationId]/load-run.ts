import { cache } from "react";

import { loadMigrationPage } from "#app/(console)/migrations/[migrationId]/load-migration-page.ts";
import { getCopy } from "#lib/migrations/get-copy.ts";
import type { CopyView } from "#lib/mover/copy-view.ts";
import { requirePageContext } from "#lib/web/session.ts";

/** The migration of a page's address with its newest copy or comparison, once a request; the run is null before there is one. */
export const loadRun = cache(async (migrationId: string, kind: CopyView["kind"]) => {
  const answer = await loadMigrationPage(migrationId);
  if (!answer.ok) return answer;
  const { context } = await requirePageContext();
  return {
    ok: true as const,
    value: { migration: answer.value, run: await getCopy(context, { migrationId, kind }) },
  };
});
