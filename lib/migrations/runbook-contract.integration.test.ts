import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { database } from "#lib/db/client.ts";
import { CONDITION_LIMIT_MS, observe } from "#lib/engine/observe.ts";
import { recoverMigrations } from "#lib/engine/recover.ts";
import { STAGES, type Engine } from "#lib/engine/run-context.ts";
import { abandonMigration } from "#lib/migrations/abandon-migration.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import { liveOn } from "#lib/migrations/get-migration-live.ts";
import { loadMigration, valuesOf } from "#lib/migrations/load-migration.ts";
import { getPaperRunbook } from "#lib/migrations/paper-runbook.ts";
import { previewOn } from "#lib/migrations/preview-migration.ts";
import { migrationLive, migrationPreview } from "#lib/migrations/schema.ts";
import { skipStep } from "#lib/migrations/skip-step.ts";
import {
  chosen,
  makeScenario,
  namespaceAfter,
  open,
  press,
  pressedSteps,
  settleDown,
  recordWorked,
  startClients,
  stepNow,
  versionOf,
  walkTo,
  type RunbookId,
} from "#lib/migrations/testing.ts";
import {
  began,
  recover,
  actsOf,
  unitStarts,
  lastShort,
  expectSettled,
  expectPage,
  expectWatching,
  next,
  walkOn,
  byHand,
} from "#lib/migrations/testing-contract.ts";
import { dyingAt, Killed, openAttempts } from "#lib/migrations/testing-crash.ts";
import { undoStepOn } from "#lib/migrations/undo-step.ts";
import { useTestDatabase } from "#lib/people/testing.ts";
import { RUNBOOKS } from "#lib/runbooks/registry.ts";
import type { BoundState } from "#lib/stores/schema.ts";

/*
 * What holds for every runbook, on fakes. A runbook that is new in the registry is held to all of it.
 */

let close: () => Promise<void>;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
});
afterAll(async () => close());

/** Some of these walk a migration twice, on machines that do other things beside. */
const WALK_TWICE_MS = 120_000;

/** Acts of a move that nobody can do by hand one by one; its steps say so, and how AtlasDB's own migrator does them all at once. */
const WITHOUT_HANDS: readonly string[] = ["raise", "commit", "copy", "validate"];

/** Undone only where the service kept its own bound: one that TimeLock made invalid stays so. */
const UNDONE_WHERE_EMBEDDED: readonly string[] = ["invalidate-source"];

