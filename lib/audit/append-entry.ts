import type { Tx } from "#lib/db/transact-handle.ts";
import { InvariantError } from "#lib/errors.ts";
import { type Actor, auditName } from "#lib/people/actor.ts";
import type { AuditValue } from "#lib/audit/redaction.ts";
import { storableText } from "#lib/audit/redaction.ts";
import { GENESIS_HASH } from "#lib/audit/verify-chain.ts";
import { canonicalJson, sha256Hex } from "#lib/timestamps/json.ts";

/** What an action was done to. `id` is null where the thing does not exist yet, or never had one. */
export type Subject = {
  readonly kind: string;
  readonly id: string | null;
  readonly name: string;
};

/** What one audit row says, without what the chain adds. `input` and `outcome` are redacted already. */
export type AuditFacts = {
  readonly actor: Actor;
  readonly sourceAddress: string | null;
  readonly requestId: string;
  readonly action: string;
  readonly subject: Subject;
  readonly environmentId: string | null;
  readonly migrationId: string | null;
  readonly planHash: string | null;
  readonly input: AuditValue;
  readonly outcome: AuditValue;
  readonly result: "done" | "denied" | "failed";
};

/** The advisory lock that makes the chain serial; the same number stands in the trigger `audit.hold_chain`. */
const CHAIN_LOCK = 6_021_023_114_150_922n;

/**
 * Appends one row to the audit log in the given transaction, which must run at READ COMMITTED and do nothing afterwards but
 * commit: the lock on the end of the chain is held until then. Returns the row's sequence number.
 */
export async function appendEntry(tx: Tx, facts: AuditFacts): Promise<bigint> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${CHAIN_LOCK})`;
  const head = await readHead(tx);
  const sequence = head.sequence + 1n;
  const canonicalText = canonicalJson({ ...fieldsOf(facts), sequence: sequence.toString(), at: head.now });
  const hash = await sha256Hex(head.hash + canonicalText);
  const inserted = await tx.$executeRaw`
    INSERT INTO audit.entry (sequence, at, actor_kind, actor_id, actor_name, source_address, request_id, action,
      subject_kind, subject_id, subject_name, environment_id, migration_id, plan_hash, input, outcome, result,
      canonical_text, previous_hash, hash)
    SELECT (c->>'sequence')::bigint, (c->>'at')::timestamptz, c->>'actorKind', c->>'actorId', c->>'actorName',
      c->>'sourceAddress', c->>'requestId', c->>'action', c->>'subjectKind', c->>'subjectId', c->>'subjectName',
      (c->>'environmentId')::uuid, (c->>'migrationId')::uuid, c->>'planHash',
      nullif(c->'input', 'null'::jsonb), nullif(c->'outcome', 'null'::jsonb), c->>'result',
      ${canonicalText}, ${head.hash}, ${hash}
    FROM (SELECT ${canonicalText}::jsonb AS c) AS parsed`;
  if (inserted !== 1) throw new InvariantError("the audit row was not written");
  return sequence;
}

type Head = { readonly sequence: bigint; readonly hash: string; readonly now: string };

async function readHead(tx: Tx): Promise<Head> {
  const rows = await tx.$queryRaw<Head[]>`
    SELECT coalesce(last.sequence, 0)::bigint AS sequence, coalesce(last.hash, ${GENESIS_HASH}) AS hash,
      to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS now
    FROM (SELECT 1) AS one
    LEFT JOIN (SELECT e.sequence, e.hash FROM audit.entry e ORDER BY e.sequence DESC LIMIT 1) AS last ON true`;
  const head = rows[0];
  if (head === undefined) throw new InvariantError("the head of the audit log cannot be read");
  return head;
}

function fieldsOf(facts: AuditFacts) {
  const text = (value: string | null) => (value === null ? null : storableText(value));
  return {
    actorKind: facts.actor.kind,
    actorId: storableText(facts.actor.id),
    actorName: storableText(auditName(facts.actor)),
    sourceAddress: text(facts.sourceAddress),
    requestId: storableText(facts.requestId),
    action: facts.action,
    subjectKind: facts.subject.kind,
    subjectId: text(facts.subject.id),
    subjectName: storableText(facts.subject.name),
    environmentId: facts.environmentId,
    migrationId: facts.migrationId,
    planHash: facts.planHash,
    input: facts.input,
    outcome: facts.outcome,
    result: facts.result,
  };
}
