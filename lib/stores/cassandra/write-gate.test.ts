import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { WriteGate } from "#lib/stores/cassandra/write-gate.ts";
import { WriteWindow } from "#lib/stores/cassandra/write-window.ts";

/** Answers of one latency, enough of them to be judged, at a time. */
function answer(window: WriteWindow, latencyMs: number, now: number): void {
  for (let index = 0; index < 200; index += 1) window.answered(latencyMs, now);
}

describe("the window", () => {
  test("grows while answers are steady, to its most", () => {
    const window = new WriteWindow(0);
    expect(window.limit).toBe(64);
    for (let round = 1; round <= 100; round += 1) answer(window, 5, round * 100);
    expect(window.limit).toBe(512);
  });

  test("does not grow more often than every 100 ms", () => {
    const window = new WriteWindow(0);
    for (let round = 0; round < 50; round += 1) answer(window, 5, 150);
    expect(window.limit).toBe(72);
  });

  test("shrinks when the server refuses, once for what was in flight, and never below its least", () => {
    const window = new WriteWindow(0);
    window.refused(100);
    window.refused(101);
    expect(window.limit).toBe(44);
    for (let round = 2; round <= 30; round += 1) window.refused(round * 100);
    expect(window.limit).toBe(8);
  });

  test("shrinks when answers become much slower, and takes slow ones for usual after a while", () => {
    const window = new WriteWindow(0);
    answer(window, 10, 100);
    const before = window.limit;
    answer(window, 40, 300);
    expect(window.limit).toBeLessThan(before);
    const low = window.limit;
    for (let round = 4; round <= 60; round += 1) answer(window, 40, round * 100);
    expect(window.limit).toBeGreaterThan(low);
  });
});

function sumOf<K extends string>(all: Iterable<Readonly<Record<K, number>>>, key: K): number {
  return [...all].reduce((sum, one) => sum + one[key], 0);
}

describe("the gate", () => {
  test("never lets more in than fit, and everybody in the end, in order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            cells: fc.integer({ min: 1, max: 5_000 }),
            bytes: fc.integer({ min: 1, max: 20_000_000 }),
          }),
          { minLength: 1, maxLength: 150 },
        ),
        async (loads) => {
          const gate = new WriteGate(new WriteWindow(0));
          const inside = new Set<(typeof loads)[number]>();
          const entered: number[] = [];
          const all = loads.map(async (load, index) => {
            await gate.enter(load);
            entered.push(index);
            inside.add(load);
            const [cells, bytes] = [sumOf(inside, "cells"), sumOf(inside, "bytes")];
            expect(inside.size === 1 || (cells <= 4_096 && bytes <= 16 * 1_024 * 1_024)).toBe(true);
            expect(inside.size).toBeLessThanOrEqual(64);
            await Promise.resolve();
            inside.delete(load);
            gate.leave(load);
          });
          await Promise.all(all);
          expect(entered).toEqual(loads.map((_, index) => index));
        },
      ),
      { numRuns: 50 },
    );
  });
});
