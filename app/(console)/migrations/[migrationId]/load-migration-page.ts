import { notFound } from "next/navigation";
import { cache } from "react";

import { getBreakGlassOffer } from "#lib/approvals/get-break-glass-offer.ts";
import { listApprovals } from "#lib/approvals/list-approvals.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import { id, type MigrationView } from "#lib/migrations/schema.ts";
import type { Context } from "#lib/people/actor.ts";
import { readForPage } from "#lib/web/read-for-page.ts";
import { requirePageContext } from "#lib/web/session.ts";

/** The migration of a page's address, once a request. */
export const loadMigrationPage = cache(async (migrationId: string) => {
  const { context } = await requirePageContext();
  if (!id.safeParse(migrationId).success) notFound();
  return readForPage(async () => getMigration(context, migrationId));
});

/** What the person who looks can do about the approvals of an open migration. */
export async function loadApprovalsOf(context: Context, view: MigrationView) {
  if (view.state !== "open") return { requests: [], offers: [] };
  const missing = view.approvals.filter(({ status }) => !status.executable);
  const [inbox, offers] = await Promise.all([
    listApprovals(context, { migrationId: view.id, ended: true }),
    Promise.all(missing.map(async ({ unit }) => getBreakGlassOffer(context, view.id, unit))),
  ]);
  return { requests: [...inbox.waitingForMe, ...inbox.mine, ...inbox.others], offers };
}
