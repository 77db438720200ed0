/** Start timestamps with the row and the column of their entry in `_transactions2`, in hex. Source: atlasdb-facts I */
export const GOLDEN_TICKETS: readonly (readonly [start: bigint, row: string, column: string])[] = [
  [1n, "8000000000000000", "00"],
  [16n, "0000000000000000", "01"],
  [17n, "8000000000000000", "01"],
  [24_999_999n, "f000000000000000", "d7d783"],
  [25_000_000n, "0800000000000000", "00"],
  [25_000_001n, "8800000000000000", "00"],
  [123_456_789n, "a200000000000000", "d65ec1"],
  [314_159_265n, "8300000000000000", "cd80da"],
];
