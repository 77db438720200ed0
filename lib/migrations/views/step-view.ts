import { blockedBecause, decideStart, decideUndoStart } from "#lib/engine/decide.ts";
import { find } from "#lib/engine/reading.ts";
import { findingSubject, type Finding } from "#lib/engine/finding.ts";
import { handsNeeded, isByHand } from "#lib/engine/pasted.ts";
import {
  operationsFor,
  sequenceAt,
  type ActStep,
  type Runbook,
  type Step,
  type World,
} from "#lib/engine/step.ts";
import type { UnitApproval } from "#lib/engine/unit.ts";
import type { StartsStatus } from "#lib/freeze/schema.ts";
import type { StoredMigration, StoredAttempt, StoredStep } from "#lib/migrations/load-migration.ts";
import type { AttestationView, AttemptView, StepView } from "#lib/migrations/schema.ts";
import {
  attemptOperationView,
  checksOf,
  operationView,
  storePlace,
  type Places,
} from "#lib/migrations/views/operation-view.ts";
import { findingViews, readingViews } from "#lib/migrations/views/reading-view.ts";
import { instructionsOf, wantedFor, writtenOut } from "#lib/migrations/views/configuration-view.ts";
import { operationPlace, operationTitle } from "#lib/engine/operation.ts";

/** Everything that the views of one migration share. */
export type ViewInput = {
  readonly migration: StoredMigration;
  readonly world: World;
  readonly places: Places;
  readonly canOperate: boolean;
  readonly approvals: readonly UnitApproval[];
  readonly starts: StartsStatus;
};

/** One step as the page shows it: as stored when it is over, as it stands now when it is next. */
export function stepView(input: ViewInput, step: Step, index: number, currentId: string | null): StepView {
  const { migration, world, places } = input;
  const stored = migration.steps.find((one) => one.id === step.id);
  const over = stored !== undefined && stored.state !== "pending";
  const isCurrent = step.id === currentId;
  const phrase = step.inputs.includes("typed-phrase") ? step.phrase(world.targets) : null;
  const findings = over ? stored.findings : [];
  return {
    id: step.id,
    number: index + 1,
    title: step.title,
    kind: step.kind,
    state: stateOf(input, step, stored, isCurrent),
    optional: step.optional,
    purpose: step.purpose,
    irreversible: step.irreversible,
    job: jobOf(step),
    approval: approvalOf(input, step),
    button: step.button(world.targets),
    blockedBecause: isCurrent ? whyNot(input, step, []) : null,
    inputs: [...step.inputs],
    typedPhrase: phrase,
    findings: findingViews(findings, world.facts.attested),
    readings: over ? readingViews(stored.readings, migration.targets) : [],
    operations: operationsOf(input, step, over),
    checks: checksOf(step, places),
    manual: isByHand(world.targets) || step.kind === "act" || (step.kind === "gate" && !step.automatic),
    undo: undoOf(input, step),
    attestations: attestationViews(step, world, findings),
    configurations: step.inputs.includes("configuration") ? configurationViews(world) : [],
    ...configurationParts(input, step),
    attempts: migration.attempts
      .filter((one) => one.stepId === step.id)
      .map((one) => attemptView(one, places)),
    finishedAt: stored?.finishedAt?.toISOString() ?? null,
    finishedBy: stored?.finishedBy ?? null,
  };
}

function jobOf(step: Step): StepView["job"] {
  if (step.kind !== "act") return null;
  if (step.templates.some(({ kind }) => kind === "move.copy")) return "copy";
  return step.templates.some(({ kind }) => kind === "move.validate") ? "compare" : null;
}

function configurationParts({ migration, places }: ViewInput, step: Step) {
  const { guide } = step;
  if (guide === null) return { instructions: [], configurationGuide: null };
  const { store } = storePlace(places, "destination");
  const wanted = wantedFor(migration.targets, places.clusters, store);
  const asksForFiles = step.inputs.includes("configuration");
  return {
    instructions: asksForFiles ? instructionsOf(guide, wanted) : writtenOut(instructionsOf(guide, wanted)),
    configurationGuide: asksForFiles ? { runbook: guide, wanted } : null,
  };
}

/** Why the current step cannot be run now, as far as findings tell; null when it can. */
export function whyNot(input: ViewInput, step: Step, findings: readonly Finding[]): string | null {
  const { migration, world, canOperate } = input;
  if (!canOperate) return "You need the role operator in this environment.";
  const start = decideStart(migration.runbook, migration.situation, step.id, null);
  if (!start.ok) return start.reason;
  return blockedBecause(step, world, findings, "live") ?? byHandOnly(input, step) ?? notApproved(input, step);
}

/** Why an act is not Lockstep's to do; null where it is, or where the store already is as it should be. */
function byHandOnly({ migration, world, places }: ViewInput, step: Step): string | null {
  if (step.kind !== "act") return null;
  const known = places.bound !== null && world.readings.size > 0;
  const chosen = known ? step.choose(world) : (step.templates[0] ?? null);
  return chosen === null ? null : handsNeeded(migration.targets, chosen);
}

