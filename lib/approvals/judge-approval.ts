import { counted, notEligible, type EffectiveRule, type PersonFacts } from "#lib/approvals/policy.ts";
import type { ApprovalState, ApprovalStatus } from "#lib/engine/unit.ts";

/** One decision as stored. */
export type DecisionFacts = {
  readonly personId: string;
  readonly name: string;
  readonly decision: "approve" | "reject";
  readonly at: Date;
};

/** How a request was ended for good. */
export const CLOSED_BECAUSE = [
  "rejected",
  "withdrawn",
  "consumed",
  "void",
  "expired-request",
  "expired-execution",
  "ended",
] as const;
export type ClosedBecause = (typeof CLOSED_BECAUSE)[number];

/** One request as stored, with what was decided on it. */
export type RequestFacts = {
  readonly id: string;
  readonly unit: string;
  readonly planHash: string;
  readonly requesterId: string;
  readonly requestedAt: Date;
  readonly closed: ClosedBecause | null;
  /** An effect of the unit stands under this request, and its other steps are still to be done. */
  readonly begun: boolean;
  readonly decisions: readonly DecisionFacts[];
  readonly breakGlass: { readonly personId: string; readonly name: string; readonly at: Date } | null;
};

/**
 * Everything that the status of a unit depends on. `planHash`: of the plan as it is resolved at this moment. `request`: the newest on the
 * unit; `people`: everybody who decided on it or broke its glass, as they stand now.
 */
export type ApprovalQuestion = {
  readonly unit: string;
  readonly planHash: string;
  readonly rule: EffectiveRule;
  readonly request: RequestFacts | null;
  readonly people: ReadonlyMap<string, PersonFacts>;
  readonly now: Date;
};

const MINUTE_MS = 60_000;

/**
 * The one function that says how a unit stands in regard of its approval: pages show what it returns, and the engine executes only what it
 * calls `executable`. Pure; all times by the console database's clock.
 */
export function judgeApproval(question: ApprovalQuestion): ApprovalStatus {
  const { rule, request, planHash, unit } = question;
  if (rule.people === 0) {
    return over(question, "not-needed", true, "The policy of this environment asks nobody for this.");
  }
  if (request === null) {
    return over(
      question,
      "none",
      false,
      `This needs the approval of ${counted(rule.people)}. Nobody has been asked yet.`,
    );
  }
  if (request.planHash !== planHash || request.unit !== unit) {
    return over(
      question,
      "void",
      false,
      "The plan has changed since this was asked for. What was decided on the old plan does not count; ask again.",
    );
  }
  if (request.closed !== null) return closed(question, request.closed);
  if (request.begun) {
    return over(question, "consumed", true, "The unit was begun under its approval and may be finished.");
  }
  if (request.decisions.some((one) => one.decision === "reject")) return closed(question, "rejected");
  const byApprovals = counting(question, request);
  if (byApprovals.executable) return byApprovals;
  return brokenGlass(question, request) ?? byApprovals;
}

function closed(question: ApprovalQuestion, because: ClosedBecause): ApprovalStatus {
  switch (because) {
    case "consumed":
      return over(
        question,
        "consumed",
        false,
        "This approval was used up by its effect. Ask again before doing it once more.",
      );
    case "rejected": {
      const veto = question.request?.decisions.find((one) => one.decision === "reject");
      return over(
        question,
        "rejected",
        false,
        `${veto?.name ?? "Somebody"} rejected this. Settle why, then ask again.`,
      );
    }
    case "withdrawn":
      return over(question, "withdrawn", false, "The request was withdrawn. Ask again when it is wanted.");
    case "expired-request":
      return over(question, "expired-request", false, "Nobody decided in time. Ask again.");
    case "expired-execution":
      return over(question, "expired-execution", false, "The approval was not used in time. Ask again.");
    case "void":
    case "ended":
      return over(
        question,
        "void",
        false,
        "The plan or the migration that this was asked for is over. Ask again.",
      );
  }
}

