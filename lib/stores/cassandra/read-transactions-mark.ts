import { decodeVarLong, encodeVarLong, fromHex, toHex } from "#lib/atlasdb/encoding.ts";
import { decodedOrNull } from "#lib/atlasdb/punch.ts";
import { TRANSACTIONS_TABLE } from "#lib/atlasdb/tables.ts";
import { AdapterError } from "#lib/errors.ts";
import { largestHeld } from "#lib/stores/bound-state.ts";
import type { CassandraTarget, Connection } from "#lib/stores/cassandra/connection.ts";
import { decodeBound } from "#lib/stores/cassandra/decode.ts";
import { optionalHex, optionalLong } from "#lib/stores/cassandra/fields.ts";
import { isOrdered } from "#lib/stores/cassandra/partitioner.ts";
import { readContent } from "#lib/stores/cassandra/read-bound.ts";
import { readPunch } from "#lib/stores/cassandra/read-punch.ts";
import { readSite, readTable, sourceOf, withCoordinator } from "#lib/stores/cassandra/site.ts";
import { qualified } from "#lib/stores/cassandra/statements.ts";
import { decodeTicketsCommit, newestOfRow, QUANTUM, ticketRows } from "#lib/stores/cassandra/tickets.ts";
import type { TransactionsMark } from "#lib/stores/schema.ts";
import { LONG_MAX } from "#lib/timestamps/long.ts";

/** Where commits of the schemas 2 and 3 stand. Source: atlasdb-facts F.2 */
const TICKETS_TABLE = "_transactions2";

type Newest = { readonly start: bigint; readonly commit: bigint | null };

/**
 * The newest start timestamp of `_transactions` (found by halving along the byte-ordered keys) and of `_transactions2` (looked up in the
 * quanta around the bound and the newest punch). Cassandra counts no rows, so `rowsWritten` is null. Source: atlasdb-facts F.2
 * @throws AdapterError effect `none`
 */
export async function readTransactionsMark(target: CassandraTarget): Promise<TransactionsMark> {
  const hint = await readHint(target);
  return withCoordinator(target, async (connection, cluster) => {
    const { keyspace } = target.config;
    const first = { keyspace, table: TRANSACTIONS_TABLE };
    const second = { keyspace, table: TICKETS_TABLE };
    const [hasFirst, hasSecond] = [
      (await readTable(connection, first, cluster.generation)) !== null,
      (await readTable(connection, second, cluster.generation)) !== null,
    ];
    const found = [
      hasFirst && isOrdered(cluster.partitioner) ? await newestStart(connection, qualified(first)) : null,
      hasSecond && hint !== null ? await newestTicket(connection, qualified(second), hint) : null,
    ].filter((one) => one !== null);
    const newest = found.toSorted((a, b) => (a.start < b.start ? 1 : -1))[0];
    return {
      table: hasFirst || hasSecond ? "present" : "absent",
      newestStart: newest?.start ?? null,
      newestCommit: newest?.commit ?? null,
      rowsWritten: null,
      countedSince: null,
      source: sourceOf(connection, cluster, first),
      readAt: cluster.readAt,
    };
  });
}

/** About where the newest transactions are; null where nothing tells. */
async function readHint(target: CassandraTarget): Promise<bigint | null> {
  const held = await withCoordinator(target, async (connection, cluster) => {
    const site = await readSite(connection, cluster, target.config);
    return largestHeld(decodeBound(await readContent(connection, site, "local-quorum")));
  });
  const punched = await readPunch(target).catch((error: unknown) => {
    if (error instanceof AdapterError && error.code === "punch-unordered") return null;
    throw error;
  });
  const newest = punched?.newest.found === "punch" ? punched.newest.timestamp : null;
  if (newest !== null) return newest;
  return held;
}

/** Every answer is an existing row at or behind the probe, so each either moves the floor up or the ceiling down. */
async function newestStart(connection: Connection, table: string): Promise<Newest | null> {
  let newest: Newest | null = null;
  let floor = 0n;
  let ceiling = LONG_MAX;
  let step = 1_000_000n;
  while (floor <= ceiling) {
    const probe: bigint =
      newest === null ? 0n : floor + step > ceiling ? (floor + ceiling) / 2n : floor + step;
    const [row] = await connection.query(
      `SELECT key, value FROM ${table} WHERE token(key) >= token(0x${toHex(encodeVarLong(probe))}) LIMIT 1`,
      "local-quorum",
    );
    const start: bigint | null =
      row === undefined
        ? null
        : decodedOrNull(() => decodeVarLong(fromHex(optionalHex(row, "key") ?? "")).value);
    if (row === undefined || start === null || start < probe) {
      ceiling = probe - 1n;
      step = step > 2n ? step / 2n : 1n;
      continue;
    }
    newest = { start, commit: commitOf(optionalHex(row, "value")) };
    floor = start + 1n;
    step *= 2n;
  }
  return newest;
}

function commitOf(value: string | null): bigint | null {
  const commit = decodedOrNull(() => decodeVarLong(fromHex(value ?? "")).value);
  return commit === null || commit < 0n ? null : commit;
}

/** The newest ticket of the quantum after the hint, of the hint's own, or of the one before; null where all three are empty. */
async function newestTicket(connection: Connection, table: string, hint: bigint): Promise<Newest | null> {
  const quantum = hint / QUANTUM;
  for (const one of [quantum + 1n, quantum, quantum - 1n]) {
    if (one < 0n) continue;
    const rows = await Promise.all(
      ticketRows(one).map(async ({ remainder, key }) => {
        const [row] = await connection.query(
          `SELECT column1, value, writetime(value) AS written_at FROM ${table} WHERE key = 0x${key} ORDER BY column1 DESC, column2 DESC LIMIT 1`,
          "local-quorum",
        );
        if (row === undefined) return null;
        const start = newestOfRow(one, remainder, optionalHex(row, "column1") ?? "");
        if (start === null) return null;
        const value = optionalHex(row, "value") ?? "";
        return { start, commit: decodeTicketsCommit(start, value, optionalLong(row, "written_at")) };
      }),
    );
    const [newest] = rows.filter((row) => row !== null).toSorted((a, b) => (a.start < b.start ? 1 : -1));
    if (newest !== undefined) return newest;
  }
  return null;
}
