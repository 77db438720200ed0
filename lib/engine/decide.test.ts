import fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  blockedBecause,
  continuation,
  currentStep,
  decideAbandon,
  decideOutcome,
  decideRun,
  decideSkip,
  decideUndo,
  reopened,
  unfinishedUnit,
  type OpenAttempt,
  type Situation,
} from "#lib/engine/decide.ts";
import {
  attestable,
  blocking,
  findingSubject,
  obstacles,
  pass,
  unknown,
  warning,
} from "#lib/engine/finding.ts";
import type { World } from "#lib/engine/step.ts";
import { healthy, known, NOW, world } from "#lib/runbooks/testing.ts";
import { toTimelock } from "#lib/runbooks/to-timelock.ts";

const IDS = toTimelock.steps.map((step) => step.id);

const open: OpenAttempt = {
  id: "a",
  stepId: "fast-forward",
  direction: "do",
  state: "uncertain",
  operation: { kind: "timelock.fast-forward", sequence: "destination", to: 1n },
};

const situations = fc.record({
  state: fc.constantFrom("open" as const, "watching" as const, "done" as const, "abandoned" as const),
  version: fc.constant(7),
  steps: fc
    .tuple(...IDS.map(() => fc.constantFrom("pending" as const, "done" as const, "skipped" as const)))
    .map((states) => IDS.map((id, index) => ({ id, state: states[index] ?? "pending" }))),
  openAttempt: fc.constantFrom(null, open, { ...open, state: "intended" as const }),
});

const fresh = known({
  kind: "timelock.fresh",
  first: 2_000_000n,
  last: 2_000_000n,
  ownProbes: 1n,
  leader: "a",
});
const worlds = fc.constantFrom<World>(
  world(healthy({ state: "readable", bound: 1_010_001n })),
  world([...healthy({ state: "readable", bound: 1_010_001n }), fresh], { TS: 1_010_001n }),
  world([...healthy({ state: "invalidated", kept: 1_010_001n }), fresh], { TS: 1_010_001n, K: 1_010_001n }),
  world(healthy({ state: "several-rows", readable: true, values: [1n, 2n] }), { TS: 2n }),
  world([], {}),
);

const intents = fc.record({
  stepId: fc.constantFrom(...IDS, "nonsense"),
  seenVersion: fc.constantFrom(null, 7, 6),
  typedPhrase: fc.constantFrom<string | null>(null, "orders", "orders-db", "x"),
  by: fc.constantFrom("person" as const, "worker" as const),
  continues: fc.boolean(),
});

function run(
  situation: Situation,
  given: World,
  intent: typeof intents extends fc.Arbitrary<infer T> ? T : never,
) {
  return decideRun(toTimelock, situation, given, intent);
}

describe("what may be run", () => {
  test("is always answered, never by an exception, and a refusal says why", () => {
    fc.assert(
      fc.property(situations, worlds, intents, (situation, given, intent) => {
        const decision = run(situation, given, intent);
        if (!decision.ok) expect(decision.reason).toMatch(/\S/);
      }),
      { numRuns: 2000 },
    );
  });

  test("is only the current step of a migration that lives, with no attempt open and the page up to date", () => {
    fc.assert(
      fc.property(situations, worlds, intents, (situation, given, intent) => {
        if (!run(situation, given, intent).ok) return;
        expect(situation.openAttempt).toBeNull();
        expect(["open", "watching"]).toContain(situation.state);
        expect(intent.seenVersion === null || intent.seenVersion === situation.version).toBe(true);
        const index = IDS.indexOf(intent.stepId);
        expect(situation.steps.slice(0, index).every((step) => step.state !== "pending")).toBe(true);
        expect(situation.steps[index]?.state).toBe("pending");
      }),
      { numRuns: 2000 },
    );
  });

  test("never passes a finding that blocks or is unknown, unless it is attestable and attested", () => {
    const level = fc.constantFrom(
      "pass" as const,
      "warning" as const,
      "blocking" as const,
      "unknown" as const,
    );
    const one = fc.record({ level, attestable: fc.boolean(), attested: fc.boolean() });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 6 }), (given) => {
        const findings = given.map(({ level: is, attestable: may }, index) => {
          const id = `f${index}`;
          const build = { pass, warning, blocking, unknown }[is];
          const made = build(id, id, { remedy: "mend it" });
          return may ? attestable(made, "declared") : made;
        });
        const attested = new Set(
          given.flatMap((it, index) => (it.attested ? [findingSubject(`f${index}`)] : [])),
        );
        const stops = given.some(
          (it) => (it.level === "blocking" || it.level === "unknown") && !(it.attestable && it.attested),
        );
        expect(obstacles(findings, attested, "all").length > 0).toBe(stops);
      }),
    );
  });

  test("by the worker is only what belongs to nobody: an automatic gate, or the rest of a unit", () => {
    fc.assert(
      fc.property(situations, worlds, intents, (situation, given, intent) => {
        const decision = run(situation, given, { ...intent, by: "worker" });
        if (!decision.ok || intent.continues) return;
        expect(decision.next.step).toMatchObject({ kind: "gate", automatic: true });
      }),
      { numRuns: 1000 },
    );
  });

  test("of a perform is always an operation of the plan", () => {
    fc.assert(
      fc.property(situations, worlds, intents, (situation, given, intent) => {
        const decision = run(situation, given, intent);
        if (!decision.ok || decision.next.kind !== "perform") return;
        expect(decision.next.step.templates.map((one) => one.kind)).toContain(decision.next.operation.kind);
      }),
      { numRuns: 2000 },
    );
  });

  test("needs the exact phrase", () => {
    const steps = IDS.map((id, index) => ({
      id,
      state: index < IDS.indexOf("claim") ? ("done" as const) : ("pending" as const),
    }));
    const situation: Situation = { state: "open", version: 7, steps, openAttempt: null };
    const given = world(healthy({ state: "readable", bound: 1_010_001n }));
    const claim = { stepId: "claim", seenVersion: 7, by: "person", continues: false } as const;
    expect(run(situation, given, { ...claim, typedPhrase: "order" })).toMatchObject({
      ok: false,
      code: "invalid",
    });
    expect(run(situation, given, { ...claim, typedPhrase: "orders" })).toMatchObject({ ok: true });
  });
});

