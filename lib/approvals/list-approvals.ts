import { requestContext, summaryOf } from "#lib/approvals/approval-rows.ts";
import { breakGlassView } from "#lib/approvals/break-glass-view.ts";
import { findRequest } from "#lib/approvals/load-requests.ts";
import type { ApprovalInbox, ApprovalSummary, InboxFilter } from "#lib/approvals/schema.ts";
import { database } from "#lib/db/client.ts";
import type { Context } from "#lib/people/actor.ts";
import { readableEnvironments } from "#lib/people/authorise.ts";

const MAX = 200;

/**
 * The approvals that the actor may see, newest first, at most 200: what waits for them, what they asked for, the rest, and broken glass
 * that they can review. Requests that are over by their clock count as over, whether or not the worker has noted it.
 */
export async function listApprovals(ctx: Context, filter: InboxFilter = {}): Promise<ApprovalInbox> {
  const all = await summaries(ctx, filter);
  const waitingForMe = all.filter((one) => one.waitsForMe);
  const mine = all.filter((one) => one.mine && !one.waitsForMe);
  const others = all.filter((one) => !one.mine && !one.waitsForMe);
  return { waitingForMe, mine, others, reviews: await reviewsFor(ctx, filter) };
}

/** How many requests wait for this person; for the number beside the menu. */
export async function countWaitingForMe(ctx: Context): Promise<number> {
  return (await summaries(ctx, {})).filter((one) => one.waitsForMe).length;
}

async function summaries(ctx: Context, filter: InboxFilter): Promise<ApprovalSummary[]> {
  const rows = await database().approvalRequest.findMany({
    where: {
      ...(await scopeOf(ctx, filter)),
      ...(filter.ended === true ? {} : { closedAt: null }),
    },
    select: { id: true },
    orderBy: { requestedAt: "desc" },
    take: MAX,
  });
  const found: ApprovalSummary[] = [];
  for (const { id } of rows) {
    const row = await findRequest(database(), id);
    if (row === null) continue;
    const summary = summaryOf(await requestContext(ctx, row));
    if (filter.ended === true || LIVE.has(summary.status.state)) found.push(summary);
  }
  return found;
}

const LIVE: ReadonlySet<string> = new Set(["pending", "approved", "broken-glass", "consumed"]);

async function reviewsFor(ctx: Context, filter: InboxFilter): Promise<ApprovalInbox["reviews"]> {
  const rows = await database().approvalBreakGlass.findMany({
    where: {
      request: await scopeOf(ctx, filter),
      ...(filter.ended === true ? {} : { reviewedAt: null }),
    },
    orderBy: { brokenAt: "desc" },
    take: MAX,
  });
  const views = [];
  for (const row of rows) views.push(await breakGlassView(ctx, row));
  return views;
}

async function scopeOf(ctx: Context, { environmentId, migrationId }: InboxFilter) {
  const readable = await readableEnvironments(ctx);
  return {
    AND: [
      readable === "all" ? {} : { environmentId: { in: [...readable] } },
      environmentId === undefined ? {} : { environmentId },
      migrationId === undefined ? {} : { migrationId },
    ],
  };
}
