import { notFound } from "next/navigation";
import { cache } from "react";

import { getApprovalRequest } from "#lib/approvals/get-approval-request.ts";
import { id } from "#lib/migrations/schema.ts";
import { readForPage } from "#lib/web/read-for-page.ts";
import { requirePageContext } from "#lib/web/session.ts";

/** The approval request of a page's address, once a request. */
export const loadRequest = cache(async (requestId: string) => {
  const { context } = await requirePageContext();
  if (!id.safeParse(requestId).success) notFound();
  return readForPage(async () => getApprovalRequest(context, requestId));
});