describe("units, skipping, undo and abandoning", () => {
  const upTo = (current: string): Situation => ({
    state: "open",
    version: 7,
    steps: IDS.map((id, index) => ({ id, state: index < IDS.indexOf(current) ? "done" : "pending" })),
    openAttempt: null,
  });

  test("a unit is continued at once, and an unfinished one cannot be abandoned", () => {
    const situation = upTo("forward-kept");
    expect(continuation(toTimelock, situation.steps, "invalidate")?.id).toBe("forward-kept");
    expect(continuation(toTimelock, situation.steps, "fast-forward")).toBeNull();
    expect(unfinishedUnit(toTimelock, situation.steps)?.id).toBe("forward-kept");
    expect(unfinishedUnit(toTimelock, upTo("invalidate").steps)).toBeNull();
    expect(decideAbandon(toTimelock, situation, world([]), 7)).toMatchObject({ ok: false });
    expect(decideAbandon(toTimelock, upTo("invalidate"), world([]), 7)).toMatchObject({ ok: true });
  });

  test("only the optional step can be skipped, and only when it is next", () => {
    fc.assert(
      fc.property(situations, fc.constantFrom(...IDS), (situation, stepId) => {
        const decision = decideSkip(toTimelock, situation, stepId, 7);
        if (!decision.ok) return;
        expect(decision.next.optional).toBe(true);
        expect(currentStep(toTimelock, situation.steps)?.id).toBe(stepId);
      }),
    );
  });

  test("nothing is undone once clients were started", () => {
    fc.assert(
      fc.property(situations, worlds, fc.constantFrom(...IDS), (situation, given, stepId) => {
        const decision = decideUndo(toTimelock, situation, given, stepId, 7);
        if (!decision.ok) return;
        expect(situation.steps.find((step) => step.id === "start")?.state).not.toBe("done");
        expect(situation.openAttempt).toBeNull();
      }),
      { numRuns: 1000 },
    );
    expect(reopened(toTimelock, "invalidate")).toEqual(IDS.slice(5));
  });

  test("an outcome ends the attempt or leaves it open, and only done moves the step", () => {
    const verdict = (outcome: "done" | "not-applied" | "uncertain") => ({
      outcome,
      because: "",
      findings: [],
    });
    expect(decideOutcome(verdict("done"), "do")).toEqual({ attempt: "done", step: "done" });
    expect(decideOutcome(verdict("done"), "undo")).toEqual({ attempt: "done", step: "pending" });
    expect(decideOutcome(verdict("not-applied"), "do")).toEqual({
      attempt: "not-applied",
      step: "as-before",
    });
    expect(decideOutcome(verdict("uncertain"), "undo")).toEqual({ attempt: "uncertain", step: "as-before" });
  });

  test("inputs are asked for in words: declarations, files, smoke test", () => {
    const base = world(healthy({ state: "invalidated", kept: 1n }), { TS: 1n, K: 1n });
    const of = (id: string, facts: Partial<World["facts"]>) => {
      const step = toTimelock.steps.find((one) => one.id === id);
      if (!step) throw new Error(id);
      return blockedBecause(step, { ...base, facts: { ...base.facts, ...facts } }, [], "run");
    };
    expect(of("stop", { attested: new Map() })).toContain("orders-1 is stopped");
    const node = { nodeId: "n", node: "orders-1", checkedAt: null, findings: [] };
    expect(of("configure", { configurations: [node] })).toContain("orders-1");
    const bad = {
      ...node,
      checkedAt: NOW,
      findings: [blocking("x", "There is no TLS block.", { remedy: "" })],
    };
    expect(of("configure", { configurations: [bad] })).toContain("There is no TLS block.");
    expect(of("configure", { configurations: [{ ...node, checkedAt: NOW }] })).toBeNull();
    expect(of("start", { smokeTest: null })).toContain("smoke test");
    expect(of("start", { smokeTest: { tried: "x", passed: false, by: "a", at: NOW } })).toContain("failed");
  });
});
