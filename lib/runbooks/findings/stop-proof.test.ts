import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { collect, type Reading } from "#lib/engine/reading.ts";
import { judgeStopProof, stillDeclarations } from "#lib/runbooks/findings/stop-proof.ts";
import type { StopEvidence, StopSample } from "#lib/runbooks/findings/stop-proof-series.ts";
import { bound, healthy, known, missing, punch } from "#lib/runbooks/testing.ts";
import type { StoreSession } from "#lib/stores/schema.ts";

const START = Date.parse("2026-11-21T12:00:00.000Z");
const participants = [{ subject: "node:1", label: "orders-1", hint: null }];

function sample(second: number, readings: readonly Reading[]): StopSample {
  return { at: new Date(START + second * 1000).toISOString(), readings: collect(readings) };
}

function judge(samples: readonly StopSample[], change: Partial<StopEvidence> = {}) {
  return judgeStopProof({
    samples,
    windowSeconds: 120,
    now: samples.at(-1)?.at ?? new Date(START).toISOString(),
    participants,
    attested: new Set(["node:1"]),
    store: "source",
    sequence: null,
    probes: [],
    ownBound: null,
    watching: true,
    ...change,
  });
}

const still = healthy({ state: "readable", bound: 1_010_001n }, [], 1_000_000n);

function session(change: Partial<StoreSession> = {}): StoreSession {
  return {
    id: "1",
    user: "atlas",
    address: "10.0.0.1",
    application: "orders",
    state: "idle",
    startedAt: null,
    lastQueryAt: null,
    locksBoundTable: false,
    ...change,
  };
}

function withSessions(sessions: StoreSession[]): Reading[] {
  const reading = known({
    kind: "store.sessions",
    sessions: {
      knowledge: "seen",
      sessions,
      ownSessions: 1,
      reason: null,
      source: "test",
      readAt: "2026-11-21T12:00:00.000Z",
    },
  });
  return [...collect(still, [reading]).values()];
}

describe("the stop proof", () => {
  test("needs the whole window, with nobody connected and everything declared", () => {
    expect(judge([sample(0, still), sample(119, still)]).level).toBe("unknown");
    expect(judge([sample(0, still), sample(120, still)]).level).toBe("proven");
    expect(judge([sample(0, still), sample(120, still)], { attested: new Set() }).level).toBe("unknown");
    expect(judge([]).level).toBe("unknown");
  });

  test("a standing bound is quiet, never proven", () => {
    const proof = judge([sample(0, still), sample(600, still)]);
    expect(proof.sources.find((one) => one.id === "bound")?.level).toBe("quiet");
    expect(proof.sources.find((one) => one.id === "punch")?.level).toBe("quiet");
  });

  test.each([
    ["bound", known({ kind: "store.bound", bound: bound({ state: "readable", bound: 2_010_001n }) })],
    ["punch", known({ kind: "store.punch", punch: punch(1_000_001n) })],
  ])("a new %s is movement, and the window begins anew", (id, moved) => {
    const after = [...collect(still, [moved]).values()];
    const proof = judge([sample(0, still), sample(200, after)]);
    expect(proof.level).toBe("moving");
    expect(proof.sources.find((one) => one.id === id)?.level).toBe("moving");
    expect(judge([sample(0, still), sample(200, after), sample(319, after)]).level).toBe("moving");
    expect(judge([sample(0, still), sample(200, after), sample(320, after)]).level).toBe("proven");
  });

  test("our own invalidation, which keeps the value, is no movement", () => {
    const invalid = healthy({ state: "invalidated", kept: 1_010_001n }, [], 1_000_000n);
    expect(judge([sample(0, still), sample(200, invalid)]).level).toBe("proven");
  });

  test("a foreign session is declared one by one, whatever its connection is called next time", () => {
    const seen = withSessions([session({ id: "1" }), session({ id: "2" })]);
    expect(judge([sample(0, seen), sample(200, seen)]).level).toBe("unknown");
    const declarations = stillDeclarations(collect(seen), "source");
    expect(declarations).toHaveLength(1);
    const attested = new Set(["node:1", ...declarations.map((one) => one.subject)]);
    const later = withSessions([session({ id: "3" })]);
    expect(judge([sample(0, seen), sample(200, later)], { attested }).level).toBe("attested");
  });

  test("what cannot be read is declared, and never counts as still by itself", () => {
    const blind = [...collect(still, [missing("store.bound"), missing("store.sessions")]).values()];
    expect(judge([sample(0, blind), sample(200, blind)]).level).toBe("unknown");
    const subjects = stillDeclarations(collect(blind), "source").map((one) => one.subject);
    expect(subjects).toEqual(["unread:bound", "sessions-unseen"]);
    expect(
      judge([sample(0, blind), sample(200, blind)], { attested: new Set(["node:1", ...subjects]) }).level,
    ).toBe("attested");
  });

  test("an old look says nothing about now", () => {
    const now = new Date(START + 300_000).toISOString();
    expect(judge([sample(0, still), sample(200, still)], { now }).level).toBe("unknown");
  });

  test("never calls anything proven or attested that moved within the window", () => {
    const moves = fc.array(fc.record({ gap: fc.integer({ min: 1, max: 60 }), grows: fc.boolean() }), {
      minLength: 1,
      maxLength: 30,
    });
    fc.assert(
      fc.property(moves, (steps) => {
        let second = 0;
        let value = 1_010_001n;
        let movedAt = 0;
        const samples = [sample(0, healthy({ state: "readable", bound: value }))];
        for (const { gap, grows } of steps) {
          second += gap;
          if (grows) {
            value += 1_000_000n;
            movedAt = second;
          }
          samples.push(sample(second, healthy({ state: "readable", bound: value })));
        }
        const { level } = judge(samples);
        const quietFor = second - movedAt;
        expect(level === "proven").toBe(quietFor >= 120);
        expect(level).not.toBe("quiet");
      }),
    );
  });
});
