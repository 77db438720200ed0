import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { whenBack } from "#components/live/when-back.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("waiting for a console that is away", () => {
  test("reads anew only once it answers, and once", async () => {
    const answers = [() => Promise.reject(new TypeError("refused")), () => new Response("", { status: 503 })];
    const ask = vi.fn<typeof fetch>(async () => (answers.shift() ?? (() => new Response("{}")))());
    const back = vi.fn<() => void>();
    whenBack(back, ask);
    await vi.advanceTimersByTimeAsync(3_999);
    expect(ask).toHaveBeenCalledTimes(2);
    expect(back).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ask).toHaveBeenCalledTimes(3);
    expect(back).toHaveBeenCalledTimes(1);
  });

  test("is given up when nobody looks any more", async () => {
    const ask = vi.fn<typeof fetch>(async () => Promise.reject(new TypeError("refused")));
    const back = vi.fn<() => void>();
    const giveUp = whenBack(back, ask);
    await vi.advanceTimersByTimeAsync(2_000);
    giveUp();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(ask).toHaveBeenCalledTimes(2);
    expect(back).not.toHaveBeenCalled();
  });
});
