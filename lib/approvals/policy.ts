import type { ApprovalPolicy, Approvers, LevelRule } from "#lib/approvals/schema.ts";
import { DANGER_LEVELS, type Danger } from "#lib/engine/unit.ts";
import type { Role } from "#lib/people/schema.ts";
import { canonicalJson } from "#lib/timestamps/json.ts";

/** A person as approvals judge them now: `roles` are those that they hold in the environment or on all. */
export type PersonFacts = {
  readonly id: string;
  readonly name: string;
  readonly active: boolean;
  readonly roles: readonly Role[];
};

/** Execution must be over so many minutes after the `people`th approval. */
export type ExecutionClock = { readonly people: number; readonly minutes: number };

/**
 * What one danger level asks of a migration: the rule of one policy, or several folded into the strictest. Every member of `approvers`
 * must accept a person for them to count; `breakGlass` likewise, null: nobody. Every one of `clocks` must still run.
 */
export type EffectiveRule = {
  readonly people: number;
  readonly approvers: readonly Approvers[];
  readonly requestMinutes: number;
  readonly executionMinutes: number;
  readonly clocks: readonly ExecutionClock[];
  readonly breakGlass: readonly Approvers[] | null;
};

/** One policy, or several folded into the strictest. */
export type EffectivePolicy = {
  readonly levels: Readonly<Record<Danger, EffectiveRule>>;
  readonly unobservedProofs: boolean;
  readonly secondFactor: boolean;
};

const HOUR = 60;
const DAY = 24 * HOUR;
const APPROVERS: Approvers = { roles: ["approver"], people: [] };
const NOBODY_ASKED: LevelRule = {
  people: 0,
  approvers: APPROVERS,
  requestMinutes: DAY,
  executionMinutes: DAY,
  breakGlass: null,
};
/** The policy that asks nobody. */
export const NOBODY_ASKED_POLICY: ApprovalPolicy = {
  levels: { safe: NOBODY_ASKED, reversible: NOBODY_ASKED, destructive: NOBODY_ASKED },
  unobservedProofs: true,
  secondFactor: false,
};
const SECOND_PERSON: LevelRule = {
  people: 1,
  approvers: APPROVERS,
  requestMinutes: 3 * DAY,
  executionMinutes: DAY,
  breakGlass: { roles: ["administrator"], people: [] },
};

/** The policy of an environment for which nobody has set one. Source: docs/adr/0011-approvals.md */
export function defaultPolicy(environment: {
  readonly tier: string;
  readonly sandbox: boolean;
}): ApprovalPolicy {
  if (environment.sandbox || environment.tier === "development") return NOBODY_ASKED_POLICY;
  const levels = { ...NOBODY_ASKED_POLICY.levels, destructive: SECOND_PERSON };
  if (environment.tier === "staging") return { ...NOBODY_ASKED_POLICY, levels };
  return { ...NOBODY_ASKED_POLICY, levels: { ...levels, reversible: SECOND_PERSON } };
}

/** A single policy as the judge takes it. */
export function effective(policy: ApprovalPolicy): EffectivePolicy {
  const { safe, reversible, destructive } = policy.levels;
  const { unobservedProofs, secondFactor } = policy;
  return {
    levels: { safe: ruleOf(safe), reversible: ruleOf(reversible), destructive: ruleOf(destructive) },
    unobservedProofs,
    secondFactor,
  };
}

function ruleOf({ approvers, breakGlass, ...rest }: LevelRule): EffectiveRule {
  return {
    ...rest,
    approvers: [sorted(approvers)],
    clocks: [{ people: rest.people, minutes: rest.executionMinutes }],
    breakGlass: breakGlass === null ? null : [sorted(breakGlass)],
  };
}

/**
 * The stricter of two policies, field by field: what it lets pass, both let pass. A level that asks nobody gives way to one that does,
 * since its clocks and people mean nothing.
 */
export function stricter(left: EffectivePolicy, right: EffectivePolicy): EffectivePolicy {
  return {
    levels: {
      safe: stricterRule(left.levels.safe, right.levels.safe),
      reversible: stricterRule(left.levels.reversible, right.levels.reversible),
      destructive: stricterRule(left.levels.destructive, right.levels.destructive),
    },
    unobservedProofs: left.unobservedProofs && right.unobservedProofs,
    secondFactor: left.secondFactor || right.secondFactor,
  };
}

