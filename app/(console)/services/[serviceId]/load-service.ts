import { cache } from "react";

import { getService } from "#lib/inventory/get-service.ts";
import { hasRole } from "#lib/people/authorise.ts";
import { readForPage } from "#lib/web/read-for-page.ts";
import { requirePageContext } from "#lib/web/session.ts";

/** The service of a page's address, once a request, and whether the person may change it. */
export const loadService = cache(async (serviceId: string) => {
  const { context } = await requirePageContext();
  const answer = await readForPage(async () => getService(context, serviceId));
  const canManage =
    answer.ok && (await hasRole(context, ["administrator", "operator"], answer.value.environment.id));
  return { context, answer, canManage };
});
