import { decodeBigEndianLong, encodeBigEndianLong, fromHex, toHex } from "#lib/atlasdb/encoding.ts";
import { TIMESTAMP_TABLE } from "#lib/atlasdb/tables.ts";
import { AdapterError } from "#lib/errors.ts";
import { blob, type Session } from "#lib/sandbox/cassandra/session.ts";
import { relation } from "#lib/sandbox/cassandra/tables.ts";
import type { EmbeddedBound } from "#lib/sandbox/embedded-bound.ts";
import { INITIAL_BOUND } from "#lib/stores/bound-state.ts";

const ROW = fromHex("7473");
const BOUND = fromHex("7473");
const BACKUP = fromHex("6f6c645473");
const COLUMN2 = -1n;
const INVALID = fromHex("00");

/** The code of the error that an embedded service meets on an invalidated store. */
const STORE_INVALIDATED = "store-invalidated";

/**
 * The bound as an embedded AtlasDB service keeps it on Cassandra: read at LOCAL_QUORUM, made 10000 where it is absent, and every write
 * a compare-and-set at SERIAL with what this service wrote last. Not for concurrent calls. Source: CAS`CassandraTimestampBoundStore.java`
 */
export function cassandraEmbeddedBound(session: Session): EmbeddedBound {
  let inMemory: bigint | null = null;
  const change = async (from: Uint8Array | null, to: bigint) => {
    const { applied, rows } = await compareAndSet(session, from, encodeBigEndianLong(to));
    const found = blob(rows[0], "value");
    // Also where the stored value is the one that was to be written: another service may have wanted the same.
    if (!applied) {
      throw new AdapterError(
        "multiple-running",
        "none",
        `Timestamp limit changed underneath us (limit in memory: ${inMemory}, limit in DB: ${found === null ? "none" : `0x${toHex(found)}`}): another timestamp service is running against this database`,
      );
    }
    inMemory = to;
  };
  return {
    read: async () => {
      const stored = await readCell(session, BOUND, "local-quorum");
      if (stored === null) await change(null, INITIAL_BOUND);
      else inMemory = decodeReadable(stored);
      return inMemory ?? INITIAL_BOUND;
    },
    write: async (bound) => change(inMemory === null ? null : encodeBigEndianLong(inMemory), bound),
  };
}

/**
 * Invalidates the bound and keeps it as `oldTs` with one conditional batch; the kept value where that was done before; 10000 where there
 * was none. @throws AdapterError `both-columns` where AtlasDB refuses. Source: CAS`CassandraTimestampBackupRunner.java`, atlasdb-facts C
 */
export async function backupBound(session: Session): Promise<bigint> {
  const bound = await readCell(session, BOUND, "quorum");
  const backup = await readCell(session, BACKUP, "quorum");
  const isReadable = bound === null || bound.length === 8;
  const isBackedUp = backup !== null && backup.length === 8;
  if (isReadable === isBackedUp) {
    throw new AdapterError(
      "both-columns",
      "none",
      isReadable
        ? "We had both backup and bound readable. This is unexpected"
        : "We had neither backup nor bound readable. This is unexpected",
    );
  }
  if (backup !== null && isBackedUp) return decodeBigEndianLong(backup).value;
  const value = bound === null ? INITIAL_BOUND : decodeBigEndianLong(bound).value;
  const batch = [
    "BEGIN UNLOGGED BATCH",
    guarded(session, BOUND, bound, INVALID),
    guarded(session, BACKUP, backup, encodeBigEndianLong(value)),
    "APPLY BATCH",
  ].join("\n");
  const { applied } = await session.runIf(batch, [], "quorum");
  if (applied) return value;
  throw new AdapterError(
    "multiple-running",
    "none",
    "The store is in an incongruent state: it changed meanwhile",
  );
}

/** The bytes of both cells now; null where a cell is absent. */
export async function readCells(
  session: Session,
): Promise<{ readonly ts: Uint8Array | null; readonly oldTs: Uint8Array | null }> {
  return {
    ts: await readCell(session, BOUND, "quorum"),
    oldTs: await readCell(session, BACKUP, "quorum"),
  };
}

async function readCell(session: Session, column: Uint8Array, level: "local-quorum" | "quorum") {
  const rows = await session.run(
    `SELECT value FROM ${relation(session, TIMESTAMP_TABLE)} WHERE key = ? AND column1 = ? AND column2 = ?`,
    [ROW, column, COLUMN2],
    level,
  );
  return blob(rows[0], "value");
}

function decodeReadable(stored: Uint8Array): bigint {
  if (stored.length === 8) return decodeBigEndianLong(stored).value;
  throw new AdapterError(
    STORE_INVALIDATED,
    "none",
    `array too small: ${stored.length} < 8. This may be because the timestamp bound was invalidated, and this service has no timelock block`,
  );
}

async function compareAndSet(session: Session, from: Uint8Array | null, to: Uint8Array) {
  return session.runIf(guarded(session, BOUND, from, to), [], "each-quorum");
}

function guarded(session: Session, column: Uint8Array, from: Uint8Array | null, to: Uint8Array): string {
  const table = relation(session, TIMESTAMP_TABLE);
  if (from === null) {
    return `INSERT INTO ${table} (key, column1, column2, value) VALUES (0x${toHex(ROW)}, 0x${toHex(column)}, ${COLUMN2}, 0x${toHex(to)}) IF NOT EXISTS`;
  }
  return `UPDATE ${table} SET value = 0x${toHex(to)} WHERE key = 0x${toHex(ROW)} AND column1 = 0x${toHex(column)} AND column2 = ${COLUMN2} IF value = 0x${toHex(from)}`;
}
