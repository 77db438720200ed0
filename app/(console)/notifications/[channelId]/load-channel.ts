import { cache } from "react";

import { getChannel } from "#lib/notifications/get-channel.ts";
import { hasRole } from "#lib/people/authorise.ts";
import { readForPage } from "#lib/web/read-for-page.ts";
import { requirePageContext } from "#lib/web/session.ts";

/** The channel of a page's address, once a request, and whether the person may change it. */
export const loadChannel = cache(async (channelId: string) => {
  const { context } = await requirePageContext();
  const answer = await readForPage(async () => getChannel(context, channelId));
  const canManage =
    answer.ok &&
    answer.value.removedAt === null &&
    (await hasRole(context, ["administrator"], answer.value.environment?.id ?? null));
  return { context, answer, canManage };
});