describe.each(RUNBOOKS.map((runbook) => [runbook.id, runbook] as const))(
  "%s",
  { timeout: WALK_TWICE_MS },
  (_id, runbook) => {
    test("walks from preview to watch with a proof that holds, and the inventory follows", async () => {
      const scenario = await makeScenario(undefined, { runbook: runbook.id as RunbookId });
      const preview = await previewOn(scenario.engine.systems, scenario.operator, chosen(scenario));
      expect(migrationPreview.parse(preview)).toMatchObject({ canCreate: true, blockedBecause: null });
      const id = await open(scenario);
      expect((await getMigration(scenario.operator, id)).planHash).toBe(preview.planHash);
      for (const step of pressedSteps(runbook)) {
        await walkTo(scenario, id, step.id);
        await expectPage(scenario, id);
      }
      await expectWatching(scenario, id);
      await expectSettled(id);
      const live = migrationLive.parse(await liveOn(scenario.engine.systems, scenario.operator, id));
      expect(live.stepId).toBe("watch");
      expect(live.findings.filter(({ level }) => level === "blocking")).toEqual([]);
      const service = await database().service.findUniqueOrThrow({ where: { id: scenario.parts.serviceId } });
      const leadsTo = runbook.leadsTo((await loadMigration(database(), id)).targets);
      expect(service.timestampSource).toBe(leadsTo.source);
      if (leadsTo.source === "timelock") expect(service.namespace).toBe(namespaceAfter(runbook));
    });

    test("says on paper every step, with its commands and room for what was read", async () => {
      const { scenario, id } = await began(runbook);
      await walkTo(scenario, id, unitStarts(runbook).at(-1)?.id ?? "");
      const { html } = await getPaperRunbook(scenario.operator, id);
      for (const { title } of runbook.steps) expect(html).toContain(title.replaceAll('"', "&quot;"));
      expect(html).toContain("<pre>");
    });

    test("refuses a stale page, a wrong phrase, a step out of order and another plan", async () => {
      const { scenario, id } = await began(runbook);
      const [unit] = unitStarts(runbook);
      await expect(press(scenario, id, "assess", { seenVersion: 99 })).rejects.toMatchObject({
        code: "stale",
      });
      await expect(press(scenario, id, unit?.id ?? "")).rejects.toMatchObject({ code: "conflict" });
      await walkTo(scenario, id, unit?.id ?? "");
      await expect(
        press(scenario, id, unit?.id ?? "", { typedPhrase: "something else" }),
      ).rejects.toMatchObject({
        code: "invalid",
      });
      await database().migration.update({ where: { id }, data: { planHash: "0".repeat(64) } });
      await expect(press(scenario, id, unit?.id ?? "")).rejects.toMatchObject({
        code: "conflict",
        message: expect.stringContaining("runbook has changed"),
      });
      expect(await database().migrationAttempt.count({ where: { migrationId: id } })).toBe(0);
    });

    for (const { id: stepId, acts } of unitStarts(runbook)) {
      // A step that several runbooks share is killed in the first of them.
      const step = runbook.steps.find(({ id }) => id === stepId);
      if (RUNBOOKS.find(({ steps }) => steps.some((one) => one === step)) !== runbook) continue;
      for (const stage of STAGES) {
        test.each(Array.from({ length: stage === "leased" ? 1 : acts }, (_, index) => index + 1))(
          `dies in ${stepId} at ${stage}, time %i, is settled by the worker and can be finished`,
          async (nth) => {
            const { scenario, id } = await began(runbook);
            await walkTo(scenario, id, stepId);
            const dying = press(scenario, id, stepId, { engine: dyingAt(scenario, stage, nth) });
            await expect(dying).rejects.toThrow(Killed);
            expect(await openAttempts(id)).toBeLessThanOrEqual(1);
            await recover(scenario, id);
            const currentStep = await stepNow(id);
            const unit = actsOf(runbook).find((step) => step.id === stepId)?.unit;
            const inside = actsOf(runbook)
              .filter((step) => step.unit === unit)
              .slice(1);
            // Never a stop inside the unit.
            expect(inside.map((step) => step.id)).not.toContain(currentStep);
            await walkTo(scenario, id, "end");
            await expectWatching(scenario, id);
            await expectSettled(id);
            const copies = scenario.destination.move.jobs.filter(({ kind }) => kind === "copy");
            expect(copies).toHaveLength(actsOf(runbook).some((step) => step.id === "copy") ? 1 : 0);
          },
        );
      }
    }

    test("leaves an act to one of two who press it at once", async () => {
      const { scenario, id } = await began(runbook);
      const stepId = lastShort(runbook);
      await walkTo(scenario, id, stepId);
      const both = await Promise.allSettled([press(scenario, id, stepId), press(scenario, id, stepId)]);
      expect(both.filter((one) => one.status === "fulfilled")).toHaveLength(1);
      await expectSettled(id);
    });

    test("writes no outcome under a lease that was lost; the newer holder settles it", async () => {
      const { scenario, id } = await began(runbook);
      const stepId = lastShort(runbook);
      await walkTo(scenario, id, stepId);
      const engine: Engine = {
        ...scenario.engine,
        reached: async (stage) => {
          if (stage !== "performed") return;
          await database().$executeRaw`UPDATE lease SET expires_at = clock_timestamp() - interval '1 second'`;
          await recoverMigrations(scenario.engine, scenario.worker);
        },
      };
      await expect(press(scenario, id, stepId, { engine })).rejects.toMatchObject({ code: "conflict" });
      await walkTo(scenario, id, "end");
      await expectWatching(scenario, id);
      await expectSettled(id);
    });

    test("takes every act by hand, judged by its own read-back and never by what was pasted", async () => {
      const inPieces: BoundState = { state: "several-rows", readable: false, values: [1_010_001n, 5n] };
      const { scenario, id } = await began(runbook, runbook.id === "from-timelock" ? inPieces : undefined);
      for (const step of runbook.steps) {
        if (step.id === "watch") break;
        if ((await stepNow(id)) !== step.id) continue;
        if (step.kind === "act") await byHand(scenario, id, step);
        else await walkTo(scenario, id, next(runbook, step.id));
      }
      await expectWatching(scenario, id);
      const attempts = await database().migrationAttempt.findMany({
        where: { migrationId: id, manual: true },
      });
      expect(attempts.map(({ state }) => state)).toContain("done");
      const done = new Set(attempts.map((one) => one.stepId));
      const { steps } = await getMigration(scenario.operator, id);
      for (const stepId of WITHOUT_HANDS) {
        expect([...done]).not.toContain(stepId);
        const ways = steps.find((one) => one.id === stepId)?.operations ?? [];
        expect(
          ways.every(({ commands, withoutHands }) => commands.length === 0 && withoutHands !== null),
        ).toBe(true);
      }
    });

    const undoable = runbook.steps.filter((step) => step.undo.kind !== "none");
    test.each(undoable.map((step) => step.id))("takes %s back and can be walked again", async (stepId) => {
      const embedded = UNDONE_WHERE_EMBEDDED.includes(stepId);
      const { scenario, id } = await began(runbook, undefined, { embedded });
      if (runbook.steps.some((step) => step.id === stepId && step.optional)) {
        await walkTo(scenario, id, stepId);
        await press(scenario, id, stepId);
      } else await walkTo(scenario, id, next(runbook, stepId, true));
      const undone = await undoStepOn(scenario.engine, scenario.operator, {
        migrationId: id,
        stepId,
        seenVersion: await versionOf(id),
        reason: "the window is over",
      });
      expect(undone.state).toBe("done");
      const unit = actsOf(runbook).find((step) => step.id === stepId)?.unit;
      expect(await stepNow(id)).toBe(stepId);
      expect(unit === undefined || actsOf(runbook).some((step) => step.unit === unit)).toBe(true);
      await settleDown(id);
      await walkOn(scenario, id);
      await expectWatching(scenario, id);
      await expect(
        undoStepOn(scenario.engine, scenario.operator, {
          migrationId: id,
          stepId,
          seenVersion: await versionOf(id),
          reason: "too late",
        }),
      ).rejects.toMatchObject({ code: "conflict" });
    });

    const stops = pressedSteps(runbook).filter(({ clients }) => clients !== "running");
    test.each(stops.map((step) => step.id))("is given up before %s, or says why not", async (stepId) => {
      const { scenario, id } = await began(runbook);
      await walkTo(scenario, id, stepId);
      const { abandon, version, service } = await getMigration(scenario.operator, id);
      const giveUp = abandonMigration(scenario.operator, {
        migrationId: id,
        seenVersion: version,
        reason: "another day",
        typedPhrase: service.name,
      });
      if (!abandon.possible) {
        expect(abandon.because).not.toBe(null);
        await expect(giveUp).rejects.toMatchObject({ code: "conflict" });
        return;
      }
      await giveUp;
      const claims = await database().migrationClaim.count({ where: { migrationId: id, releasedAt: null } });
      expect(claims).toBe(0);
      const again = await open(scenario);
      await walkTo(scenario, again, "end");
      await expectWatching(scenario, again);
    });

    test("is never given up once clients run where it leads to", async () => {
      const { scenario, id } = await began(runbook);
      await walkTo(scenario, id, "end");
      expect((await getMigration(scenario.operator, id)).abandon).toMatchObject({ possible: false });
    });

    test("is not confirmed as started before clients are seen", async () => {
      const { scenario, id } = await began(runbook);
      await walkTo(scenario, id, "start");
      await recordWorked(scenario, id, "start");
      await expect(press(scenario, id, "start")).rejects.toMatchObject({ code: "conflict" });
      startClients(scenario);
      expect(await press(scenario, id, "start")).toMatchObject({ state: "done" });
    });

    test("keeps its order when clients turn out to run after they were said to be stopped", async () => {
      const { scenario, id } = await began(runbook);
      const [unit] = unitStarts(runbook);
      await walkTo(scenario, id, unit?.id ?? "");
      if (runbook.id === "to-timelock") scenario.store.raiseEmbedded(1_010_001n, 2_010_001n);
      else scenario.control.allocateElsewhere("orders", 2_000_000);
      await expect(press(scenario, id, unit?.id ?? "")).rejects.toMatchObject({ code: "conflict" });
      expect(await openAttempts(id)).toBe(0);
    });
  },
);

