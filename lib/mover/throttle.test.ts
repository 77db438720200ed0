import { describe, expect, test } from "vitest";

import { CellBlockBuilder } from "#lib/mover/cell-block.ts";
import { Throttle, throttled } from "#lib/mover/throttle.ts";

describe("the throttle", () => {
  test("lets everything go at once without limits", async () => {
    const throttle = new Throttle(() => 0);
    expect(throttle.reserve(1e9, 1e12)).toBe(0);
    expect(await throttle.take(1e9, 1e12)).toBe(0);
  });

  test("holds the stricter of both rates over all takers, and saves nothing up", () => {
    let now = 0;
    const throttle = new Throttle(() => now);
    throttle.setRates({ cellsPerSecond: 100, bytesPerSecond: 1_000 });
    expect(throttle.reserve(10, 10)).toBe(0);
    expect(throttle.reserve(10, 500)).toBe(100);
    expect(throttle.reserve(1, 1)).toBe(600);
    now = 60_000;
    expect(throttle.reserve(100, 1)).toBe(0);
    expect(throttle.reserve(1, 1)).toBe(1_000);
  });

  test("forgets what was owed when the rates change, and only then", () => {
    const throttle = new Throttle(() => 0);
    throttle.setRates({ cellsPerSecond: 1, bytesPerSecond: null });
    throttle.reserve(50, 1);
    throttle.setRates({ cellsPerSecond: 1, bytesPerSecond: null });
    expect(throttle.reserve(1, 1)).toBe(50_000);
    throttle.setRates({ cellsPerSecond: null, bytesPerSecond: null });
    expect(throttle.reserve(1, 1)).toBe(0);
  });

  test("a signal ends a wait early and without an error", async () => {
    const throttle = new Throttle(() => 0);
    throttle.setRates({ cellsPerSecond: 1, bytesPerSecond: null });
    throttle.reserve(1_000, 1);
    expect(await throttle.take(1, 1, AbortSignal.abort())).toBe(1_000_000);
  });

  test("paces blocks by what is in them, and leaves none out", async () => {
    const builder = new CellBlockBuilder();
    const blockOf = (cells: number) => {
      for (let index = 0; index < cells; index += 1)
        builder.add(Uint8Array.of(index), Uint8Array.of(0), 5n, Uint8Array.of(7));
      return builder.take();
    };
    async function* blocks() {
      for (const cells of [3, 0, 2]) yield blockOf(cells);
    }
    const throttle = new Throttle(() => 0);
    throttle.setRates({ cellsPerSecond: 1_000, bytesPerSecond: null });
    const waits: number[] = [];
    const passed: number[] = [];
    const ended = AbortSignal.abort();
    for await (const { count } of throttled(blocks(), throttle, ended, (ms) => void waits.push(ms)))
      passed.push(count);
    expect(passed).toEqual([3, 0, 2]);
    expect(waits).toEqual([0, 3, 3]);
  });
});
