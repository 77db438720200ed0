/** How many differences a run keeps; it counts all. */
export const DIFFERENCES_MAX = 10_000;

/** How many bytes of a value a difference keeps. */
export const DIFFERENCE_VALUE_BYTES_MAX = 1_024;

/** A value that differs: its length, its SHA-256, and its first bytes, both in lower-case hexadecimal digits. */
export type ValueDigest = { readonly bytes: number; readonly sha256: string; readonly head: string };

/**
 * One cell in which two stores differ. `missing`: not in the destination; `extra`: only there; `value`: other bytes; `version`: the
 * destination has a version at another timestamp than S (a decimal in `timestamp`), or more than one. Row and column in hexadecimal digits.
 */
export type Difference = {
  readonly table: string;
  readonly row: string;
  readonly column: string;
  readonly kind: "missing" | "extra" | "value" | "version";
  readonly timestamp: string | null;
  readonly source: ValueDigest | null;
  readonly destination: ValueDigest | null;
};
