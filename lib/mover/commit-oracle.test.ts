import { expect, test } from "vitest";

import { ABORTED, type CommitReader, IN_PROGRESS } from "#lib/mover/cell-source.ts";
import { CommitOracle, judgeCommit, LOOK_UP_MAX, PRELOAD_ENTRIES_MAX } from "#lib/mover/commit-oracle.ts";
import { COMMITTED_LATER, ROLLED_BACK, UNCOMMITTED, UNKNOWN, VISIBLE } from "#lib/mover/commit-states.ts";

const START = 2n ** 53n + 1_000_001n;

/** Transactions that committed one above their start, every third rolled back. */
function commitOf(start: bigint): bigint {
  return start % 3n === 0n ? ABORTED : start + 1n;
}

function readerOf(starts: readonly bigint[], estimate: number | null, whole = starts) {
  const asked: bigint[] = [];
  const known = new Set(starts);
  const reader: CommitReader = {
    estimateEntries: async () => estimate,
    async *readAll() {
      yield { starts: BigInt64Array.from(whole), commits: BigInt64Array.from(whole, commitOf) };
    },
    async lookUp(wanted) {
      asked.push(...wanted);
      return BigInt64Array.from(wanted, (start) => (known.has(start) ? commitOf(start) : IN_PROGRESS));
    },
  };
  return { reader, asked };
}

function stateOf(oracle: CommitOracle, start: bigint): number {
  const halves = new Int32Array(BigInt64Array.of(start).buffer);
  return oracle.states.get(halves[1] ?? 0, halves[0] ?? 0);
}

/** As the filter does it: looked up when it is not known, and known then. */
async function settled(oracle: CommitOracle, start: bigint): Promise<number> {
  if (stateOf(oracle, start) === UNKNOWN) await oracle.resolve(BigInt64Array.of(start));
  return stateOf(oracle, start);
}

const starts = Array.from({ length: 60_000 }, (_, index) => START - 500_000n + BigInt(index) * 7n);
const verdict = (start: bigint) => (start % 3n === 0n ? ROLLED_BACK : VISIBLE);

test("a transactions table above the bound is not read whole, and every start is looked up", async () => {
  const { reader, asked } = readerOf(starts, PRELOAD_ENTRIES_MAX + 1);
  const oracle = await CommitOracle.open(reader, START);
  const some = starts.slice(0, LOOK_UP_MAX);
  await oracle.resolve(BigInt64Array.from(some));
  expect(asked).toHaveLength(LOOK_UP_MAX);
  expect(some.every((start) => stateOf(oracle, start) === verdict(start))).toBe(true);
  expect(stateOf(oracle, starts.at(-1) ?? 0n)).toBe(UNKNOWN);
});

test("statistics that are far too low cost look-ups, and no verdict", async () => {
  const { reader, asked } = readerOf(starts, 0);
  const oracle = await CommitOracle.open(reader, START);
  for (const start of starts) expect(await settled(oracle, start)).toBe(verdict(start));
  // Else everything was remembered, and this proved nothing.
  expect(asked.length).toBeGreaterThan(0);
});

test("what came after the table was read whole is looked up before it is called uncommitted", async () => {
  const [late = 0n, ...before] = starts;
  const { reader, asked } = readerOf(starts, starts.length, before);
  const oracle = await CommitOracle.open(reader, START);
  expect(await settled(oracle, late)).toBe(verdict(late));
  expect(await settled(oracle, late + 1n)).toBe(UNCOMMITTED);
  expect(asked).toEqual([late, late + 1n]);
});

test("the verdicts around S", () => {
  expect(judgeCommit(START - 1n, START)).toBe(VISIBLE);
  expect(judgeCommit(START, START)).toBe(VISIBLE);
  expect(judgeCommit(START + 1n, START)).toBe(COMMITTED_LATER);
  expect(judgeCommit(ABORTED, START)).toBe(ROLLED_BACK);
  expect(judgeCommit(IN_PROGRESS, START)).toBe(UNCOMMITTED);
  expect(() => judgeCommit(0n, START)).toThrow(/never writes/);
  expect(() => judgeCommit(-2n, START)).toThrow(/never writes/);
});
