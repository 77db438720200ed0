/** Keys looked at from one place on to learn how dense they are there. */
export const SAMPLED_KEYS = 64;

/** The first keys from `from` (inclusive; null: from the start) to before `to` (null: to the end), in order, `SAMPLED_KEYS` at most. */
export type ProbeKeys = (from: Buffer | null, to: Buffer | null) => Promise<readonly Buffer[]>;

/** Bytes by which keys are told apart; those that share so many are not cut. */
const WIDTH = 64;

/** Behind every place. */
const END = 1n << BigInt(8 * WIDTH);

/** How fast the end of a stretch is looked for: by steps of 8, 64, 512 … times the way of the first keys, then by halves. */
const STRIDE = 8n;
const HALVES = 5;

/** A stretch from an existing key on to where no more are (`end`, a place), and how many keys it may hold. */
type Stretch = { readonly from: Buffer; readonly end: bigint; readonly keys: bigint };

/**
 * Keys at which an ordered set may be cut into about `parts` equal parts, in any order; fewer where that is not possible. The stretch that
 * seems to hold most is halved, again and again, always at a key that exists. How far the first keys of a stretch lie apart tells how many it
 * holds, so keys that crowd in one place are told from keys spread out. Asks some ten times a cut.
 */
export async function densityCuts(probe: ProbeKeys, parts: number): Promise<readonly Buffer[]> {
  const first = await measure(probe, null, END);
  if (first === null) return [];
  let stretches: readonly Stretch[] = [first];
  for (let round = 0; stretches.length < parts && round < 2 * parts; round += 1) {
    const [largest, ...others] = stretches.toSorted((a, b) => (a.keys > b.keys ? -1 : 1));
    if (largest === undefined || largest.keys < 2n) break;
    stretches = [...others, ...(await halve(probe, largest))];
  }
  return stretches.filter(({ from }) => !from.equals(first.from)).map(({ from }) => from);
}

async function halve(probe: ProbeKeys, stretch: Stretch): Promise<readonly Stretch[]> {
  const middle = (placeOf(stretch.from) + stretch.end) / 2n;
  const upper = await measure(probe, keyAt(middle), stretch.end);
  const lower = await measure(probe, stretch.from, middle);
  // Nothing in one half: the same keys, in half the room.
  if (upper === null) return [lower ?? { ...stretch, keys: 0n }];
  if (lower === null || upper.from.equals(stretch.from)) return [{ ...stretch, keys: 0n }];
  return [lower, upper];
}

/** The first existing key at or behind `from`, and a guess at the keys before `end`; null where there is none. */
async function measure(probe: ProbeKeys, from: Buffer | null, end: bigint): Promise<Stretch | null> {
  const keys = await probe(from, keyAt(end));
  const [first] = keys;
  const last = keys.at(-1);
  if (first === undefined || last === undefined) return null;
  const way = placeOf(last) - placeOf(first);
  // Where keys share all the bytes that are looked at, nothing can be said, and nothing is cut.
  if (keys.length < SAMPLED_KEYS || way === 0n) return { from: first, end, keys: BigInt(keys.length) };
  const nearer = await endOf(probe, placeOf(last), way, end);
  return { from: first, end: nearer, keys: (BigInt(SAMPLED_KEYS) * (nearer - placeOf(first))) / way };
}

/** A place behind the last key before `end`, and not far behind it. */
async function endOf(probe: ProbeKeys, from: bigint, way: bigint, end: bigint): Promise<bigint> {
  let [known, nearest, step] = [from, end, way];
  while (nearest === end && known + step < end) {
    const found = await probe(keyAt(known + step), keyAt(end));
    const last = found.at(-1);
    if (last === undefined) nearest = known + step;
    else known = placeOf(last);
    step *= STRIDE;
  }
  for (let half = 0; half < HALVES && nearest !== end && nearest - known > way; half += 1) {
    const middle = (known + nearest) / 2n;
    const found = await probe(keyAt(middle), keyAt(nearest));
    const last = found.at(-1);
    if (last === undefined) nearest = middle;
    else known = placeOf(last);
  }
  return nearest;
}

/** The first bytes of a key as a number, missing ones as zero: ordered as keys are. */
function placeOf(key: Buffer): bigint {
  const bytes = Buffer.alloc(WIDTH);
  key.copy(bytes, 0, 0, WIDTH);
  return BigInt(`0x${bytes.toString("hex")}`);
}

/** The first key of a place; null behind all places. */
function keyAt(place: bigint): Buffer | null {
  if (place >= END) return null;
  return Buffer.from(place.toString(16).padStart(2 * WIDTH, "0"), "hex");
}
