/**
 * A sequence's largest value that may have been issued, and where it was read. `ownProbes`: how many values the reading itself may have used
 * up, by which the next reading may be larger.
 */
export type IssuedAtMost = { readonly value: bigint; readonly ownProbes: bigint; readonly source: string };

/** Timestamps taken: `start` is S, `commit` is C, and everything that the sequence issues later is above C. */
export type StartPair = { readonly start: bigint; readonly commit: bigint };

/**
 * Where a store's timestamps come from, as the mover needs it. Implementations: a TimeLock namespace, and the bound in the store itself.
 */
export interface Sequence {
  /** For people: `namespace orders on TimeLock`, `the bound of ordersdb`. */
  readonly name: string;
  /**
   * The largest value that can have been issued so far. Takes none, except on a TimeLock that keeps no learned values: one then.
   * @throws AppError `conflict` where there is no such value; AdapterError effect `none`
   */
  issuedAtMost(): Promise<IssuedAtMost>;
  /**
   * Raises the sequence above `floor` and takes two values from it, proven by reading: `floor` < S < C < everything issued later. May be
   * called again at any time: it gives larger values then. What a failed call has raised or taken does no harm.
   * @throws AppError `conflict` when the sequence is in no state to be raised, or moves under our hands; AdapterError effect `none`, or
   * effect `unknown` when it cannot be read whether it was raised
   */
  takeAbove(floor: bigint): Promise<StartPair>;
}
