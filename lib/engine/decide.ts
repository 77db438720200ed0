import { obstacles, type Finding } from "#lib/engine/finding.ts";
import { isJob, resolve, type Operation, type ResolvedOperation } from "#lib/engine/operation.ts";
import type { Values } from "#lib/engine/reading.ts";
import {
  stepOf,
  type Abandon,
  type ActStep,
  type Declaration,
  type Runbook,
  type Step,
  type Undo,
  type Verdict,
  type World,
} from "#lib/engine/step.ts";
import { canonicalJson } from "#lib/timestamps/json.ts";

/*
 * The state machine of a migration. All of it is pure and total: stored rows and readings in, a decision out.
 *
 *   step      pending ──(run: finish | perform+done)──▶ done ──(undo done)──▶ pending      pending ──(skip, optional only)──▶ skipped
 *   attempt   intended ──▶ done | failed | not-applied | uncertain        uncertain ──(read-back)──▶ done | not-applied | uncertain
 *
 * The current step is the first that is neither done nor skipped; nothing else can be run. While an attempt is open (intended or
 * uncertain) nothing can be run, undone, skipped or abandoned: it is settled by a read-back first.
 */

/** How a step stands in the database. What is running or uncertain follows from the open attempt. */
export type StepRecord = { readonly id: string; readonly state: "pending" | "done" | "skipped" };

/** An attempt that may have had an effect and is not settled. */
export type OpenAttempt = {
  readonly id: string;
  readonly stepId: string;
  readonly direction: "do" | "undo";
  readonly state: "intended" | "uncertain";
  readonly operation: ResolvedOperation;
};

/** Everything stored that a decision depends on, read under the migration's row lock. */
export type Situation = {
  readonly state: "open" | "watching" | "done" | "abandoned";
  readonly version: number;
  readonly steps: readonly StepRecord[];
  readonly openAttempt: OpenAttempt | null;
};

/** Why something may not be done now, in words for the person. `stale`: the page was out of date. */
export type Refusal = {
  readonly ok: false;
  readonly code: "stale" | "conflict" | "invalid";
  readonly reason: string;
};
export type Decision<T> = { readonly ok: true; readonly next: T } | Refusal;

function refuse(code: Refusal["code"], reason: string): Refusal {
  return { ok: false, code, reason };
}

/** The step that is next, or null when every step is done or skipped. */
export function currentStep(runbook: Runbook, records: readonly StepRecord[]): Step | null {
  return runbook.steps.find((step) => recordOf(records, step.id) === "pending") ?? null;
}

function recordOf(records: readonly StepRecord[], id: string): StepRecord["state"] {
  return records.find((record) => record.id === id)?.state ?? "pending";
}

/** What every intent on a migration needs: it is as the person saw it, still open, and nothing is under way. */
export function decideQuiet(situation: Situation, seenVersion: number | null): Decision<null> {
  if (seenVersion !== null && seenVersion !== situation.version) {
    return refuse(
      "stale",
      "The migration has changed since this page was loaded. Nothing was done. Look at the new state and decide again.",
    );
  }
  if (situation.state === "done" || situation.state === "abandoned") {
    return refuse("conflict", `This migration is ${situation.state}. Nothing more can be done in it.`);
  }
  const open = situation.openAttempt;
  if (open?.state === "intended") {
    return refuse(
      "conflict",
      isJob(open.operation)
        ? "A job is under way. Wait until it is through, or cancel it first."
        : "An attempt is under way. Wait until it has an outcome.",
    );
  }
  if (open) {
    return refuse(
      "conflict",
      "The outcome of the last attempt is uncertain. Settle it first: the system is read again and the attempt gets its outcome.",
    );
  }
  return { ok: true, next: null };
}

/** Whether a step is the one that may be run now, before any reading is looked at. */
export function decideStart(
  runbook: Runbook,
  situation: Situation,
  stepId: string,
  seenVersion: number | null,
): Decision<Step> {
  const quiet = decideQuiet(situation, seenVersion);
  if (!quiet.ok) return quiet;
  const step = runbook.steps.find((one) => one.id === stepId);
  if (!step) return refuse("invalid", "This migration has no such step.");
  const current = currentStep(runbook, situation.steps);
  if (current?.id === step.id) return { ok: true, next: step };
  const state = recordOf(situation.steps, step.id);
  if (state !== "pending") return refuse("conflict", `“${step.title}” is already ${state}.`);
  return refuse(
    "conflict",
    `“${step.title}” comes later. The current step is “${current?.title ?? "none"}”.`,
  );
}

/** Declarations of a step that nobody has made yet. */
export function missingDeclarations(step: Step, world: World): readonly Declaration[] {
  return step.declarations(world).filter((one) => !world.facts.attested.has(one.subject));
}