test("an optional last step that is skipped ends the migration", async () => {
  const scenario = await makeScenario(undefined, { runbook: "rename-namespace" });
  const id = await open(scenario);
  await walkTo(scenario, id, "end");
  await database()
    .$executeRaw`UPDATE migration SET watch_until = clock_timestamp() - interval '1 second' WHERE id = ${id}::uuid`;
  await settleDown(id);
  expect(await press(scenario, id, "watch")).toMatchObject({ state: "done" });
  const seenVersion = await versionOf(id);
  await skipStep(scenario.operator, { migrationId: id, stepId: "clean-up", seenVersion, reason: "it stays" });
  expect((await getMigration(scenario.operator, id)).state).toBe("done");
});

test("no timestamp is taken any more once N is fixed, whoever asks", async () => {
  const scenario = await makeScenario(undefined, { runbook: "from-timelock" });
  const id = await open(scenario);
  await walkTo(scenario, id, "configure");
  const { targets, steps } = await loadMigration(database(), id);
  const probes = async () =>
    database().timelockProbe.count({ where: { clusterId: scenario.parts.clusterId } });
  const before = await probes();
  const [reading] = await observe({
    targets,
    requests: [{ kind: "timelock.fresh", sequence: "source", above: null }],
    values: valuesOf(steps),
    systems: scenario.engine.systems,
    limitMs: CONDITION_LIMIT_MS,
    allocate: { purpose: "a mistake" },
  });
  expect(reading).toMatchObject({ value: null, because: expect.stringContaining("No timestamp was taken") });
  expect(await probes()).toBe(before);
});
