import { encodeVarLong, fromHex, toHex } from "#lib/atlasdb/encoding.ts";
import { decodeVarLong } from "#lib/atlasdb/encoding.ts";
import {
  parseTableReference,
  POSTGRES_NAME_BYTES_MAX,
  postgresPhysicalName,
  TRANSACTIONS_TABLE,
} from "#lib/atlasdb/tables.ts";
import { AdapterError, AppError } from "#lib/errors.ts";
import type { CellSink } from "#lib/mover/cell-sink.ts";
import type { NewTable } from "#lib/mover/store-table.ts";
import { once } from "#lib/stores/postgres/cell-source.ts";
import {
  catalogueOf,
  listStoreTables,
  readTableSite,
  relationOf,
  type TableSite,
} from "#lib/stores/postgres/cell-tables.ts";
import {
  type Connection,
  openSession,
  type PostgresTarget,
  readOnly,
  readWrite,
  text,
} from "#lib/stores/postgres/connection.ts";
import { moverError } from "#lib/stores/postgres/mover-errors.ts";
import { forgetStart, retireStart, takeStart } from "#lib/stores/postgres/copy-start.ts";
import { checkpoints, ensureProgressTables, fences } from "#lib/stores/postgres/progress-tables.ts";
import { openPostgresShard } from "#lib/stores/postgres/shard-writer.ts";
import { identifier, literal } from "#lib/stores/postgres/statements.ts";

/** Tables changed in one transaction: each takes locks, of which a server has only so many. */
const TABLES_PER_TRANSACTION = 50;

/** `table_size` of a table without overflow, the only kind on Postgres. Source: atlasdb-facts D.2 (TableValueStyle.RAW) */
const RAW = 3;

/** A Postgres DbKVS to copy into. Checkpoints stand beside the data, in the transaction of their chunk. */
export function postgresCellSink(target: PostgresTarget): CellSink {
  const site = once(async () => readTableSite(target));
  const ready = once(async () => {
    const place = await site();
    const session = await openSession(target);
    try {
      await ensureProgressTables(session.client, place);
      return place;
    } catch (error) {
      throw moverError(error);
    } finally {
      await session.close();
    }
  });
  return {
    keepsCheckpoints: true,
    async listTables() {
      const place = await site();
      return readOnly(target, async (connection) => listStoreTables(connection, place));
    },
    checkTables: (tables) => refuseSharedNames(target.config.tablePrefix, tables),
    async createTables(tables) {
      const place = await ready();
      await inBatches(tables, async (batch) =>
        changed(target, async (connection) => createTables(connection, place, batch)),
      );
    },
    async dropTables(names) {
      const place = await site();
      await changed(target, async (connection) =>
        retireStart(connection, place, fences(place), checkpoints(place)),
      );
      await inBatches(names, async (batch) =>
        changed(target, async (connection) => dropTables(connection, place, batch)),
      );
    },
    async putCommit(start, commit) {
      const place = await ready();
      await declareStart(target, place, start);
      const relation = relationOf(place, TRANSACTIONS_TABLE);
      await changed(target, async (connection) => {
        await connection.execute(
          `INSERT INTO ${relation} (row_name, col_name, ts, val)
           VALUES (${bytea(encodeVarLong(start))}, ${bytea(TRANSACTIONS_COLUMN)}, 0, ${bytea(encodeVarLong(commit))})
           ON CONFLICT DO NOTHING`,
        );
      });
      return readOnly(target, async (connection) => readCommit(connection, relation, start));
    },
    // Our tables are made by the setup only: a worker that slept through the end of its copy must not find them made anew.
    async openShard(lease) {
      return openPostgresShard(target, await site(), lease);
    },
    async forget(start) {
      const place = await site();
      await changed(target, async (connection) =>
        forgetStart(connection, place, start, [fences(place), checkpoints(place)]),
      );
    },
    close: async () => undefined,
  };
}

async function declareStart(target: PostgresTarget, site: TableSite, start: bigint): Promise<void> {
  const session = await openSession(target);
  try {
    await takeStart(session.client, site, fences(site), start);
  } catch (error) {
    throw moverError(error);
  } finally {
    await session.close();
  }
}

/** Source: atlasdb-facts F.2 */
const TRANSACTIONS_COLUMN = Uint8Array.of(0x74);

function bytea(bytes: Uint8Array): string {
  return `decode('${toHex(bytes)}', 'hex')`;
}

async function changed(
  target: PostgresTarget,
  work: (connection: Connection) => Promise<void>,
): Promise<void> {
  await readWrite(target, async (connection) => {
    await work(connection);
    return { commit: true, result: undefined };
  });
}