/** Why the findings and inputs of a step do not let it pass; null when they do. `live` ignores what only the run itself can read. */
export function blockedBecause(
  step: Step,
  world: World,
  findings: readonly Finding[],
  mode: "run" | "live",
): string | null {
  const missing = missingDeclarations(step, world);
  const first = missing[0];
  if (first) {
    return missing.length === 1
      ? `One declaration is missing: ${first.label}`
      : `${missing.length} declarations are missing, the first: ${first.label}`;
  }
  const unset = world.facts.configurations.filter((one) => one.checkedAt === null);
  if (step.inputs.includes("configuration")) {
    if (unset[0]) return `The configuration of ${unset[0].node} has not been submitted yet.`;
    const bad = world.facts.configurations.find((one) => one.findings.some(stops));
    if (bad)
      return `The configuration of ${bad.node} has findings that block: ${bad.findings.find(stops)?.title ?? ""}`;
  }
  if (step.inputs.includes("smoke-test") && world.facts.smokeTest?.passed !== true) {
    return world.facts.smokeTest === null
      ? "Record the smoke test first: what was tried, and whether it worked."
      : "The recorded smoke test failed. Find out why, and record one that worked.";
  }
  const attested = new Set(world.facts.attested.keys());
  const [obstacle] = obstacles(findings, attested, mode === "run" ? "all" : "not-deferred");
  if (!obstacle) return null;
  return obstacle.remedy === null ? obstacle.title : `${obstacle.title} ${obstacle.remedy}`;
}

function stops(one: Finding): boolean {
  return one.level === "blocking" || one.level === "unknown";
}

/** What running a step means now. `verify`: an act whose system already is as it should be, to be proven by the read-back. */
export type Next =
  | {
      readonly kind: "finish";
      readonly step: Step;
      readonly findings: readonly Finding[];
      readonly values: Values;
    }
  | { readonly kind: "verify"; readonly step: ActStep; readonly findings: readonly Finding[] }
  | {
      readonly kind: "perform";
      readonly step: ActStep;
      readonly findings: readonly Finding[];
      readonly template: Operation;
      readonly operation: ResolvedOperation;
    };

/** What a person brings to a step, or the worker where nobody is asked. */
export type Intent = {
  readonly stepId: string;
  readonly seenVersion: number | null;
  readonly typedPhrase: string | null;
  readonly by: "person" | "worker";
  /** True when the step follows in the unit that was already started: nothing more is asked of the person. */
  readonly continues: boolean;
};

/** Decides what running the step does, over readings that were just taken. */
export function decideRun(
  runbook: Runbook,
  situation: Situation,
  world: World,
  intent: Intent,
): Decision<Next> {
  const start = decideStart(runbook, situation, intent.stepId, intent.seenVersion);
  if (!start.ok) return start;
  const step = start.next;
  if (intent.by === "worker" && !intent.continues && !(step.kind === "gate" && step.automatic)) {
    return refuse("conflict", `“${step.title}” is for a person to start.`);
  }
  const phrase =
    step.inputs.includes("typed-phrase") && !intent.continues ? step.phrase(world.targets) : null;
  if (phrase !== null && intent.typedPhrase !== phrase) {
    return refuse("invalid", `Type exactly “${phrase}” to confirm. Nothing was done.`);
  }
  const findings = step.holds(world);
  const blocked = blockedBecause(step, world, findings, "run");
  if (blocked !== null) return refuse("conflict", blocked);
  if (step.kind !== "act")
    return { ok: true, next: { kind: "finish", step, findings, values: step.fixes(world) } };
  const template = step.choose(world);
  if (template === null) return { ok: true, next: { kind: "verify", step, findings } };
  if (!isPlanned(step, template))
    return refuse("conflict", "The operation is not part of the plan. Nothing was done.");
  const operation = resolve(template, world.values);
  if (operation === null) return refuse("conflict", "A value that this step needs has not been read yet.");
  return { ok: true, next: { kind: "perform", step, findings, template, operation } };
}

function isPlanned(step: ActStep, template: Operation): boolean {
  const text = canonicalJson(template);
  return step.templates.some((one) => canonicalJson(one) === text);
}

/** The step that must follow at once because it belongs to the same unit, or null. */
export function continuation(
  runbook: Runbook,
  records: readonly StepRecord[],
  finishedStepId: string,
): ActStep | null {
  const finished = stepOf(runbook, finishedStepId);
  const next = currentStep(runbook, records);
  if (finished.kind !== "act" || next?.kind !== "act" || next.unit !== finished.unit) return null;
  return next;
}

/** True when a unit was started and its later steps are still to be done: it is finished before anything else. */
export function unfinishedUnit(runbook: Runbook, records: readonly StepRecord[]): ActStep | null {
  const current = currentStep(runbook, records);
  if (current?.kind !== "act") return null;
  const begun = runbook.steps.some(
    (step) => step.kind === "act" && step.unit === current.unit && recordOf(records, step.id) === "done",
  );
  return begun ? current : null;
}

