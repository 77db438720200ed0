import type { ShardSize, TableCuts } from "#lib/mover/cell-source.ts";
import { type CellKey, rowStart } from "#lib/mover/key-range.ts";
import { readSome } from "#lib/stores/cassandra/cell-pages.ts";
import type { CopySession } from "#lib/stores/cassandra/copy-session.ts";
import type { RowIndex } from "#lib/stores/cassandra/row-index.ts";
import { estimateOf, readSizeEstimate } from "#lib/stores/cassandra/size-estimates.ts";
import { qualified } from "#lib/stores/cassandra/statements.ts";

/** Versions read to learn how large they are. */
const SAMPLED_VERSIONS = 200;

/** Rows looked at from one place on to learn how dense they are there. */
const SAMPLED_ROWS = 64;

/** Where nothing is known of a table's size, it is cut into this many. */
const SHARDS_UNKNOWN = 16;

/** Bytes of a key that are told apart in cutting: longer common prefixes are taken off first. */
const DIGITS = 8;

/** Cuts for a table: `physical` is its name in the keyspace. Reads a few hundred rows. @throws AdapterError effect `none` */
export async function planCuts(
  session: CopySession,
  index: RowIndex | null,
  physical: string,
  wanted: ShardSize,
): Promise<TableCuts> {
  const table = qualified({ keyspace: session.keyspace, table: physical });
  const size = await readSizeEstimate(session, physical);
  const versionBytes = await sampleVersionBytes(session, table);
  const estimate = estimateOf(size, versionBytes);
  if (versionBytes === null) return { estimate: { versions: 0, bytes: 0 }, places: [] };
  const shards = shardsFor(size.bytes, wanted);
  if (shards <= 1) return { estimate, places: [] };
  const places =
    index === null ? await orderedCuts(session, table, shards) : await indexedCuts(index, table, shards);
  return { estimate, places };
}

function shardsFor(bytes: number | null, { bytes: each, shardsMax }: ShardSize): number {
  const some = bytes === null ? SHARDS_UNKNOWN : Math.ceil(bytes / each);
  return Math.max(1, Math.min(some, shardsMax));
}

/** Null for an empty table. */
async function sampleVersionBytes(session: CopySession, table: string): Promise<number | null> {
  const rows = await readSome(
    session,
    `SELECT key, column1, value FROM ${table} LIMIT ${SAMPLED_VERSIONS}`,
    [],
    { rows: SAMPLED_VERSIONS },
  );
  const sizes = rows.map((row) =>
    ["key", "column1", "value"].reduce((sum, name) => {
      const part: unknown = row[name];
      return sum + (Buffer.isBuffer(part) ? part.length : 0);
    }, 0),
  );
  return sizes.length === 0 ? null : sizes.reduce((sum, one) => sum + one, 0) / sizes.length;
}

/** Stretches of equally many rows. */
async function indexedCuts(index: RowIndex, table: string, shards: number): Promise<readonly CellKey[]> {
  const keys = await index.keysOf(table);
  return Array.from({ length: shards - 1 }, (_, cut) => {
    const at = Math.floor(((cut + 1) * keys.length) / shards);
    return at > 0 && at < keys.length ? [rowStart(Buffer.from(keys.at(at)))] : [];
  }).flat();
}

/** A stretch of rows from an existing key on, and how many it may hold by the distance of its first ones. */
type Stretch = { readonly from: Buffer; readonly to: Buffer | null; readonly rows: number };

/**
 * Cuts of a byte-ordered table: the stretch that seems to hold most rows is halved, again and again, always at a key that exists. Distances
 * between the first rows of a stretch tell how many it holds, so keys that crowd in one place are told from keys spread out.
 */
