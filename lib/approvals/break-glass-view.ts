import { z } from "zod";

import { personRef, type BreakGlassDto } from "#lib/approvals/schema.ts";
import { REVIEWING_ROLES } from "#lib/approvals/review-break-glass.ts";
import { database } from "#lib/db/client.ts";
import { unitOf } from "#lib/engine/unit.ts";
import type { Context } from "#lib/people/actor.ts";
import { hasRole } from "#lib/people/authorise.ts";
import { runbookOf } from "#lib/runbooks/registry.ts";

const skipped = z.array(personRef);
const verdict = z.enum(["justified", "objected"]);

type Row = NonNullable<Awaited<ReturnType<typeof anyRow>>>;

async function anyRow() {
  return database().approvalBreakGlass.findFirst();
}

/** A broken glass as the pages show it, with what the person who looks can do about it. */
export async function breakGlassView(ctx: Context, row: Row): Promise<BreakGlassDto> {
  const request = await database().approvalRequest.findUniqueOrThrow({
    where: { id: row.requestId },
    select: { unit: true, runbook: true, environmentId: true },
  });
  const mayReview = await hasRole(ctx, REVIEWING_ROLES, request.environmentId);
  const blocked = row.reviewedAt !== null ? null : reviewBlocked(ctx, row.personId, mayReview);
  return {
    id: row.id,
    migrationId: row.migrationId,
    requestId: row.requestId,
    unit: request.unit,
    unitTitle: unitOf(runbookOf(request.runbook), request.unit)?.title ?? request.unit,
    by: row.personName,
    byId: row.personId,
    at: row.brokenAt.toISOString(),
    reason: row.reason,
    skipped: skipped.parse(row.skipped),
    review: reviewOf(row),
    canReview: row.reviewedAt === null && blocked === null,
    reviewBlockedBecause: blocked,
  };
}

function reviewBlocked(ctx: Context, personId: string, mayReview: boolean): string | null {
  if (ctx.actor.kind !== "person") return "Only a person can review this.";
  if (ctx.actor.id === personId) return "You broke this glass yourself. Somebody else has to review it.";
  return mayReview ? null : "This takes an approver, auditor or administrator of this environment.";
}

function reviewOf(row: Row): BreakGlassDto["review"] {
  if (row.reviewedAt === null) return null;
  return {
    by: row.reviewerName ?? "",
    at: row.reviewedAt.toISOString(),
    verdict: verdict.parse(row.verdict),
    note: row.reviewNote ?? "",
  };
}