/**
 * What an outcome makes of the attempt and of its step. `failed` is a `not-applied` that needed no read-back to be known; the attempt of a job
 * that runs stays as it was intended.
 */
export function decideOutcome(
  verdict: Verdict,
  direction: "do" | "undo",
): {
  readonly attempt: "done" | "not-applied" | "uncertain" | "running";
  readonly step: "done" | "pending" | "as-before";
} {
  switch (verdict.outcome) {
    case "done":
      return { attempt: "done", step: direction === "do" ? "done" : "pending" };
    case "not-applied":
      return { attempt: "not-applied", step: "as-before" };
    case "uncertain":
      return { attempt: "uncertain", step: "as-before" };
    case "running":
      return { attempt: "running", step: "as-before" };
  }
}

/** The steps that an undo reopens: the step itself and every later one. */
export function reopened(runbook: Runbook, stepId: string): readonly string[] {
  const from = runbook.steps.findIndex((step) => step.id === stepId);
  return runbook.steps.slice(from).map((step) => step.id);
}

type OperationUndo = Extract<Undo, { kind: "operation" }>;
type PossibleUndo = Exclude<Undo, { kind: "none" }>;

/** What taking a step back means now: to change a system, or only to do the step again. */
export type NextUndo =
  | { readonly kind: "reopen"; readonly step: Step }
  | {
      readonly kind: "perform";
      readonly step: Step;
      readonly undo: OperationUndo;
      readonly operation: ResolvedOperation;
      readonly findings: readonly Finding[];
    };

/** Whether a step can be taken back now, and by which operation, over readings that were just taken. */
export function decideUndo(
  runbook: Runbook,
  situation: Situation,
  world: World,
  stepId: string,
  seenVersion: number | null,
): Decision<NextUndo> {
  const start = decideUndoStart(runbook, situation, stepId, seenVersion);
  if (!start.ok) return start;
  const { step, undo } = start.next;
  if (undo.kind === "reopen") return { ok: true, next: { kind: "reopen", step } };
  const findings = undo.holds(world);
  const [obstacle] = obstacles(findings, new Set(world.facts.attested.keys()), "all");
  if (obstacle) return refuse("conflict", `${obstacle.title} ${obstacle.remedy ?? ""}`.trim());
  const operation = resolve(undo.operation, world.values);
  if (operation === null) return refuse("conflict", "A value that this undo needs has not been read yet.");
  return { ok: true, next: { kind: "perform", step, undo, operation, findings } };
}

/** Whether a step is one that can be taken back, before any reading is looked at. */
export function decideUndoStart(
  runbook: Runbook,
  situation: Situation,
  stepId: string,
  seenVersion: number | null,
): Decision<{ readonly step: Step; readonly undo: PossibleUndo }> {
  const quiet = decideQuiet(situation, seenVersion);
  if (!quiet.ok) return quiet;
  const step = runbook.steps.find((one) => one.id === stepId);
  if (!step) return refuse("invalid", "This migration has no such step.");
  if (step.undo.kind === "none") return refuse("conflict", step.undo.text);
  if (recordOf(situation.steps, stepId) !== "done")
    return refuse("conflict", `“${step.title}” has not been done.`);
  const started = runbook.steps.find((one) => one.clients === "starting");
  if (situation.state !== "open" || (started && recordOf(situation.steps, started.id) === "done")) {
    return refuse(
      "conflict",
      "Clients have started on the new sequence. From here back leads another migration only.",
    );
  }
  return { ok: true, next: { step, undo: step.undo } };
}

/** Whether the current step can be passed over. */
export function decideSkip(
  runbook: Runbook,
  situation: Situation,
  stepId: string,
  seenVersion: number,
): Decision<Step> {
  const start = decideStart(runbook, situation, stepId, seenVersion);
  if (!start.ok) return start;
  if (!start.next.optional) return refuse("conflict", `“${start.next.title}” cannot be skipped.`);
  return start;
}

/** Whether a person may make this declaration now: it must be one that the current step asks for, or that one of its findings allows. */
export function decideAttest(
  runbook: Runbook,
  situation: Situation,
  stepId: string,
  seenVersion: number,
): Decision<Step> {
  return decideStart(runbook, situation, stepId, seenVersion);
}

/** Whether the migration can be given up now, and what it leaves behind. */
export function decideAbandon(
  runbook: Runbook,
  situation: Situation,
  world: World,
  seenVersion: number | null,
): Decision<Abandon> {
  const quiet = decideQuiet(situation, seenVersion);
  if (!quiet.ok) return quiet;
  if (unfinishedUnit(runbook, situation.steps)) {
    return refuse(
      "conflict",
      "A unit has been begun. Finish it first: giving up in its middle could leave a bound too low.",
    );
  }
  const abandon = runbook.abandon(world);
  return abandon.possible
    ? { ok: true, next: abandon }
    : refuse("conflict", abandon.because ?? "This migration cannot be abandoned now.");
}
