import type { State } from "#components/ui/state-mark.tsx";
import type { FindingView, MigrationView, StepView } from "#lib/migrations/schema.ts";

export const KIND_WORDS: Record<StepView["kind"], string> = {
  gate: "check",
  act: "done by Lockstep",
  operator: "done by you",
};

export const STEP_STATE_WORDS: Record<StepView["state"], string> = {
  pending: "to come",
  current: "next",
  running: "running",
  uncertain: "outcome unknown",
  done: "done",
  skipped: "skipped",
};

export const LEVEL_STATES: Record<FindingView["level"], State> = {
  pass: "pass",
  warning: "warning",
  blocking: "blocked",
  unknown: "unknown",
};

const LEVEL_ORDER: readonly FindingView["level"][] = ["blocking", "unknown", "warning", "pass"];

/** What needs attention first. Within a level the runbook's order stays. */
export function byUrgency(findings: readonly FindingView[]): FindingView[] {
  return LEVEL_ORDER.flatMap((level) => findings.filter((finding) => finding.level === level));
}

/** "2 blocking, 1 unknown, 6 pass"; nothing that is zero is mentioned. */
export function countWords(findings: readonly FindingView[]): string {
  const words = LEVEL_ORDER.map((level) => {
    const count = findings.filter((finding) => finding.level === level).length;
    return count === 0 ? null : `${count} ${level}`;
  });
  return words.filter((word) => word !== null).join(", ") || "nothing was checked";
}

/** The step to show: the one asked for, else the current one, else the last. */
export function shownStep(view: MigrationView, asked: string | undefined): StepView | undefined {
  return (
    view.steps.find((step) => step.id === asked) ??
    view.steps.find((step) => step.id === view.currentStep) ??
    view.steps.at(-1)
  );
}

/** How many steps are behind us; skipped ones count. */
export function finishedSteps(steps: readonly StepView[]): number {
  return steps.filter((step) => step.state === "done" || step.state === "skipped").length;
}
