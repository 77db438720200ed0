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

/** A moment with its zone, or a day in UTC. */
const momentOrDay = z.union([z.iso.datetime({ offset: true }), z.iso.date()], {
  error: "Give a day, such as 2026-11-21.",
});

/** Filters of the audit page; they live in its address. `to` is not included where it is a moment, and is where it is a day. */
export const auditFilter = z.strictObject({
  actor: text.optional(),
  action: text.optional(),
  subject: text.optional(),
  environment: z.uuid().optional(),
  migration: z.uuid().optional(),
  result: z.enum(AUDIT_RESULTS).optional(),
  from: momentOrDay.optional(),
  to: momentOrDay.optional(),
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

/** A row as the page lists it: with the words for its action. */
export const auditListEntry = z.strictObject({ ...auditEntryDto.shape, words: z.string() });
export type AuditListEntry = z.infer<typeof auditListEntry>;

/** One page of the log, newest first, with where the pages beside it begin. */
export const auditPageDto = z.strictObject({
  entries: z.array(auditListEntry),
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

/** The query of a page as Next hands it over. */
export type PageQuery = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Reads the filters out of a page's query; blank ones, as forms send them, are none. */
export function parseAuditQuery(query: PageQuery) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  return auditFilter.safeParse(Object.fromEntries(given));
}

/** The address of the audit page with these filters, at the page of rows that `at` names. */
export function auditHref(filter: AuditFilter, at: Pick<AuditFilter, "before" | "after"> = {}): string {
  const { before: _before, after: _after, ...kept } = filter;
  const query = new URLSearchParams(
    Object.entries({ ...kept, ...at }).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
  return query.size === 0 ? "/audit" : `/audit?${query.toString()}`;
}
