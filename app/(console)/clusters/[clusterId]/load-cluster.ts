import { cache } from "react";

import { getCluster } from "#lib/inventory/get-cluster.ts";
import { hasRole } from "#lib/people/authorise.ts";
import { readForPage } from "#lib/web/read-for-page.ts";
import { requirePageContext } from "#lib/web/session.ts";

/** The TimeLock cluster of a page's address, once a request, and whether the person may change it. */
export const loadCluster = cache(async (clusterId: string) => {
  const { context } = await requirePageContext();
  const answer = await readForPage(async () => getCluster(context, clusterId));
  const canManage = answer.ok && (await hasRole(context, ["administrator"], answer.value.environment.id));
  return { context, answer, canManage };
});
