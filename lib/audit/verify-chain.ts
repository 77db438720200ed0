import { canonicalJson, sha256Hex } from "#lib/timestamps/json.ts";

/** What stands before the first row: 64 zeros. */
export const GENESIS_HASH = "0".repeat(64);

/** One row of the audit log as the verifier needs it: every column, on the wire form of our JSON. */
export type ChainRow = {
  readonly sequence: string;
  readonly at: string;
  readonly actorKind: string;
  readonly actorId: string;
  readonly actorName: string;
  readonly sourceAddress: string | null;
  readonly requestId: string;
  readonly action: string;
  readonly subjectKind: string;
  readonly subjectId: string | null;
  readonly subjectName: string;
  readonly environmentId: string | null;
  readonly migrationId: string | null;
  readonly planHash: string | null;
  readonly input: unknown;
  readonly outcome: unknown;
  readonly result: string;
  readonly canonicalText: string;
  readonly previousHash: string;
  readonly hash: string;
};

/** The end of a verified stretch: the next row must be `sequence + 1` and name `hash` as the one before it. */
export type ChainHead = { readonly sequence: bigint; readonly hash: string };

/** Where an empty log ends and every log begins. */
export const GENESIS: ChainHead = { sequence: 0n, hash: GENESIS_HASH };

/** The first bad row and what is wrong with it, in words for the auditor. */
export type ChainFault = { readonly sequence: string; readonly reason: string };
export type ChainVerdict =
  | { readonly ok: true; readonly head: ChainHead }
  | { readonly ok: false; readonly fault: ChainFault };

/**
 * Checks consecutive rows, in order, against the end of what was verified before: no gap, each names the hash before it, its
 * canonical text says exactly what its columns say, and its hash is the SHA-256 of previous hash and text. Stops at the first
 * bad row. A log whose end was cut off still verifies: only a head that was noted elsewhere shows that.
 */
export async function verifyChain(
  rows: readonly ChainRow[],
  after: ChainHead = GENESIS,
): Promise<ChainVerdict> {
  let head = after;
  for (const row of rows) {
    const reason = await faultOf(row, head);
    if (reason !== null) return { ok: false, fault: { sequence: row.sequence, reason } };
    head = { sequence: head.sequence + 1n, hash: row.hash };
  }
  return { ok: true, head };
}

/** The text that a row's hash is taken over: canonical JSON of every column but the text itself and the two hashes. */
export function canonicalTextOf(row: ChainRow): string {
  const { canonicalText: _text, previousHash: _previous, hash: _hash, ...fields } = row;
  return canonicalJson({ ...fields, input: fields.input ?? null, outcome: fields.outcome ?? null });
}

async function faultOf(row: ChainRow, head: ChainHead): Promise<string | null> {
  const expected = (head.sequence + 1n).toString();
  if (row.sequence !== expected) {
    return `It follows row ${head.sequence}: row ${expected} is missing or out of order.`;
  }
  if (row.previousHash !== head.hash) {
    return `It does not name the hash of row ${head.sequence}: a row before it was changed, removed or put in.`;
  }
  if (canonicalTextOrNull(row) !== row.canonicalText)
    return "Its columns do not say what its hashed text says.";
  if ((await sha256Hex(row.previousHash + row.canonicalText)) !== row.hash) {
    return "Its hash is not the hash of its text: the text or the hash was changed.";
  }
  return null;
}

/** Null where a changed column holds what canonical JSON cannot say, such as a fraction: no row of ours does. */
function canonicalTextOrNull(row: ChainRow): string | null {
  try {
    return canonicalTextOf(row);
  } catch {
    return null;
  }
}
