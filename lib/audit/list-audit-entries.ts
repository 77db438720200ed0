import { toListEntry } from "#lib/audit/entry-dto.ts";
import type { AuditFilter, AuditPageDto } from "#lib/audit/schema.ts";
import { database } from "#lib/db/client.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { type ReadableEnvironments, readableEnvironments } from "#lib/people/authorise.ts";

/** Who may read the audit log; grants on one environment show that environment's rows only. */
export const AUDIT_READERS = ["auditor", "administrator"] as const;

const PAGE_ROWS = 50;

/**
 * One page of the rows that match, newest first, out of those that the person may read.
 * @throws AppError `forbidden` for people who are auditor or administrator nowhere
 */
export async function listAuditEntries(ctx: Context, filter: AuditFilter): Promise<AuditPageDto> {
  const readable = await readableEnvironments(ctx, AUDIT_READERS);
  if (readable !== "all" && readable.size === 0) {
    throw new AppError(
      "forbidden",
      "The audit log needs the role auditor or administrator. Ask an administrator.",
    );
  }
  const isForward = filter.after !== undefined && filter.before === undefined;
  const rows = await database().auditEntry.findMany({
    where: { AND: [scopeOf(readable), conditionsOf(filter)] },
    orderBy: { sequence: isForward ? "asc" : "desc" },
    take: PAGE_ROWS + 1,
  });
  const hasMore = rows.length > PAGE_ROWS;
  const kept = rows.slice(0, PAGE_ROWS);
  const entries = (isForward ? kept.toReversed() : kept).map(toListEntry);
  const hasOlder = isForward || hasMore;
  const hasNewer = isForward ? hasMore : filter.before !== undefined;
  return {
    entries,
    olderBefore: hasOlder ? (entries.at(-1)?.sequence ?? null) : null,
    newerAfter: hasNewer ? (entries[0]?.sequence ?? null) : null,
  };
}

function scopeOf(readable: ReadableEnvironments) {
  return readable === "all" ? {} : { environmentId: { in: [...readable] } };
}

function conditionsOf(filter: AuditFilter) {
  const contains = (text: string) => ({ contains: text, mode: "insensitive" as const });
  const { actor, action, subject, from, to, before, after } = filter;
  return {
    AND: [
      actor === undefined ? {} : { OR: [{ actorId: actor }, { actorName: contains(actor) }] },
      action === undefined ? {} : { action },
      subject === undefined ? {} : { OR: [{ subjectId: subject }, { subjectName: contains(subject) }] },
      filter.environment === undefined ? {} : { environmentId: filter.environment },
      filter.migration === undefined ? {} : { migrationId: filter.migration },
      filter.result === undefined ? {} : { result: filter.result },
      from === undefined ? {} : { at: { gte: new Date(from) } },
      to === undefined ? {} : { at: { lt: endOf(to) } },
      before === undefined ? {} : { sequence: { lt: BigInt(before) } },
      after === undefined ? {} : { sequence: { gt: BigInt(after) } },
    ],
  };
}

/** A day counts to its end, in UTC as its beginning does. */
function endOf(to: string): Date {
  const moment = new Date(to);
  if (/^\d{4}-\d{2}-\d{2}$/.test(to)) moment.setUTCDate(moment.getUTCDate() + 1);
  return moment;
}
