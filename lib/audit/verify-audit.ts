import { toEntryDto } from "#lib/audit/entry-dto.ts";
import { AUDIT_READERS } from "#lib/audit/list-audit-entries.ts";
import type { AuditBatchDto } from "#lib/audit/schema.ts";
import type { ChainVerdict } from "#lib/audit/verify-chain.ts";
import { GENESIS, verifyChain } from "#lib/audit/verify-chain.ts";
import { database } from "#lib/db/client.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead } from "#lib/people/authorise.ts";

const BATCH_ROWS = 500;

/**
 * The next rows of the whole log after a sequence number, oldest first, at most 500, for a verifier elsewhere (the browser).
 * Empty: the end. The chain runs over all environments, so reading it takes a grant on all.
 * @throws AppError `forbidden` for anybody but auditors and administrators of all environments
 */
export async function readAuditBatch(ctx: Context, after: bigint): Promise<AuditBatchDto> {
  await authoriseRead(ctx, null, AUDIT_READERS);
  // Read first: a row that is appended meanwhile must not look like one that is missing.
  const last = await database().auditEntry.findFirst({
    orderBy: { sequence: "desc" },
    select: { sequence: true },
  });
  const rows = await database().auditEntry.findMany({
    where: { sequence: { gt: after } },
    orderBy: { sequence: "asc" },
    take: BATCH_ROWS,
  });
  return { entries: rows.map(toEntryDto), last: (last?.sequence ?? 0n).toString() };
}

/**
 * Verifies the whole chain here, batch by batch, as the command line does: the end that it reached, or the first bad row and
 * why.
 * @throws AppError `forbidden` for anybody but auditors and administrators of all environments
 */
export async function verifyAudit(ctx: Context): Promise<ChainVerdict> {
  let verdict: ChainVerdict = { ok: true, head: GENESIS };
  while (verdict.ok) {
    const { entries } = await readAuditBatch(ctx, verdict.head.sequence);
    if (entries.length === 0) return verdict;
    verdict = await verifyChain(entries, verdict.head);
  }
  return verdict;
}
