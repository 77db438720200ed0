import { randomInt } from "node:crypto";

import { METADATA_TABLE } from "#lib/atlasdb/tables.ts";
import { AdapterError } from "#lib/errors.ts";
import type { StoreSurvey, StoreSurveyor } from "#lib/mover/store-survey.ts";
import { smallNumber } from "#lib/stores/postgres/catalog.ts";
import { catalogueOf, listStoreTables, physicalName } from "#lib/stores/postgres/cell-tables.ts";
import {
  type Connection,
  flag,
  optional,
  type PostgresTarget,
  readOnly,
  text,
} from "#lib/stores/postgres/connection.ts";
import { readSite } from "#lib/stores/postgres/read-bound.ts";
import { tableExists } from "#lib/stores/postgres/read-punch.ts";
import { type Relation, relateTables } from "#lib/stores/postgres/survey-relations.ts";

/** Numbers of a mark: they fit PostgreSQL's int4. */
const MARK_MAX = 2_147_483_647;

const MARK = /^([0-9]+):([0-9]+)$/;

/** Looks at a Postgres DbKVS as a whole. A mark is an advisory lock: held within a read-only transaction, seen in `pg_locks` by every session. */
export function postgresSurveyor(target: PostgresTarget): StoreSurveyor {
  return {
    survey: async () => readOnly(target, async (connection) => surveyStore(connection, target)),
    physicalName: (table) => physicalName({ schema: "", prefix: target.config.tablePrefix }, table),
    async showMark(work) {
      const [first, second] = [randomInt(1, MARK_MAX), randomInt(1, MARK_MAX)];
      return readOnly(target, async (connection) => {
        await connection.query(`SELECT pg_catalog.pg_advisory_xact_lock(${first}, ${second})`);
        return work(`${first}:${second}`);
      });
    },
    seesMark: async (mark) => readOnly(target, async (connection) => seesMark(connection, mark)),
  };
}

async function surveyStore(connection: Connection, target: PostgresTarget): Promise<StoreSurvey> {
  const { facts, located } = await readSite(connection, target);
  const site = { schema: located.schema, prefix: target.config.tablePrefix };
  const tables = await listStoreTables(connection, site);
  const relations = await readRelations(connection, site.schema);
  return {
    place: {
      kind: "postgres",
      system: facts.system,
      database: facts.database,
      schema: site.schema,
      prefix: site.prefix,
      inRecovery: facts.server.inRecovery,
    },
    version: facts.server.version,
    catalogue: (await tableExists(connection, catalogueOf(site))) ? "present" : "absent",
    tables,
    ...relateTables(relations, tables, site.prefix),
    mayCreate: await mayCreate(connection, site.schema),
    coordination: { state: "not-used" },
    serverTransactions: await readServerTransactions(connection),
    readAt: facts.readAt,
  };
}

/** Everything in the schema's name space of relations, in which indexes share names with tables. */
async function readRelations(connection: Connection, schema: string): Promise<readonly Relation[]> {
  const rows = await connection.query(
    `SELECT c.relname::text AS name, t.relname::text AS parent,
       CASE WHEN c.relkind IN ('r', 'p', 'v', 'm', 'f') THEN has_table_privilege(c.oid, 'SELECT') ELSE true END::text AS readable,
       pg_has_role(c.relowner, 'USAGE')::text AS owned,
       EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND c.relkind = 'r'
         AND a.attname IN ('last_allocated', 'legacy_last_allocated') AND NOT a.attisdropped)::text AS bound
     FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
     LEFT JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
     WHERE n.nspname = $1 AND c.relname <> '${METADATA_TABLE}' ORDER BY c.relname`,
    [schema],
  );
  return rows.map((row) => ({
    name: text(row, "name"),
    parent: optional(row, "parent"),
    readable: flag(row, "readable"),
    owned: flag(row, "owned"),
    holdsBound: flag(row, "bound"),
  }));
}

/** Null for a schema that is not there. */
async function mayCreate(connection: Connection, schema: string): Promise<boolean | null> {
  const rows = await connection.query(
    "SELECT has_schema_privilege(n.oid, 'CREATE')::text AS may FROM pg_catalog.pg_namespace n WHERE n.nspname = $1",
    [schema],
  );
  const may = optional(rows[0], "may");
  return may === null ? null : may === "true";
}

/** A session whose start is hidden hides as well whether it writes. */
async function readServerTransactions(connection: Connection): Promise<StoreSurvey["serverTransactions"]> {
  const rows = await connection.query(
    `SELECT (SELECT count(*) FROM pg_catalog.pg_prepared_xacts WHERE database = current_database())::text AS prepared,
       count(*) FILTER (WHERE a.backend_xid IS NOT NULL)::text AS writing,
       count(*) FILTER (WHERE a.backend_start IS NULL)::text AS hidden
     FROM pg_catalog.pg_stat_activity a
     WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.usename IS NOT NULL`,
  );
  const isHidden = text(rows[0], "hidden") !== "0";
  return {
    prepared: smallNumber.parse(text(rows[0], "prepared")),
    writing: isHidden ? null : smallNumber.parse(text(rows[0], "writing")),
  };
}

async function seesMark(connection: Connection, mark: string): Promise<boolean> {
  const [, first, second] = MARK.exec(mark) ?? [];
  if (first === undefined || second === undefined) {
    throw new AdapterError("bad-mark", "none", "This mark was not made by a Postgres server.");
  }
  const rows = await connection.query(
    `SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.granted
       AND l.classid::text = $1 AND l.objid::text = $2 AND l.objsubid = 2)::text AS seen`,
    [first, second],
  );
  return flag(rows[0], "seen");
}