function stricterRule(left: EffectiveRule, right: EffectiveRule): EffectiveRule {
  if (left.people === 0 && right.people === 0) return distinct([left, right])[0] ?? left;
  if (left.people === 0) return right;
  if (right.people === 0) return left;
  return {
    people: Math.max(left.people, right.people),
    approvers: distinct([...left.approvers, ...right.approvers]),
    requestMinutes: Math.min(left.requestMinutes, right.requestMinutes),
    executionMinutes: Math.min(left.executionMinutes, right.executionMinutes),
    clocks: distinct([...left.clocks, ...right.clocks]),
    breakGlass:
      left.breakGlass === null || right.breakGlass === null
        ? null
        : distinct([...left.breakGlass, ...right.breakGlass]),
  };
}

function sorted({ roles, people }: Approvers): Approvers {
  return { roles: roles.toSorted(), people: people.toSorted() };
}

/** Values without repetition, in an order of their own, so that it does not matter which policy came first. */
function distinct<T>(values: readonly T[]): readonly T[] {
  const keyed = values.map((one) => [canonicalJson(one), one] as const);
  return [...new Map(keyed.toSorted(([a], [b]) => (a < b ? -1 : 1))).values()];
}

/**
 * Why a person's approval (or breaking of the glass) would not count now, in words; null when it does. A named person counts only while
 * they hold some role in the environment.
 */
export function notEligible(person: PersonFacts | undefined, lists: readonly Approvers[]): string | null {
  if (person === undefined) return "This account does not exist any more.";
  if (!person.active) return "The account was deactivated.";
  const accepted = lists.every(
    ({ roles, people }) =>
      roles.some((role) => person.roles.includes(role)) ||
      (people.includes(person.id) && person.roles.length > 0),
  );
  if (accepted) return null;
  return person.roles.length === 0
    ? "They have no role in this environment any more."
    : "The policy does not accept their role, and does not name them.";
}

/** Whom a rule accepts, in words for a page. `nameOf` knows the named people. */
export function whoWords(lists: readonly Approvers[], nameOf: (id: string) => string): string {
  const words = lists.map(({ roles, people }) => {
    const parts = [...roles.map((role) => `every ${role}`), ...people.map(nameOf)];
    return parts.length === 0 ? "nobody" : parts.join(" or ");
  });
  return words.join(", and also ");
}

/** What stands against a policy, given who there is: `problems` make it impossible to meet, `warnings` are worth knowing. */
export type Feasibility = {
  readonly problems: readonly { readonly level: Danger; readonly words: string }[];
  readonly warnings: readonly string[];
};

/**
 * Whether a policy can be met by the people there are, whoever asks: an operator who asks never counts. It is a problem when no operator
 * could ever get it met, a warning when one of them could not.
 */
export function judgeFeasibility(policy: EffectivePolicy, people: readonly PersonFacts[]): Feasibility {
  const problems: { level: Danger; words: string }[] = [];
  const warnings: string[] = [];
  const operators = people.filter((one) => one.active && one.roles.includes("operator"));
  for (const level of DANGER_LEVELS) {
    const rule = policy.levels[level];
    if (rule.people === 0) continue;
    const eligible = people.filter((one) => notEligible(one, rule.approvers) === null);
    const without = (requester: PersonFacts) => eligible.filter((one) => one.id !== requester.id).length;
    const asked = `${level} steps need ${counted(rule.people)} besides whoever asks`;
    const stuck = operators.filter((one) => without(one) < rule.people);
    const everybodyStuck = operators.length > 0 && stuck.length === operators.length;
    if (eligible.length < rule.people || everybodyStuck) {
      const most = operators.length === 0 ? eligible.length : Math.max(...operators.map(without));
      problems.push({
        level,
        words: `This can never be met: ${asked}, and only ${counted(most)} could approve now. Give more people the role, name them, or ask for fewer.`,
      });
      continue;
    }
    for (const one of stuck) {
      warnings.push(`When ${one.name} asks, only ${counted(without(one))} could approve; ${asked}.`);
    }
    if (rule.breakGlass !== null && !people.some((one) => notEligible(one, rule.breakGlass ?? []) === null)) {
      warnings.push(`Nobody could break the glass for ${level} steps now.`);
    }
  }
  if (operators.length === 0 && DANGER_LEVELS.some((level) => policy.levels[level].people > 0)) {
    warnings.push("Nobody has the role operator here, so nobody can ask for an approval.");
  }
  return { problems, warnings };
}

/** A number of people in words. */
export function counted(people: number): string {
  if (people === 0) return "nobody";
  return people === 1 ? "1 person" : `${people} people`;
}
