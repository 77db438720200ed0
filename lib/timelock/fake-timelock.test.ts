import { describe, expect, test } from "vitest";

import { createFakeTimelock } from "#lib/timelock/fake-timelock.ts";
import { thrownBy, timelockContract } from "#lib/timelock/timelock-contract.ts";

timelockContract("the fake", async () => {
  const { timelock, control } = createFakeTimelock();
  return {
    timelock,
    loseNextFastForwardAnswer: () => control.loseNextAnswer("fastForward"),
    changeLeader: () => control.changeLeader(),
    loseQuorum: () => control.loseQuorum(),
    regainQuorum: () => control.regainQuorum(),
    poison: (namespace) => control.poison(namespace),
    close: async () => {},
  };
});

describe("the fake's own hooks", () => {
  test("a failed call is not carried out", async () => {
    const { timelock, control } = createFakeTimelock();
    control.failNext("fastForward", "refused", "none");
    expect(await thrownBy(timelock.fastForward("a", 900n))).toMatchObject({
      code: "refused",
      effect: "none",
    });
    expect((await timelock.freshTimestamps("a", 1)).first).toBe(1n);
  });

  test("somebody else's timestamps move the sequence and the stored bound", async () => {
    const { timelock, control } = createFakeTimelock();
    expect(control.storedBound("a")).toBeNull();
    expect(control.allocateElsewhere("a", 5)).toBe(5n);
    expect((await timelock.freshTimestamps("a", 1)).first).toBe(6n);
    expect(control.storedBound("a")).toBe(1_000_005n);
  });
});
