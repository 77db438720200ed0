import { types } from "cassandra-driver";

import { column2Of } from "#lib/atlasdb/cassandra-layout.ts";
import { COORDINATION_ROW, coverStart, DEFAULT_MAPPING, schemaAt } from "#lib/atlasdb/coordination.ts";
import {
  committedValue,
  SET_ONCE_WRITE_TIME,
  stagingValue,
  TRANSACTIONS_CELL_TIMESTAMP,
  transactionCell,
} from "#lib/atlasdb/transactions.ts";
import { AdapterError } from "#lib/errors.ts";
import { copyFailure } from "#lib/stores/cassandra/copy-errors.ts";
import type { CopySession } from "#lib/stores/cassandra/copy-session.ts";
import { onConditional } from "#lib/stores/cassandra/errors.ts";
import { applied } from "#lib/stores/cassandra/fields.ts";
import { readCoordination, readTransaction } from "#lib/stores/cassandra/read-commits.ts";
import { qualified } from "#lib/stores/cassandra/statements.ts";

/** Entries stand at timestamp 0, here and in `_coordination`. */
const COLUMN2 = column2Of(TRANSACTIONS_CELL_TIMESTAMP);

type Cell = { readonly table: string; readonly row: Uint8Array; readonly column: Uint8Array };

/**
 * Enters (start, commit) as AtlasDB would: in the schema that `_coordination` names for the start, whose validity is extended past it first;
 * put if absent; in schema 3 settled at once. Gives the commit that stands there afterwards, read back at SERIAL: another one where the
 * start had an entry already (-1 for an aborted one). `start` must come fresh from the destination's own sequence.
 * @throws AdapterError; effect `unknown` where a conditional write was not answered: calling it again settles it
 */
export async function putCommit(session: CopySession, start: bigint, commit: bigint): Promise<bigint> {
  await cover(session, start);
  const mapping = (await readCoordination(session))?.mapping ?? DEFAULT_MAPPING;
  const schema = schemaAt(mapping, start);
  const cell = transactionCell(schema, start);
  const first = schema === 3 ? stagingValue(start, commit) : committedValue(schema, start, commit);
  await conditional(session, cell, null, first);
  const found = await readTransaction(session, mapping, start, types.consistencies.serial);
  if (found === null) {
    throw new AdapterError(
      "commit-not-kept",
      "unknown",
      `The transaction (${start}, ${commit}) was entered in ${cell.table} and cannot be read back. Do not copy anything; set up again.`,
    );
  }
  if (schema === 3 && found === commit) await settle(session, cell, committedValue(3, start, commit));
  return found;
}

/** Extends what `_coordination` says until nobody can give the start another schema. */
async function cover(session: CopySession, start: bigint): Promise<void> {
  for (const { column, expect, value } of coverStart(await readCoordination(session), start, start)) {
    await conditional(session, { table: "_coordination", row: COORDINATION_ROW, column }, expect, value);
  }
  if (coverStart(await readCoordination(session), start, start).length === 0) return;
  throw new AdapterError(
    "coordination-changed",
    "unknown",
    "The destination's _coordination table changed while it was extended: something still runs on the destination. Stop it and set up again.",
  );
}

/** Put if absent, or compare and set. What stands there instead is for the caller to read. */
async function conditional(
  session: CopySession,
  { table, row, column }: Cell,
  expected: Uint8Array | null,
  value: Uint8Array,
): Promise<void> {
  const name = qualified({ keyspace: session.keyspace, table });
  const [key, column1, after] = [Buffer.from(row), Buffer.from(column), Buffer.from(value)];
  const cql =
    expected === null
      ? `INSERT INTO ${name} (key, column1, column2, value) VALUES (?, ?, ?, ?) IF NOT EXISTS`
      : `UPDATE ${name} SET value = ? WHERE key = ? AND column1 = ? AND column2 = ? IF value = ?`;
  const params =
    expected === null
      ? [key, column1, COLUMN2, after]
      : [after, key, column1, COLUMN2, Buffer.from(expected)];
  try {
    const { rows } = await session.client.execute(cql, params, {
      prepare: true,
      isIdempotent: false,
      consistency: types.consistencies.eachQuorum,
      serialConsistency: types.consistencies.serial,
    });
    if (applied(rows) !== null) return;
  } catch (error) {
    throw onConditional(error);
  }
  throw new AdapterError(
    "commit-unanswered",
    "unknown",
    "The server did not say whether the write was applied.",
  );
}

/** AtlasDB's setOnce: a plain write with a time that no other write of the cell has. Source: atlasdb-facts E.3, F.2 */
async function settle(session: CopySession, { table, row, column }: Cell, value: Uint8Array): Promise<void> {
  const name = qualified({ keyspace: session.keyspace, table });
  try {
    await session.client.execute(
      `INSERT INTO ${name} (key, column1, column2, value) VALUES (?, ?, ?, ?) USING TIMESTAMP ${SET_ONCE_WRITE_TIME}`,
      [Buffer.from(row), Buffer.from(column), COLUMN2, Buffer.from(value)],
      { prepare: true, isIdempotent: true, consistency: types.consistencies.eachQuorum },
    );
  } catch (error) {
    throw copyFailure(error, "unknown");
  }
}
