import type { ShardSize, TableCuts } from "#lib/mover/cell-source.ts";
import { type CellKey, rowStart } from "#lib/mover/key-range.ts";
import { readSome } from "#lib/stores/cassandra/cell-pages.ts";
import type { CopySession } from "#lib/stores/cassandra/copy-session.ts";
import { densityCuts, type ProbeKeys, SAMPLED_KEYS } from "#lib/stores/cassandra/density-cuts.ts";
import { estimateOf, readSizeEstimate } from "#lib/stores/cassandra/size-estimates.ts";
import { qualified } from "#lib/stores/cassandra/statements.ts";
import { tokenCondition, tokenRanges } from "#lib/stores/cassandra/token-ranges.ts";

/** Versions read to learn how large they are. */
const SAMPLED_VERSIONS = 32;

/** How many samples of `SAMPLED_KEYS` tell where a hashed table may be cut. */
const SAMPLES = 32;

/** Where nothing is known of a table's size, it is cut into this many. */
const SHARDS_UNKNOWN = 16;

/** A row with more versions than this is worth cutting within. */
const WIDE_ROW = 2_000;

/**
 * Cuts for a table: `physical` is its name in the keyspace. Reads a few hundred keys.
 * @throws AdapterError effect `none`
 */
export async function planCuts(
  session: CopySession,
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
  const few = await fewRows(session, table);
  if (few !== null) return { estimate, places: await cutsOfFewRows(session, table, few, shards) };
  const keys = session.ordered
    ? await densityCuts(rowProbe(session, table), shards)
    : await sampledCuts(session, table, shards);
  return { estimate, places: keys.map(rowStart) };
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

/** All rows of a table that has only a few, in order; else null. */
async function fewRows(session: CopySession, table: string): Promise<readonly Buffer[] | null> {
  const keys = await readColumn(
    session,
    "key",
    `SELECT DISTINCT key FROM ${table} LIMIT ${SAMPLED_KEYS}`,
    [],
  );
  return keys.length < SAMPLED_KEYS ? keys.toSorted((a, b) => Buffer.compare(a, b)) : null;
}

/** At the start of each row, and within those that are wide: one such row may be all of a table. */
async function cutsOfFewRows(
  session: CopySession,
  table: string,
  rows: readonly Buffer[],
  shards: number,
): Promise<readonly CellKey[]> {
  const places: CellKey[] = [];
  const share = Math.ceil(shards / rows.length);
  for (const row of rows) {
    if (places.length >= shards - 1) break;
    if (row !== rows[0]) places.push(rowStart(row));
    if (share < 2 || !(await isWide(session, table, row))) continue;
    for (const column of await densityCuts(columnProbe(session, table, row), share))
      places.push({ row, column });
  }
  return places;
}

async function isWide(session: CopySession, table: string, row: Buffer): Promise<boolean> {
  const cql = `SELECT column1 FROM ${table} WHERE key = ? LIMIT ${WIDE_ROW}`;
  return (await readColumn(session, "column1", cql, [row])).length === WIDE_ROW;
}

/** Rows that follow one another in the order of their hashes are a fair sample of all keys. */
async function sampledCuts(session: CopySession, table: string, shards: number): Promise<readonly Buffer[]> {
  const sample: Buffer[] = [];
  for (const range of tokenRanges(SAMPLES)) {
    const { where, params } = tokenCondition(range);
    const cql = `SELECT DISTINCT key FROM ${table} WHERE ${where} LIMIT ${SAMPLED_KEYS}`;
    sample.push(...(await readColumn(session, "key", cql, params)));
  }
  sample.sort((a, b) => Buffer.compare(a, b));
  return Array.from({ length: shards - 1 }, (_, cut) => {
    const key = sample[Math.floor(((cut + 1) * sample.length) / shards)];
    return key === undefined ? [] : [key];
  }).flat();
}

/** The first rows of a stretch of a byte-ordered cluster. */
function rowProbe(session: CopySession, table: string): ProbeKeys {
  return async (from, to) => {
    const ends = [
      ...(from === null ? [] : [{ clause: "token(key) >= token(?)", param: from }]),
      ...(to === null ? [] : [{ clause: "token(key) < token(?)", param: to }]),
    ];
    const where = ends.length === 0 ? "" : ` WHERE ${ends.map(({ clause }) => clause).join(" AND ")}`;
    const cql = `SELECT DISTINCT key FROM ${table}${where} LIMIT ${SAMPLED_KEYS}`;
    return readColumn(
      session,
      "key",
      cql,
      ends.map(({ param }) => param),
    );
  };
}

/** The columns of the first versions of a stretch of one row. */
function columnProbe(session: CopySession, table: string, row: Buffer): ProbeKeys {
  return async (from, to) => {
    const ends = [
      ...(from === null ? [] : [{ clause: " AND column1 >= ?", param: from }]),
      ...(to === null ? [] : [{ clause: " AND column1 < ?", param: to }]),
    ];
    const cql = `SELECT column1 FROM ${table} WHERE key = ?${ends.map(({ clause }) => clause).join("")} LIMIT ${SAMPLED_KEYS}`;
    return readColumn(session, "column1", cql, [row, ...ends.map(({ param }) => param)]);
  };
}

async function readColumn(
  session: CopySession,
  name: "key" | "column1",
  cql: string,
  params: readonly (Buffer | bigint)[],
): Promise<readonly Buffer[]> {
  const rows = await readSome(session, cql, params);
  // The rows of a page share one buffer, which is not to be kept for a few bytes of it.
  return rows
    .map((row): unknown => row[name])
    .filter((key) => Buffer.isBuffer(key))
    .map((key) => Buffer.from(key));
}
