import { decodeBigEndianLong, toHex } from "#lib/atlasdb/encoding.ts";
import { TRANSACTIONS_TABLE } from "#lib/atlasdb/tables.ts";
import { AdapterError } from "#lib/errors.ts";
import { readCells } from "#lib/sandbox/cassandra/bound.ts";
import { readNewestPunch } from "#lib/sandbox/cassandra/service-store.ts";
import { type CassandraConnection, withCassandraSession } from "#lib/sandbox/cassandra/session.ts";
import { relation } from "#lib/sandbox/cassandra/tables.ts";

/** What the keyspace's `_timestamp` holds as columns and one row of values: a long where a cell has 8 bytes, else its bytes. */
export async function viewKeyspace(connection: CassandraConnection): Promise<{
  readonly columns: string[];
  readonly rows: string[][];
  readonly newestPunch: string | null;
  readonly transactions: number;
}> {
  return withCassandraSession(connection, async (session) => {
    const cells = await readCells(session);
    const there = Object.entries(cells).flatMap(([name, bytes]) =>
      bytes === null ? [] : [{ name, value: shown(bytes) }],
    );
    const counted = await session.run(
      `SELECT count(*) AS count FROM ${relation(session, TRANSACTIONS_TABLE)}`,
      [],
      "local-quorum",
    );
    const count = counted[0]?.["count"];
    if (typeof count !== "bigint")
      throw new AdapterError("unreadable", "none", "The count was not answered.");
    return {
      columns: there.map(({ name }) => name),
      rows: there.length === 0 ? [] : [there.map(({ value }) => value)],
      newestPunch: (await readNewestPunch(session))?.toString() ?? null,
      transactions: +count.toString(),
    };
  });
}

function shown(bytes: Uint8Array): string {
  return bytes.length === 8 ? decodeBigEndianLong(bytes).value.toString() : `0x${toHex(bytes)}`;
}
