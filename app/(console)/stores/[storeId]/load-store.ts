import { cache } from "react";

import { getStore } from "#lib/inventory/get-store.ts";
import { hasRole } from "#lib/people/authorise.ts";
import { readForPage } from "#lib/web/read-for-page.ts";
import { requirePageContext } from "#lib/web/session.ts";

/** The store of a page's address, once a request, and whether the person may change it. */
export const loadStore = cache(async (storeId: string) => {
  const { context } = await requirePageContext();
  const answer = await readForPage(async () => getStore(context, storeId));
  const canManage = answer.ok && (await hasRole(context, ["administrator"], answer.value.environment.id));
  return { context, answer, canManage };
});
