import { z } from "zod";

/** Why the API refuses; `code` stays the same from version to version, the words may change. */
export const PROBLEM_CODES = [
  "unauthenticated",
  "forbidden",
  "not-found",
  "invalid",
  "conflict",
  "stale",
  "fresh-sign-in-required",
  "rate-limited",
  "unavailable",
  "unexpected",
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** The one shape of every refusal. Source: RFC 9457 */
export const problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** What happened, what it means, what to do next. */
  detail: z.string(),
  code: z.enum(PROBLEM_CODES),
  /** Messages about single parameters or fields of the body, by their dotted path. */
  fields: z.record(z.string(), z.string()),
  /** Under which the log has the rest. */
  requestId: z.string(),
});
export type Problem = z.infer<typeof problem>;

/** Status and title of each code. */
export const PROBLEMS: Readonly<Record<ProblemCode, { readonly status: number; readonly title: string }>> = {
  unauthenticated: { status: 401, title: "No usable API token" },
  forbidden: { status: 403, title: "Not allowed" },
  "fresh-sign-in-required": { status: 403, title: "Only for a person" },
  "not-found": { status: 404, title: "Not there" },
  conflict: { status: 409, title: "In conflict with how things stand" },
  stale: { status: 409, title: "Changed meanwhile" },
  invalid: { status: 422, title: "Invalid parameters" },
  "rate-limited": { status: 429, title: "Too many requests" },
  unexpected: { status: 500, title: "Failed" },
  unavailable: { status: 503, title: "Not available now" },
};