/** Why the approval policy or a freeze keeps an act from being run, as `lib/approvals/enforce.ts` will judge it; null when neither does. */
function notApproved(input: ViewInput, step: Step): string | null {
  const approval = approvalOf(input, step);
  if (approval === null || step.kind !== "act") return null;
  const { world, places, migration, starts } = input;
  const known = places.bound !== null && world.readings.size > 0;
  if (known && step.choose(world) === null) return null;
  if (!approval.status.executable) return approval.status.reason;
  if (approval.status.state !== "not-needed" || starts.open) return null;
  const raises = step.templates.every((template) => template.kind === "timelock.fast-forward");
  const begun = approval.stepIds.some((id) => migration.steps.find((one) => one.id === id)?.state === "done");
  return raises || begun ? null : starts.because;
}

function approvalOf({ approvals }: ViewInput, step: Step): UnitApproval | null {
  return approvals.find((one) => step.kind === "act" && one.unit === step.unit) ?? null;
}

function stateOf(
  { migration }: ViewInput,
  step: Step,
  stored: StoredStep | undefined,
  isCurrent: boolean,
): StepView["state"] {
  const open = migration.situation.openAttempt;
  if (open?.stepId === step.id) return open.state === "intended" ? "running" : "uncertain";
  if (stored?.state === "done" || stored?.state === "skipped") return stored.state;
  return isCurrent ? "current" : "pending";
}

/** What a press does to the systems: the step's own operation, and those of its unit that follow at once, as things stand now. */
function operationsOf(input: ViewInput, step: Step, over: boolean): StepView["operations"] {
  if (step.kind !== "act") return [];
  const { migration, world, places } = input;
  const open = migration.situation.openAttempt;
  if (open?.stepId === step.id && handsNeeded(migration.targets, open.operation) !== null)
    return [attemptOperationView(open.operation, places)];
  const known = !over && places.bound !== null && world.readings.size > 0;
  const chosen = known ? step.choose(world) : null;
  // By hand each act is done and pasted on its own.
  const alone = !known || isByHand(migration.targets);
  const following = alone
    ? []
    : followingIn(migration.runbook, step).flatMap((one) => one.choose(world) ?? []);
  const nothing = chosen === null && following.length > 0 && isRead(world);
  const planned = operationsFor(migration.targets, step.templates);
  const own = nothing ? [] : chosen === null ? planned : [chosen];
  return [...own, ...following].map((template) => operationView(template, world.values, places));
}

function followingIn({ steps }: Runbook, step: ActStep): readonly ActStep[] {
  const later = steps.slice(steps.findIndex(({ id }) => id === step.id) + 1);
  return later.filter((one) => one.kind === "act").filter(({ unit }) => unit === step.unit);
}

/** Whether the store was read, so that a step which chooses nothing has nothing to do. */
function isRead({ readings, targets }: World): boolean {
  return targets.stores.some(({ role }) => find(readings, "store.bound", role).known);
}

function undoOf({ migration, canOperate }: ViewInput, step: Step): StepView["undo"] {
  const { undo } = step;
  const leavesBehind = [...undo.leaves];
  if (undo.kind === "none") return { possible: false, text: undo.text, leavesBehind, button: null };
  const decided = decideUndoStart(migration.runbook, migration.situation, step.id, null);
  return { possible: canOperate && decided.ok, text: undo.text, leavesBehind, button: undo.button };
}

/** What the step asks people to declare: its own declarations, and those that its findings allow. */
export function attestationViews(step: Step, world: World, findings: readonly Finding[]): AttestationView[] {
  const fromFindings = findings.flatMap(({ id, level, attest }) =>
    attest === null || level === "pass" || level === "warning"
      ? []
      : [{ subject: findingSubject(id), label: attest.label, hint: attest.hint }],
  );
  return [...step.declarations(world), ...fromFindings].map(({ subject, label, hint }) => {
    const made = world.facts.attested.get(subject);
    return {
      subject,
      label,
      hint,
      attestedBy: made?.by ?? null,
      attestedAt: made?.at ?? null,
      note: made?.note ?? null,
    };
  });
}

function configurationViews(world: World): StepView["configurations"] {
  return world.facts.configurations.map(({ nodeId, node, checkedAt, findings }) => ({
    nodeId,
    node,
    checkedAt,
    findings: findingViews(findings, world.facts.attested),
  }));
}

function attemptView(attempt: StoredAttempt, places: Places): AttemptView {
  const { id, number, state, operation, intendedAt, endedAt, by, manual, outcome, direction } = attempt;
  const { on, role } = operationPlace(operation);
  const place =
    on === "store" ? storePlace(places, role).store.name : sequenceAt(places.targets, role).namespace;
  return {
    id,
    number,
    state,
    operation: `${direction === "undo" ? "Undo: " : ""}${operationTitle(operation, place)}`,
    startedAt: intendedAt.toISOString(),
    endedAt: endedAt?.toISOString() ?? null,
    by,
    manual,
    outcome,
  };
}
