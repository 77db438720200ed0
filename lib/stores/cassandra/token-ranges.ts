/** Murmur3's tokens: all signed 64-bit numbers. */
const LEAST = -(1n << 63n);
const ALL = 1n << 64n;

/** Tokens from `from` (inclusive) to `to` (exclusive; null: to the last). */
export type TokenRange = { readonly from: bigint; readonly to: bigint | null };

/** All tokens in so many equal parts. */
export function tokenRanges(parts: number): readonly TokenRange[] {
  const starts = Array.from({ length: parts }, (_, index) => LEAST + (BigInt(index) * ALL) / BigInt(parts));
  return starts.map((from, index) => ({ from, to: starts[index + 1] ?? null }));
}

/** The condition of a range, and its parameters. */
export function tokenCondition({ from, to }: TokenRange): {
  readonly where: string;
  readonly params: readonly bigint[];
} {
  return to === null
    ? { where: "token(key) >= ?", params: [from] }
    : { where: "token(key) >= ? AND token(key) < ?", params: [from, to] };
}