/** A broken glass stands in for approvals that are missing, while whoever broke it is still somebody who may. */
function brokenGlass(question: ApprovalQuestion, request: RequestFacts): ApprovalStatus | null {
  const { rule, people, now } = question;
  const { breakGlass } = request;
  if (breakGlass === null || rule.breakGlass === null) return null;
  if (notEligible(people.get(breakGlass.personId), rule.breakGlass) !== null) return null;
  const until = after(breakGlass.at, rule.executionMinutes);
  if (now >= until) return closed(question, "expired-execution");
  const reason = `${breakGlass.name} broke the glass: this may be done without the approvals that are missing.`;
  return {
    ...tally(question, request),
    state: "broken-glass",
    executable: true,
    until: until.toISOString(),
    reason,
  };
}

function counting(question: ApprovalQuestion, request: RequestFacts): ApprovalStatus {
  const { rule, now } = question;
  const tallied = tally(question, request);
  const until = executionEnd(question, request);
  if (until !== null && now >= until) return closed(question, "expired-execution");
  if (until !== null && tallied.missing === 0) {
    const reason = `Approved by ${tallied.countedBy.map((one) => one.name).join(", ")}.`;
    return { ...tallied, state: "approved", executable: true, until: until.toISOString(), reason };
  }
  const end = after(request.requestedAt, rule.requestMinutes);
  if (now >= end) return closed(question, "expired-request");
  const reason = `${tallied.counted} of ${rule.people} approved; ${counted(tallied.missing)} still to decide.`;
  return { ...tallied, state: "pending", executable: false, until: end.toISOString(), reason };
}

/**
 * When the first of the execution clocks ends. Each starts with the approval that made its number full, whoever of them still counts, so
 * that losing an approver never lengthens it. Null while no number was full.
 */
function executionEnd({ rule }: ApprovalQuestion, request: RequestFacts): Date | null {
  const approvals = inTime(rule, request);
  const ends = rule.clocks.flatMap(({ people, minutes }) => {
    const nth = approvals[people - 1];
    return nth === undefined ? [] : [after(nth.at, minutes).getTime()];
  });
  return ends.length === 0 ? null : new Date(Math.min(...ends));
}

/** Approvals in order, one a person, none of the requester, none after the request's clock. */
function inTime(rule: EffectiveRule, request: RequestFacts): readonly DecisionFacts[] {
  const end = after(request.requestedAt, rule.requestMinutes);
  const seen = new Set([request.requesterId]);
  return request.decisions
    .toSorted((a, b) => a.at.getTime() - b.at.getTime())
    .filter((one) => {
      if (one.decision !== "approve" || one.at >= end || seen.has(one.personId)) return false;
      seen.add(one.personId);
      return true;
    });
}

type Tally = Pick<ApprovalStatus, "needed" | "counted" | "missing" | "countedBy" | "notCounted">;

function tally({ rule, people }: ApprovalQuestion, request: RequestFacts): Tally {
  const valid = inTime(rule, request);
  const judged = request.decisions
    .filter((one) => one.decision === "approve")
    .map((one) => ({
      one,
      because: valid.includes(one)
        ? notEligible(people.get(one.personId), rule.approvers)
        : unusual(one, request),
    }));
  const countedBy = judged
    .filter(({ because }) => because === null)
    .map(({ one }) => ({ personId: one.personId, name: one.name, at: one.at.toISOString() }));
  return {
    needed: rule.people,
    counted: countedBy.length,
    missing: Math.max(0, rule.people - countedBy.length),
    countedBy,
    notCounted: judged.flatMap(({ one, because }) =>
      because === null ? [] : [{ personId: one.personId, name: one.name, because }],
    ),
  };
}

function unusual(one: DecisionFacts, request: RequestFacts): string {
  if (one.personId === request.requesterId) return "Whoever asks does not count.";
  return "It came after the request had expired, or the same person had approved before.";
}

function over(
  question: ApprovalQuestion,
  state: ApprovalState,
  executable: boolean,
  reason: string,
): ApprovalStatus {
  const { request, rule } = question;
  const tallied: Tally =
    request === null || rule.people === 0
      ? { needed: rule.people, counted: 0, missing: rule.people, countedBy: [], notCounted: [] }
      : tally(question, request);
  return { ...tallied, state, executable, until: null, reason };
}

function after(at: Date, minutes: number): Date {
  return new Date(at.getTime() + minutes * MINUTE_MS);
}
