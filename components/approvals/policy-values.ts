import type { ApprovalPolicy, Approvers, LevelRule } from "#lib/approvals/schema.ts";
import type { Danger } from "#lib/engine/unit.ts";

/** Units in which a clock is entered, in minutes. */
export const SPAN_UNITS = { minutes: 1, hours: 60, days: 1440 } as const;
export type SpanUnit = keyof typeof SPAN_UNITS;

/** A duration as it is typed; what is no number yet stays as it was typed. */
export interface Span {
  count: string;
  unit: SpanUnit;
}

/** One danger level as the form holds it. Who may break the glass is kept while the box is off, so that a slip costs nothing. */
export interface LevelValues {
  people: number;
  approvers: Approvers;
  request: Span;
  execution: Span;
  breakable: boolean;
  breakers: Approvers;
}

export interface PolicyValues {
  levels: Record<Danger, LevelValues>;
  unobservedProofs: boolean;
  secondFactor: boolean;
  reason: string;
}

const BREAKERS: Approvers = { roles: ["administrator"], people: [] };

/** The form of a policy. */
export function valuesOf({ levels, unobservedProofs, secondFactor }: ApprovalPolicy): PolicyValues {
  return {
    levels: {
      safe: levelValues(levels.safe),
      reversible: levelValues(levels.reversible),
      destructive: levelValues(levels.destructive),
    },
    unobservedProofs,
    secondFactor,
    reason: "",
  };
}

/** The policy of a form. A duration that is no whole number becomes null, which the server refuses beside its field. */
export function policyOf({ levels, unobservedProofs, secondFactor }: PolicyValues) {
  return {
    levels: {
      safe: ruleOf(levels.safe),
      reversible: ruleOf(levels.reversible),
      destructive: ruleOf(levels.destructive),
    },
    unobservedProofs,
    secondFactor,
  };
}

function levelValues(rule: LevelRule): LevelValues {
  return {
    people: rule.people,
    approvers: rule.approvers,
    request: spanOf(rule.requestMinutes),
    execution: spanOf(rule.executionMinutes),
    breakable: rule.breakGlass !== null,
    breakers: rule.breakGlass ?? BREAKERS,
  };
}

function ruleOf({ people, approvers, request, execution, breakable, breakers }: LevelValues) {
  return {
    people,
    approvers,
    requestMinutes: minutesOf(request),
    executionMinutes: minutesOf(execution),
    breakGlass: breakable ? breakers : null,
  };
}

function spanOf(minutes: number): Span {
  const unit =
    (["days", "hours", "minutes"] as const).find((one) => minutes % SPAN_UNITS[one] === 0) ?? "minutes";
  return { count: String(minutes / SPAN_UNITS[unit]), unit };
}

/** Null: not a whole number above zero. */
function minutesOf({ count, unit }: Span): number | null {
  return /^\d{1,6}$/.test(count.trim()) ? Number(count) * SPAN_UNITS[unit] : null;
}
