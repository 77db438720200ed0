import type { AuditBatchDto } from "#lib/audit/schema.ts";
import { auditBatchDto } from "#lib/audit/schema.ts";
import { GENESIS, verifyChain, type ChainVerdict } from "#lib/audit/verify-chain.ts";

/** Reads the rows after a sequence number, oldest first. Throws with words for the person. */
export type ReadBatch = (after: bigint) => Promise<AuditBatchDto>;

/** How far a verification is. `last` is the end of the log when the latest stretch was read. */
export interface VerifyProgress {
  checked: bigint;
  last: bigint;
}

/** Verifies the whole log stretch by stretch, recomputing every hash here and believing nothing that the server says of it. */
export async function verifyLog(
  readBatch: ReadBatch,
  onProgress: (progress: VerifyProgress) => void,
): Promise<ChainVerdict> {
  let verdict: ChainVerdict = { ok: true, head: GENESIS };
  while (verdict.ok) {
    const batch = await readBatch(verdict.head.sequence);
    if (batch.entries.length === 0) return endOf(verdict.head.sequence, batch) ?? verdict;
    verdict = await verifyChain(batch.entries, verdict.head);
    if (verdict.ok) onProgress({ checked: verdict.head.sequence, last: BigInt(batch.last) });
  }
  return verdict;
}

/** The log cannot end before its own last row. */
function endOf(checked: bigint, batch: AuditBatchDto): ChainVerdict | null {
  if (BigInt(batch.last) <= checked) return null;
  return {
    ok: false,
    fault: { sequence: (checked + 1n).toString(), reason: "It is missing, though later rows exist." },
  };
}

/** Reads a batch from the console. */
export async function fetchBatch(after: bigint): Promise<AuditBatchDto> {
  const response = await fetch(`/api/audit/batch?after=${after}`, { cache: "no-store" });
  const body: unknown = await response.json();
  if (response.ok) return auditBatchDto.parse(body);
  const said = typeof body === "object" && body !== null && "message" in body ? String(body.message) : "";
  throw new Error(said || `The console answered ${response.status}.`);
}
