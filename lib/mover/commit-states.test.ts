import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { ABORTED, IN_PROGRESS } from "#lib/mover/cell-source.ts";
import { CommitOracle, judgeCommit } from "#lib/mover/commit-oracle.ts";
import {
  COMMITTED_LATER,
  CommitStates,
  ROLLED_BACK,
  UNCOMMITTED,
  UNKNOWN,
  VISIBLE,
} from "#lib/mover/commit-states.ts";

const halves = (start: bigint): [number, number] => [
  Number(BigInt.asIntN(32, start >> 32n)),
  Number(BigInt.asIntN(32, start)),
];

describe("remembered commits", () => {
  test("are never mixed up, and the newest ones are always there", () => {
    const starts = fc.oneof(
      fc.bigInt({ min: 1n, max: 40n }),
      fc.bigInt({ min: 1n, max: 2n ** 62n }),
      fc.constantFrom(2n ** 31n, 2n ** 32n, 2n ** 32n + 1n, 2n ** 53n + 1n),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(starts, fc.integer({ min: 1, max: 4 })), { maxLength: 200 }),
        fc.nat({ max: 40 }),
        (entries, expected) => {
          const states = new CommitStates(16, expected);
          const all = new Map<bigint, number>();
          for (const [start, state] of entries) {
            states.set(...halves(start), state);
            all.delete(start);
            all.set(start, state);
            for (const [known, wanted] of [...all].slice(-16)) {
              expect([known, states.get(...halves(known))]).toEqual([known, wanted]);
            }
          }
          for (const [start, state] of all) expect([UNKNOWN, state]).toContain(states.get(...halves(start)));
        },
      ),
      { numRuns: 300 },
    );
  });

  test("judge a commit as a reader at S does", () => {
    expect(judgeCommit(100n, 100n)).toBe(VISIBLE);
    expect(judgeCommit(101n, 100n)).toBe(COMMITTED_LATER);
    expect(judgeCommit(ABORTED, 100n)).toBe(ROLLED_BACK);
    expect(judgeCommit(IN_PROGRESS, 100n)).toBe(UNCOMMITTED);
    expect(() => judgeCommit(0n, 100n)).toThrow(/never writes/);
    expect(() => judgeCommit(-2n, 100n)).toThrow(/never writes/);
  });

  test("are looked up again when the table, read whole, did not have them", async () => {
    let asked: bigint[] = [];
    const oracle = await CommitOracle.open(
      {
        estimateEntries: async () => 1,
        readAll: async function* () {
          yield { starts: BigInt64Array.of(5n), commits: BigInt64Array.of(6n) };
        },
        lookUp: async (starts) => {
          asked = [...starts];
          return starts.map((start) => start + 1n);
        },
      },
      1_000n,
    );
    await oracle.resolve(BigInt64Array.of(2n ** 53n + 1n, 7n, 7n));
    expect(asked).toEqual([7n, 2n ** 53n + 1n]);
    expect(oracle.states.get(0, 5)).toBe(VISIBLE);
    expect(oracle.states.get(0, 7)).toBe(VISIBLE);
    expect(oracle.states.get(...halves(2n ** 53n + 1n))).toBe(COMMITTED_LATER);
  });
});