async function inBatches<T>(all: readonly T[], work: (batch: readonly T[]) => Promise<void>): Promise<void> {
  for (let at = 0; at < all.length; at += TABLES_PER_TRANSACTION) {
    await work(all.slice(at, at + TABLES_PER_TRANSACTION));
  }
}

async function readCommit(connection: Connection, relation: string, start: bigint): Promise<bigint> {
  const rows = await connection.query(
    `SELECT encode(coalesce(val, ''), 'hex') AS commit FROM ${relation}
     WHERE row_name = ${bytea(encodeVarLong(start))} AND col_name = ${bytea(TRANSACTIONS_COLUMN)} AND ts = 0`,
  );
  if (rows.length !== 1) {
    throw new AdapterError(
      "commit-missing",
      "none",
      `The destination has no entry for the transaction ${start}.`,
    );
  }
  return decodeVarLong(fromHex(text(rows[0], "commit"))).value;
}

/** As AtlasDB makes its catalogue. Source: atlasdb-facts D.2 (PostgresTableInitializer) */
async function createCatalogue(connection: Connection, site: TableSite): Promise<void> {
  const catalogue = catalogueOf(site);
  await connection.execute(
    `CREATE TABLE IF NOT EXISTS ${catalogue} (table_name VARCHAR(2000) NOT NULL, table_size BIGINT NOT NULL, value BYTEA NULL,
       CONSTRAINT pk__metadata PRIMARY KEY (table_name))`,
  );
  await connection.execute(
    `CREATE UNIQUE INDEX IF NOT EXISTS unique_lower_case__metadata_index ON ${catalogue} (lower(table_name))`,
  );
}

/** The constraint that AtlasDB names after the table, cut as Postgres cuts it; its index shares the name space of relations. */
function keyName(prefix: string, table: string): string {
  const physical = postgresPhysicalName(prefix, parseTableReference(table));
  return Buffer.from(`pk_${physical}`)
    .subarray(0, POSTGRES_NAME_BYTES_MAX)
    .toString("utf8")
    .replace(/\uFFFD+$/, "");
}

/** Names are folded and cut, so two tables may fall on one relation, or on one constraint. Source: atlasdb-facts D.2, G.7 (H38) */
function refuseSharedNames(prefix: string, tables: readonly NewTable[]): void {
  const taken = new Map<string, string>();
  for (const { name } of tables) {
    const physical = postgresPhysicalName(prefix, parseTableReference(name));
    const key = keyName(prefix, name);
    const other = taken.get(physical) ?? taken.get(key);
    if (other !== undefined) {
      throw new AdapterError(
        "name-taken",
        "none",
        `On Postgres the tables ${other} and ${name} would share the name ${taken.has(physical) ? physical : key}, because names are folded to lower case and cut at ${POSTGRES_NAME_BYTES_MAX} bytes. Nothing was changed in the store.`,
      );
    }
    taken.set(physical, name);
    taken.set(key, name);
  }
}

async function createTables(
  connection: Connection,
  site: TableSite,
  tables: readonly NewTable[],
): Promise<void> {
  await createCatalogue(connection, site);
  const present = new Map((await listStoreTables(connection, site)).map((table) => [table.name, table]));
  for (const { name, metadata } of tables) {
    const found = present.get(name);
    if (found === undefined) await createTable(connection, site, { name, metadata });
    else if (!found.metadata.equals(metadata)) {
      throw new AppError(
        "conflict",
        `The destination already has a table ${name} with other metadata. Nothing of this step was changed. Run the setup, which drops it first.`,
      );
    }
  }
}

/** The columns and the key of every table of a DbKVS. Source: atlasdb-facts D.2 (PostgresDdlTable) */
async function createTable(
  connection: Connection,
  site: TableSite,
  { name, metadata }: NewTable,
): Promise<void> {
  const key = keyName(site.prefix, name);
  await connection.execute(
    `CREATE TABLE ${relationOf(site, name)} (row_name BYTEA NOT NULL, col_name BYTEA NOT NULL, ts INT8 NOT NULL, val BYTEA NULL,
       CONSTRAINT ${identifier(key)} PRIMARY KEY (row_name, col_name, ts))`,
  );
  await connection.execute(
    `INSERT INTO ${catalogueOf(site)} (table_name, table_size, value) VALUES (${literal(name)}, ${RAW}, ${bytea(metadata)})`,
  );
}

async function dropTables(connection: Connection, site: TableSite, names: readonly string[]): Promise<void> {
  const present = new Set((await listStoreTables(connection, site)).map(({ name }) => name));
  for (const name of names.filter((wanted) => present.has(wanted))) {
    await connection.execute(`DROP TABLE IF EXISTS ${relationOf(site, name)}`);
    await connection.execute(`DELETE FROM ${catalogueOf(site)} WHERE table_name = ${literal(name)}`);
  }
}
