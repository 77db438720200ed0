import { z } from "zod";

/** The verdict of one check, worded for the operator. `attest` names what a person may declare to let an open question pass. */
export const finding = z.strictObject({
  id: z.string().min(1),
  level: z.enum(["pass", "warning", "blocking", "unknown"]),
  title: z.string(),
  detail: z.string().nullable(),
  remedy: z.string().nullable(),
  /** Keys of the readings that the verdict rests on. */
  readings: z.array(z.string()),
  /** Present when a person's declaration may stand in for the answer; without it nothing leads past the finding. */
  attest: z.strictObject({ label: z.string(), hint: z.string().nullable() }).nullable(),
  /** True while the reading behind it is taken only when the step is run, so that a page cannot know it yet. */
  deferred: z.boolean(),
});
export type Finding = z.infer<typeof finding>;
export type FindingLevel = Finding["level"];

type Details = {
  readonly detail?: string | null;
  readonly remedy?: string | null;
  readonly readings?: readonly string[];
};

function build(level: FindingLevel, id: string, title: string, details: Details): Finding {
  return {
    id,
    level,
    title,
    detail: details.detail ?? null,
    remedy: details.remedy ?? null,
    readings: [...(details.readings ?? [])],
    attest: null,
    deferred: false,
  };
}

/** A check that holds. */
export function pass(id: string, title: string, details: Details = {}): Finding {
  return build("pass", id, title, details);
}

/** A check that holds well enough to go on, and that the operator should know about. */
export function warning(id: string, title: string, details: Details = {}): Finding {
  return build("warning", id, title, details);
}

/** A check that fails: the step cannot go on. `remedy` always says what to do about it. */
export function blocking(id: string, title: string, details: Details & { readonly remedy: string }): Finding {
  return build("blocking", id, title, details);
}

/** A check that could not be made; it blocks like a failure unless it is attestable and attested. */
export function unknown(id: string, title: string, details: Details & { readonly remedy: string }): Finding {
  return build("unknown", id, title, details);
}

/** The same finding, which a person may let pass by declaring `label`; the declaration is shown with it for ever. */
export function attestable(base: Finding, label: string, hint: string | null = null): Finding {
  return { ...base, attest: { label, hint } };
}

/** The same open question; where only the run itself may ask, it says so in place of what would have to be mended. */
export function askedByRun(base: Finding, deferred: boolean): Finding {
  if (!deferred) return base;
  const detail =
    "Looking uses up a timestamp, so it is read when the step is run, before anything is changed.";
  return { ...base, detail, remedy: null, deferred };
}

/** The subject under which a declaration about a finding is stored. */
export function findingSubject(id: string): string {
  return `finding:${id}`;
}

/** The findings that nothing leads past: blocking or unknown, not attestable or not attested. Deferred ones count only with `all`. */
export function obstacles(
  findings: readonly Finding[],
  attested: ReadonlySet<string>,
  include: "all" | "not-deferred",
): readonly Finding[] {
  return findings.filter((one) => {
    if (one.level === "pass" || one.level === "warning") return false;
    if (one.deferred && include === "not-deferred") return false;
    return one.attest === null || !attested.has(findingSubject(one.id));
  });
}
