import { cache } from "react";

import { getPolicy } from "#lib/approvals/get-policy.ts";
import { getStarts } from "#lib/freeze/get-starts.ts";
import { readForPage } from "#lib/web/read-for-page.ts";
import { requirePageContext } from "#lib/web/session.ts";

/** Policy, freeze and windows of the environment of a page's address, once a request. */
export const loadPolicy = cache(async (environmentId: string) => {
  const { context } = await requirePageContext();
  return readForPage(async () => ({
    policy: await getPolicy(context, environmentId),
    starts: await getStarts(context, environmentId),
  }));
});