async function orderedCuts(session: CopySession, table: string, shards: number): Promise<readonly CellKey[]> {
  const first = await measure(session, table, null, null);
  if (first === null) return [];
  let stretches: readonly Stretch[] = [first];
  for (let round = 0; stretches.length < shards && round < 2 * shards; round += 1) {
    const [largest, ...others] = stretches.toSorted((a, b) => b.rows - a.rows);
    if (largest === undefined || largest.rows < 2) break;
    stretches = [...others, ...(await halve(session, table, largest))];
  }
  return stretches.filter(({ from }) => from !== first.from).map(({ from }) => rowStart(from));
}

async function halve(session: CopySession, table: string, stretch: Stretch): Promise<readonly Stretch[]> {
  const middle = middleOf(stretch.from, stretch.to);
  const upper = await measure(session, table, middle, stretch.to);
  const from = stretch.from;
  if (upper === null) {
    // Nothing behind the middle: the same rows, in half the room.
    const again = await measure(session, table, from, middle);
    return [again === null ? { ...stretch, rows: 0 } : { ...again, from }];
  }
  const lower = await measure(session, table, from, middle);
  if (lower === null || upper.from.equals(from)) return [{ ...stretch, rows: 0 }];
  return [{ ...lower, from }, upper];
}

/** The first existing key at or behind `from`, and a guess at the rows up to `to`; null where there is none. */
async function measure(
  session: CopySession,
  table: string,
  from: Buffer | null,
  to: Buffer | null,
): Promise<Stretch | null> {
  const ends = [
    ...(from === null ? [] : [{ clause: "token(key) >= token(?)", param: from }]),
    ...(to === null ? [] : [{ clause: "token(key) < token(?)", param: to }]),
  ];
  const where = ends.length === 0 ? "" : ` WHERE ${ends.map(({ clause }) => clause).join(" AND ")}`;
  const rows = await readSome(
    session,
    `SELECT DISTINCT key FROM ${table}${where} LIMIT ${SAMPLED_ROWS}`,
    ends.map(({ param }) => param),
    { rows: SAMPLED_ROWS },
  );
  const keys = rows.map((row): unknown => row["key"]).filter((key) => Buffer.isBuffer(key));
  const [first] = keys;
  const last = keys.at(-1);
  if (first === undefined || last === undefined) return null;
  if (keys.length < SAMPLED_ROWS) return { from: first, to, rows: keys.length };
  return { from: first, to, rows: keys.length * ratioOf(first, last, to) };
}

/** How many times the way from `first` to `last` fits into that from `first` to `to`. */
function ratioOf(first: Buffer, last: Buffer, to: Buffer | null): number {
  const prefix = commonPrefix(first, to ?? TOP);
  const [start, middle, end] = [fraction(first, prefix), fraction(last, prefix), fraction(to ?? TOP, prefix)];
  const step = middle - start;
  return step <= 0 ? 2 ** 40 : Math.max(1, (end - start) / step);
}

/** Behind every key that AtlasDB writes in earnest. */
const TOP = Buffer.alloc(DIGITS, 0xff);

function middleOf(from: Buffer, to: Buffer | null): Buffer {
  const end = to ?? TOP;
  const prefix = commonPrefix(from, end);
  const middle = (digits(from, prefix) + digits(end, prefix)) / 2n;
  const tail = Buffer.alloc(DIGITS);
  tail.writeBigUInt64BE(middle);
  return Buffer.concat([from.subarray(0, prefix), tail]);
}

function commonPrefix(a: Buffer, b: Buffer): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length += 1;
  return length;
}

/** The next bytes behind a prefix as a number, missing ones as zero. */
function digits(key: Buffer, prefix: number): bigint {
  const bytes = Buffer.alloc(DIGITS);
  key.copy(bytes, 0, prefix, prefix + DIGITS);
  return bytes.readBigUInt64BE(0);
}

/** As `digits`, from 0 to 1. */
function fraction(key: Buffer, prefix: number): number {
  let value = 0;
  for (let index = 0; index < DIGITS - 1; index += 1) {
    value += (key[prefix + index] ?? 0) / 256 ** (index + 1);
  }
  return value;
}
