import { expect } from "vitest";

import { database } from "#lib/db/client.ts";
import { isJob } from "#lib/engine/operation.ts";
import { recoverMigrations } from "#lib/engine/recover.ts";
import type { ActStep, Runbook } from "#lib/engine/step.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import { loadMigration } from "#lib/migrations/load-migration.ts";
import { pasteOutputOn } from "#lib/migrations/paste-output.ts";
import { migrationView } from "#lib/migrations/schema.ts";
import {
  declareAll,
  finished,
  makeScenario,
  open,
  press,
  pressedSteps,
  stepNow,
  versionOf,
  walkTo,
  type RunbookId,
  type Scenario,
  type ScenarioChange,
} from "#lib/migrations/testing.ts";
import { openAttempts } from "#lib/migrations/testing-crash.ts";
import { manualOutput } from "#lib/migrations/testing-manual.ts";
import type { BoundState } from "#lib/stores/schema.ts";

/** A new migration of a runbook, alone in its database. */
export async function began(
  runbook: Runbook,
  state?: BoundState,
  change: ScenarioChange = {},
): Promise<{ scenario: Scenario; id: string }> {
  // The worker's recovery works on every open migration, and must not do so with another scenario's fakes.
  await database().migration.updateMany({
    where: { state: { in: ["open", "watching"] } },
    data: { state: "abandoned", endedAt: new Date() },
  });
  const scenario = await makeScenario(state, { ...change, runbook: runbook.id as RunbookId });
  return { scenario, id: await open(scenario) };
}

/** The worker's rounds after a crash: one settles what is open, the next goes on with the unit, and a job that was begun is worked off. */
export async function recover(scenario: Scenario, id: string): Promise<void> {
  const { engine, worker } = scenario;
  await recoverMigrations(engine, worker);
  await recoverMigrations(engine, worker);
  if ((await openAttempts(id)) > 0) await finished(scenario, id, { state: "running", because: "" });
}

/** The steps that change a system. */
export function actsOf(runbook: Runbook): readonly ActStep[] {
  return runbook.steps.filter((step) => step.kind === "act");
}

/** The first act of each unit, with how many acts the unit has. */
export function unitStarts(runbook: Runbook): readonly { readonly id: string; readonly acts: number }[] {
  return pressedSteps(runbook).flatMap((step) =>
    step.kind === "act"
      ? [{ id: step.id, acts: actsOf(runbook).filter(({ unit }) => unit === step.unit).length }]
      : [],
  );
}

/** The last act that is done when its press returns; a job is only started by it. */
export function lastShort(runbook: Runbook): string {
  const jobs = actsOf(runbook).filter(({ templates }) => templates.some(isJob));
  return unitStarts(runbook).findLast(({ id }) => !jobs.some((job) => job.id === id))?.id ?? "";
}

/** What holds however a walk went: everything is settled, and of each act one attempt at most is done. */
export async function expectSettled(id: string): Promise<void> {
  expect(await openAttempts(id)).toBe(0);
  const done = await database().migrationAttempt.groupBy({
    by: ["stepId"],
    where: { migrationId: id, state: "done", direction: "do" },
    _count: { id: true },
  });
  expect(done.every(({ _count }) => _count.id === 1)).toBe(true);
}

/** The page says where the migration stands, and asks for the phrase that the step wants. */
export async function expectPage({ operator, runbook }: Scenario, id: string): Promise<void> {
  const { currentStep, steps } = migrationView.parse(await getMigration(operator, id));
  expect(currentStep).toBe(await stepNow(id));
  const step = runbook.steps.find((one) => one.id === currentStep);
  const { targets } = await loadMigration(database(), id);
  const phrase = step?.inputs.includes("typed-phrase") === true ? step.phrase(targets) : null;
  expect(steps.find((one) => one.id === currentStep)?.typedPhrase).toBe(phrase);
}

/** The migration watches, and every link of its proof holds. */
export async function expectWatching(scenario: Scenario, id: string): Promise<void> {
  const view = migrationView.parse(await getMigration(scenario.operator, id));
  expect(view.state).toBe("watching");
  expect(view.proof.links.map(({ verdict }) => verdict)).toEqual(view.proof.links.map(() => "holds"));
}

/** The step after a step, or the step after its unit; `end` after the last. */
export function next(runbook: Runbook, stepId: string, wholeUnit = false): string {
  const steps = wholeUnit ? pressedSteps(runbook) : runbook.steps;
  const position = runbook.steps.findIndex(({ id }) => id === stepId);
  return steps.find(({ id }) => runbook.steps.findIndex((one) => one.id === id) > position)?.id ?? "end";
}

/** Goes on from wherever an undo left the migration, also from inside a unit. */
export async function walkOn(scenario: Scenario, id: string): Promise<void> {
  const currentStep = await stepNow(id);
  const inside = scenario.runbook.steps.find((step) => step.id === currentStep && step.kind === "act");
  if (inside !== undefined && !pressedSteps(scenario.runbook).includes(inside)) {
    expect(await press(scenario, id, inside.id)).toMatchObject({ state: "done" });
  }
  await walkTo(scenario, id, "end");
}

/** Somebody runs the rendered command elsewhere: first only pasted and not done, which is not believed, then done. */
export async function byHand(scenario: Scenario, id: string, step: ActStep): Promise<void> {
  const paste = async (text: string) =>
    pasteOutputOn(scenario.engine, scenario.operator, {
      migrationId: id,
      stepId: step.id,
      seenVersion: await versionOf(id),
      text,
    });
  const hand = await manualOutput(scenario, id, step);
  if (hand === null) {
    await declareAll(scenario, id, step.id);
    const outcome = await press(scenario, id, step.id);
    expect(await finished(scenario, id, outcome)).toMatchObject({ state: "done" });
    return;
  }
  expect((await paste(hand.text)).state).not.toBe("done");
  await hand.carryOut();
  expect(await paste(hand.text)).toMatchObject({ state: "done" });
}
