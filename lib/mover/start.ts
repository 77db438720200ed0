import { AdapterError, AppError } from "#lib/errors.ts";
import { ABORTED, IN_PROGRESS } from "#lib/mover/cell-source.ts";
import { embeddedSequence } from "#lib/mover/embedded-sequence.ts";
import { readNewestEntry } from "#lib/mover/newest-entry.ts";
import type { IssuedAtMost, Sequence, StartPair } from "#lib/mover/sequence.ts";
import { commitStart } from "#lib/mover/set-up.ts";
import { newestPunch } from "#lib/mover/source-mark.ts";
import type { MoveSide } from "#lib/mover/side.ts";
import { type CountProbe, timelockSequence } from "#lib/mover/timelock-sequence.ts";
import { largestHeld } from "#lib/stores/bound-state.ts";
import { maxLong } from "#lib/timestamps/long.ts";

/**
 * X, S and C of a move. `x`: the largest value that the source's sequence can have issued. `floor`: the largest of X and of everything that
 * the destination holds; S is above it. `sourceAfter`: the source's sequence read again when S and C were taken; the copy is void when it
 * moves from there by more than `sourceProbes` of our own.
 */
export type MoveStart = StartPair & {
  readonly x: bigint;
  readonly floor: bigint;
  readonly sourceAfter: bigint;
};

/** What `readStart` finds in the destination for S. */
export type StandingStart =
  | { readonly state: "committed" }
  | { readonly state: "absent" }
  | { readonly state: "other"; readonly words: string };

/** The sequence of a side. `countProbe` is called around every asking of a TimeLock for timestamps. */
export function sequenceOf(side: MoveSide, countProbe?: CountProbe): Sequence {
  return side.timestamps.kind === "embedded"
    ? embeddedSequence(side.bound, side.name)
    : timelockSequence(side.timestamps.timelock, side.timestamps.namespace, countProbe);
}

/**
 * How S and C are taken. `x`: what the source's sequence can have issued, as it was fixed when the clients were stopped; without it, it is
 * read here, before and after. `countProbe`: see `sequenceOf`.
 */
export type Taking = { readonly x?: bigint | undefined; readonly countProbe?: CountProbe | undefined };

/**
 * Raises the destination's sequence above everything that either side can have issued or holds, and takes S and C from it. Changes nothing
 * else; may be called again, with larger values: those that nobody recorded belong to nobody. Runs when the clients are stopped.
 * @throws AppError `conflict` when a value on either side is impossible, the source moves, or the destination's sequence cannot be raised;
 * AdapterError effect `none`, or `unknown` when it is not known whether the destination was raised, which does no harm
 */
export async function takeStart(
  source: MoveSide,
  destination: MoveSide,
  { x: given, countProbe }: Taking = {},
): Promise<MoveStart> {
  const issued = async () => issuedBy(source, given, countProbe);
  const x = await issued();
  // Of the source it is a check that may be incomplete; of the destination S has to be above all of it.
  requireBelow(await highestKnown(source, "what is known"), x, source.name);
  const floor = maxLong(x.value, await highestKnown(destination, "everything"));
  const pair = await sequenceOf(destination, countProbe).takeAbove(floor);
  const after = await issued();
  if (!(await isSameSequence(source, destination))) requireUnmoved(x, after, source.name);
  return { ...pair, x: x.value, floor, sourceAfter: after.value };
}

/**
 * What the source's sequence can have issued. A given value stands for a TimeLock, whose stillness is proven elsewhere; a bound is read again
 * in any case, and must not have passed it.
 */
async function issuedBy(
  source: MoveSide,
  given: bigint | undefined,
  countProbe: CountProbe | undefined,
): Promise<IssuedAtMost> {
  const fixed = (value: bigint) => ({
    value,
    ownProbes: 0n,
    source: "X, fixed when the clients were stopped",
  });
  if (given !== undefined && source.timestamps.kind === "timelock") return fixed(given);
  const read = await sequenceOf(source, countProbe).issuedAtMost();
  if (given === undefined) return read;
  if (read.value <= given) return fixed(given);
  throw new AppError(
    "conflict",
    `The sequence of ${source.name} stands at ${read.value} (${read.source}), above X ${given}, which was fixed when its clients were stopped: something runs on the source. Nothing was changed. Stop all its clients, then start over.`,
  );
}

