import type { State } from "#components/ui/state-mark.tsx";
import type { Approvers, PersonRef } from "#lib/approvals/schema.ts";
import type { ApprovalState, ApprovalStatus, Danger } from "#lib/engine/unit.ts";

interface Look {
  /** Null where the state judges nothing. */
  state: State | null;
  words: string;
}

/** How each standing of a request looks, in a state and a word or two. */
export const APPROVAL_LOOKS: Record<ApprovalState, Look> = {
  "not-needed": { state: null, words: "no approval needed" },
  none: { state: "warning", words: "nobody asked yet" },
  pending: { state: "running", words: "waiting" },
  approved: { state: "pass", words: "approved" },
  "broken-glass": { state: "warning", words: "glass broken" },
  rejected: { state: "blocked", words: "rejected" },
  withdrawn: { state: null, words: "withdrawn" },
  "expired-request": { state: "warning", words: "not decided in time" },
  "expired-execution": { state: "warning", words: "not executed in time" },
  void: { state: "blocked", words: "void" },
  consumed: { state: null, words: "used" },
};

export const DANGER_WORDS: Record<Danger, string> = {
  safe: "safe",
  reversible: "reversible",
  destructive: "destructive",
};

/** What each danger level means, for the forms. */
export const DANGER_MEANINGS: Record<Danger, string> = {
  safe: "Nothing that a service depends on changes, such as claiming a namespace.",
  reversible: "Lockstep itself can take it back.",
  destructive: "At least one effect cannot be taken back by Lockstep.",
};

/** "Approvals 1 of 2", or the standing where no count helps. */
export function tallyWords(status: ApprovalStatus): string {
  switch (status.state) {
    case "pending":
    case "approved":
      return `Approvals ${status.counted} of ${status.needed}`;
    case "none":
      return `Approvals 0 of ${status.needed}`;
    default:
      return `Approval: ${APPROVAL_LOOKS[status.state].words}`;
  }
}

/** Whether asking (again) is what has to happen next. */
export function canAskAgain(state: ApprovalState): boolean {
  return !["not-needed", "pending", "approved", "broken-glass"].includes(state);
}

const UNITS = [
  { minutes: 1440, one: "day", many: "days" },
  { minutes: 60, one: "hour", many: "hours" },
  { minutes: 1, one: "minute", many: "minutes" },
] as const;

/** "3 days", "90 minutes": the largest unit in which it is a whole number. */
export function minutesWords(minutes: number): string {
  const unit = UNITS.find((one) => minutes % one.minutes === 0) ?? UNITS[2];
  const count = minutes / unit.minutes;
  return `${count} ${count === 1 ? unit.one : unit.many}`;
}

/** Whom a list accepts, in words; `none` where it accepts nobody. */
export function approversWords(approvers: Approvers, people: readonly PersonRef[], none = "nobody"): string {
  const parts = [
    ...approvers.roles.map((role) => `every ${role}`),
    ...approvers.people.map((id) => people.find((one) => one.id === id)?.name ?? "somebody who left"),
  ];
  return parts.length === 0 ? none : parts.join(", ");
}

/** "2 people besides whoever asks". */
export function peopleWords(people: number): string {
  if (people === 0) return "nobody is asked";
  return `${people} ${people === 1 ? "person" : "people"} besides whoever asks`;
}

/** "7f3a0c…21f": enough of a plan hash to tell two apart by eye. */
export function shortHash(hash: string): string {
  return `${hash.slice(0, 6)}…${hash.slice(-3)}`;
}
