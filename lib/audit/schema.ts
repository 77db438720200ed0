import { z } from "zod";

/** What came of an action: done, refused, or broken off by an unexpected failure. */
export const AUDIT_RESULTS = ["done", "denied", "failed"] as const;
export type AuditResult = (typeof AUDIT_RESULTS)[number];

/** One row of the audit log, every column, as pages and verifiers get it: enough to recompute its hash. */
export const auditEntryDto = z.strictObject({
  sequence: z.string(),
  at: z.iso.datetime(),
  actorKind: z.string(),
  actorId: z.string(),
  actorName: z.string(),
  sourceAddress: z.string().nullable(),
  requestId: z.string(),
  action: z.string(),
  subjectKind: z.string(),
  subjectId: z.string().nullable(),
  subjectName: z.string(),
  environmentId: z.string().nullable(),
  migrationId: z.string().nullable(),
  planHash: z.string().nullable(),
  input: z.unknown(),
  outcome: z.unknown(),
  result: z.string(),
  canonicalText: z.string(),
  previousHash: z.string(),
  hash: z.string(),
});
export type AuditEntryDto = z.infer<typeof auditEntryDto>;

const text = z.string().trim().min(1).max(300);

/** Filters of the audit page; they live in its address. `from` and `to` are moments, `to` not included. */
export const auditFilter = z.strictObject({
  actor: text.optional(),
  action: text.optional(),
  subject: text.optional(),
  environment: z.uuid().optional(),
  migration: z.uuid().optional(),
  result: z.enum(AUDIT_RESULTS).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  /** Rows below this sequence number: older ones. */
  before: z
    .string()
    .regex(/^[1-9]\d{0,17}$/)
    .optional(),
  /** Rows above this sequence number: newer ones. */
  after: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional(),
});
export type AuditFilter = z.infer<typeof auditFilter>;

/** One page of the log, newest first, with where the pages beside it begin. */
export const auditPageDto = z.strictObject({
  entries: z.array(auditEntryDto),
  olderBefore: z.string().nullable(),
  newerAfter: z.string().nullable(),
});
export type AuditPageDto = z.infer<typeof auditPageDto>;

/** What the verifier asks for: the rows after a sequence number. */
export const auditBatchInput = z.strictObject({ after: z.string().regex(/^\d{1,18}$/) });

/** A stretch of the log for a verifier; `last` is the end of the whole log when it was read. */
export const auditBatchDto = z.strictObject({
  entries: z.array(auditEntryDto),
  last: z.string(),
});
export type AuditBatchDto = z.infer<typeof auditBatchDto>;