/** Everything that a store holds which was issued once: bound or backup, newest punch, newest start and commit. */
async function highestKnown(
  { bound, openSource, name }: MoveSide,
  wanted: "everything" | "what is known",
): Promise<bigint> {
  const [reading, punched, entry] = await Promise.all([
    bound.readBound(),
    newestPunch(bound),
    withSource(openSource, async (source) => readNewestEntry(source, bound)),
  ]);
  if (entry.state === "unknown" && wanted === "everything") {
    throw new AppError(
      "conflict",
      `The newest transaction of ${name} cannot be read, so it is not known which timestamps are free. Nothing was changed. ${entry.because}`,
    );
  }
  const ends = entry.state === "known" ? [entry.start, entry.commit ?? 0n] : [];
  return maxLong(largestHeld(reading.state) ?? 0n, punched ?? 0n, ...ends);
}

function requireBelow(known: bigint, x: IssuedAtMost, name: string): void {
  if (known <= x.value) return;
  throw new AppError(
    "conflict",
    `${name} holds the timestamp ${known}, but its sequence stands at ${x.value} (${x.source}). It is not the sequence that this store was written with, or it went backwards. Nothing was changed. Check which TimeLock and namespace the service uses.`,
  );
}

function requireUnmoved(before: IssuedAtMost, after: IssuedAtMost, name: string): void {
  if (after.value - before.value <= after.ownProbes && after.value >= before.value) return;
  throw new AppError(
    "conflict",
    `The sequence of ${name} went from ${before.value} to ${after.value} meanwhile: something still runs on the source. No cell was copied. Stop all its clients, then take the timestamps again.`,
  );
}

/** Whether both sides use one namespace of one cluster, where taking S and C moves the source's own sequence. */
export async function isSameSequence(a: MoveSide, b: MoveSide): Promise<boolean> {
  if (a.timestamps.kind !== "timelock" || b.timestamps.kind !== "timelock") return false;
  if (a.timestamps.namespace !== b.timestamps.namespace) return false;
  const [here, there] = await Promise.all(
    [a.timestamps.timelock, b.timestamps.timelock].map(async (timelock) =>
      (await timelock.serverIds()).flatMap(({ outcome }) => (outcome.ok ? [outcome.value] : [])),
    ),
  );
  return here?.some((id) => there?.includes(id) === true) === true;
}

/** What the commit of S is entered in and read from. */
export type StartSide = Pick<MoveSide, "name" | "openSource" | "openSink">;

/** Puts tried while their answers are lost. */
const TRIES = 3;

/**
 * Commits (S, C) in the destination by its own schema rule and proves it by reading on a connection of its own. May be repeated with the same
 * values after any interruption. @throws AppError `conflict` when S has another outcome there: start over with new values;
 * AdapterError effect `unknown` when the destination does not answer
 */
export async function commitAndProve(destination: StartSide, pair: StartPair): Promise<void> {
  let cause: unknown;
  for (let tries = 0; tries < TRIES; tries += 1) {
    cause = await put(destination, pair);
    const found = await readStart(destination, pair);
    if (found.state === "committed") return;
    if (found.state === "other") throw new AppError("conflict", found.words);
  }
  throw new AdapterError(
    "commit-not-kept",
    "unknown",
    `The transaction (${pair.start}, ${pair.commit}) was entered in ${destination.name} and cannot be read back. No cell was copied. Try again when the store answers.${cause instanceof AdapterError ? ` ${cause.message}` : ""}`,
    { cause },
  );
}

/** A lost answer is left to the reading that follows, and given back for the case that this one tells nothing either. */
async function put(destination: StartSide, pair: StartPair): Promise<AdapterError | null> {
  const sink = await destination.openSink();
  try {
    await commitStart(sink, pair.start, pair.commit);
    return null;
  } catch (error) {
    if (!(error instanceof AdapterError) || error.effect === "none") throw error;
    return error;
  } finally {
    await sink.close();
  }
}

/** What the destination's own rules say of S now; writes nothing. For the proof before the copy, and again before the hand-over. */
export async function readStart(
  destination: Pick<MoveSide, "name" | "openSource">,
  pair: StartPair,
): Promise<StandingStart> {
  const commits = await withSource(destination.openSource, async (source) =>
    source.commits.lookUp(BigInt64Array.of(pair.start)),
  );
  const found = commits[0] ?? IN_PROGRESS;
  if (found === pair.commit) return { state: "committed" };
  if (found === IN_PROGRESS) return { state: "absent" };
  const what = found === ABORTED ? "as rolled back" : `with the commit timestamp ${found}`;
  return {
    state: "other",
    words: `${destination.name} records the start timestamp ${pair.start} ${what}, not with ${pair.commit}. Whatever was copied at ${pair.start} cannot be used. Start over with new timestamps.`,
  };
}

async function withSource<T>(
  open: MoveSide["openSource"],
  work: (source: Awaited<ReturnType<MoveSide["openSource"]>>) => Promise<T>,
): Promise<T> {
  const source = await open();
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}
