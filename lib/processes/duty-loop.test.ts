import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { type Duty, startDuties } from "#lib/processes/duty-loop.ts";

const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn(), child: vi.fn() };

it("runs duties again and again, and none twice at a time", async () => {
  let running = 0;
  let rounds = 0;
  const duty: Duty = {
    name: "count",
    everyMs: 1,
    run: async () => {
      running += 1;
      expect(running).toBe(1);
      await sleep(1);
      rounds += 1;
      running -= 1;
    },
  };
  const loop = startDuties([duty], log);
  await vi.waitFor(() => expect(rounds).toBeGreaterThan(2), 30_000);
  expect(await loop.drain(1_000)).toBe(true);
  const after = rounds;
  await sleep(10);
  expect(rounds).toBe(after);
});

it("goes on after a failed round and logs it", async () => {
  let rounds = 0;
  const run = async () => {
    rounds += 1;
    if (rounds === 1) throw new Error("no");
  };
  const loop = startDuties([{ name: "shaky", everyMs: 1, run }], log);
  await vi.waitFor(() => expect(rounds).toBeGreaterThan(1), 30_000);
  expect(log.error).toHaveBeenCalledWith(
    expect.objectContaining({ duty: "shaky", failures: 1 }),
    "a round failed",
  );
  await loop.drain(1_000);
});

it("lets a running round finish, but not for ever", async () => {
  let finished = false;
  const slow = startDuties(
    [{ name: "slow", everyMs: 1, run: async () => void (await sleep(20), (finished = true)) }],
    log,
  );
  expect(await slow.drain(1_000)).toBe(true);
  expect(finished).toBe(true);
  const never = startDuties([{ name: "never", everyMs: 1, run: async () => new Promise(() => {}) }], log);
  expect(await never.drain(10)).toBe(false);
});
