/**
 * What is counted. In a copy: `versions` read, each of which ends in exactly one of the next seven; `cells` and `bytes` (rows, columns and
 * values) were written. `older` are versions below the one that was decided on, `later` are committed at or above S. In a comparison
 * `cells` were compared, and `differences` found.
 */
export const COUNT_NAMES = [
  "versions",
  "cells",
  "older",
  "inProgress",
  "aborted",
  "later",
  "deleted",
  "sentinels",
  "bytes",
  "differences",
] as const;
/** One of them. */
export type CountName = (typeof COUNT_NAMES)[number];

/** Whole numbers below 2^53. */
export type Counts = Readonly<Record<CountName, number>>;

/** Nothing counted yet. */
export const NO_COUNTS: Counts = {
  versions: 0,
  cells: 0,
  older: 0,
  inProgress: 0,
  aborted: 0,
  later: 0,
  deleted: 0,
  sentinels: 0,
  bytes: 0,
  differences: 0,
};

/** The sum of both, name by name. */
export function addCounts(a: Counts, b: Counts): Counts {
  return {
    versions: a.versions + b.versions,
    cells: a.cells + b.cells,
    older: a.older + b.older,
    inProgress: a.inProgress + b.inProgress,
    aborted: a.aborted + b.aborted,
    later: a.later + b.later,
    deleted: a.deleted + b.deleted,
    sentinels: a.sentinels + b.sentinels,
    bytes: a.bytes + b.bytes,
    differences: a.differences + b.differences,
  };
}

/** Counts made name by name. */
export function mapCounts(valueOf: (name: CountName) => number): Counts {
  return {
    versions: valueOf("versions"),
    cells: valueOf("cells"),
    older: valueOf("older"),
    inProgress: valueOf("inProgress"),
    aborted: valueOf("aborted"),
    later: valueOf("later"),
    deleted: valueOf("deleted"),
    sentinels: valueOf("sentinels"),
    bytes: valueOf("bytes"),
    differences: valueOf("differences"),
  };
}
