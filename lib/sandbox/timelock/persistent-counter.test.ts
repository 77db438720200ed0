import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { createPersistentCounter } from "#lib/sandbox/timelock/persistent-counter.ts";
import { ALLOCATION_BUFFER, LONG_MAX, LONG_MIN } from "#lib/timestamps/long.ts";

type Act = { readonly kind: "fresh" | "forward" | "restart"; readonly amount: bigint };

const acts = fc.array(
  fc.record({
    kind: fc.constantFrom<Act["kind"][]>("fresh", "forward", "restart"),
    amount: fc.oneof(fc.bigInt(1n, 20_000n), fc.bigInt(1n, 2n ** 62n)),
  }),
  { maxLength: 40 },
);

describe("the counter of a simulated leader", () => {
  test("never issues a value twice, out of order, or above what is stored, through restarts and fast-forwards", () => {
    fc.assert(
      fc.property(acts, (history) => {
        let stored = 0n;
        let newest = 0n;
        const start = () => createPersistentCounter(stored, (bound) => ((stored = bound), true));
        let counter = start();
        for (const { kind, amount } of history) {
          if (kind === "restart") counter = start();
          if (kind === "forward") {
            if (counter.fastForward(amount) !== null)
              throw new TypeError("a fast-forward in range was refused");
            newest = amount > newest ? amount : newest;
          }
          if (kind !== "fresh") continue;
          const issued = counter.fresh(amount);
          if (typeof issued === "string") throw new TypeError(issued);
          expect(issued.first > newest && issued.last >= issued.first && issued.last <= stored).toBe(true);
          newest = issued.last;
        }
      }),
    );
  });

  test("stores the bound 1,000,000 above the value, before the value leaves, and only when it must", () => {
    const saved: bigint[] = [];
    const counter = createPersistentCounter(0n, (bound) => saved.push(bound) > 0);
    counter.fresh(1n);
    counter.fresh(10_000n);
    counter.fastForward(1_000_001n);
    expect(saved).toEqual([1n + ALLOCATION_BUFFER]);
    counter.fastForward(1_000_002n);
    expect(saved).toEqual([1_000_001n, 2_000_002n]);
  });

  test("a bound that cannot be stored lets nothing out", () => {
    const counter = createPersistentCounter(0n, () => false);
    expect(counter.fresh(1n)).toBe("bound-not-stored");
    expect(counter.fastForward(5n)).toBe("bound-not-stored");
  });

  test("Long.MAX poisons it: nothing is stored and every later value overflows, while smaller fast-forwards still pass", () => {
    let stored = 7n;
    const counter = createPersistentCounter(stored, (bound) => ((stored = bound), true));
    expect(counter.fastForward(LONG_MAX)).toBe("overflow");
    expect([counter.fresh(1n), counter.fresh(1n)]).toEqual(["overflow", "overflow"]);
    expect(counter.fastForward(7n)).toBeNull();
    expect(stored).toBe(7n);
    expect(createPersistentCounter(stored, () => true).fresh(1n)).toEqual({ first: 8n, last: 8n });
  });

  test("the sentinel, zero and negative counts are illegal; negative and smaller fast-forwards do nothing", () => {
    const counter = createPersistentCounter(7n, () => true);
    expect([counter.fastForward(LONG_MIN), counter.fresh(0n), counter.fresh(-1n)]).toEqual(
      Array(3).fill("illegal-argument"),
    );
    expect([counter.fastForward(-5n), counter.fastForward(0n), counter.fastForward(3n)]).toEqual([
      null,
      null,
      null,
    ]);
    expect(counter.fresh(1n)).toEqual({ first: 8n, last: 8n });
  });
});
