import { cache } from "react";

import { getEnvironment } from "#lib/inventory/get-environment.ts";
import { hasRole } from "#lib/people/authorise.ts";
import { readForPage } from "#lib/web/read-for-page.ts";
import { requirePageContext } from "#lib/web/session.ts";

/** The environment of a page's address, once a request, and whether the person may change it. */
export const loadEnvironment = cache(async (environmentId: string) => {
  const { context } = await requirePageContext();
  const answer = await readForPage(async () => getEnvironment(context, environmentId));
  const canManage = answer.ok && (await hasRole(context, ["administrator"], answer.value.id));
  return { context, answer, canManage };
});
