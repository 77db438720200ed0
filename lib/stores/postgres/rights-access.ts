import { BOUND_COLUMN, KEPT_COLUMN } from "#lib/stores/decode-bound-table.ts";
import type { ServerFacts } from "#lib/stores/postgres/catalog.ts";
import type { Located } from "#lib/stores/postgres/locate.ts";
import { APPLICATION_NAME, type Connection, flag, optional, text } from "#lib/stores/postgres/connection.ts";
import { blocking, pass, warning } from "#lib/stores/postgres/rights-words.ts";
import type { StoreFinding } from "#lib/stores/schema.ts";

/** What our user may do with the table, and what on the table would disturb a write. */
export async function accessFindings(
  connection: Connection,
  facts: ServerFacts,
  located: Located,
): Promise<StoreFinding[]> {
  if (located.found === null) return schemaFindings(connection, facts, located.schema);
  return [
    ...(await tableRights(connection, facts, located.found.oid)),
    ...(await tableOddities(connection, located.found.oid)),
    ...(await lockFindings(connection, located.found.oid)),
  ];
}

async function schemaFindings(
  connection: Connection,
  facts: ServerFacts,
  schema: string,
): Promise<StoreFinding[]> {
  const rows = await connection.query(
    `SELECT has_schema_privilege(n.oid, 'CREATE')::text AS may_create FROM pg_catalog.pg_namespace n WHERE n.nspname = $1`,
    [schema],
  );
  if (rows[0] === undefined) {
    return [blocking("schema-missing", `The database has no schema ${schema}. Check its spelling and case.`)];
  }
  return flag(rows[0], "may_create")
    ? [pass("may-create", `Our user ${facts.user} may create the table in ${schema}.`)]
    : [
        blocking(
          "may-create",
          `Our user ${facts.user} may not create a table in ${schema}. GRANT CREATE ON SCHEMA to it, or use the service's own database user.`,
        ),
      ];
}

async function tableRights(connection: Connection, facts: ServerFacts, oid: string): Promise<StoreFinding[]> {
  const rows = await connection.query(
    `SELECT pg_get_userbyid(c.relowner)::text AS owner, pg_has_role(c.relowner, 'USAGE')::text AS may_rename,
       has_schema_privilege(c.relnamespace, 'USAGE')::text AS may_enter,
       has_table_privilege(c.oid, 'SELECT')::text AS may_select,
       (has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'INSERT')
         AND has_table_privilege(c.oid, 'DELETE'))::text AS may_write
     FROM pg_catalog.pg_class c WHERE c.oid = $1::oid`,
    [oid],
  );
  const row = rows[0];
  const owner = text(row, "owner");
  const { user } = facts;
  return [
    flag(row, "may_rename")
      ? pass(
          "may-rename",
          `Our user ${user} owns the table, or is a member of its owner ${owner}: it may rename the column.`,
        )
      : blocking(
          "may-rename",
          `Our user ${user} may not rename the column: the table belongs to ${owner}. GRANT ${owner} TO ${user}, or use the service's own database user.`,
        ),
    flag(row, "may_enter") && flag(row, "may_select")
      ? pass("may-read", `Our user ${user} may read the bound.`)
      : blocking(
          "may-read",
          `Our user ${user} may not read the bound. GRANT USAGE on the schema and SELECT on the table to it.`,
        ),
    flag(row, "may_write")
      ? pass("may-write", `Our user ${user} may write the bound, as a restore needs.`)
      : warning(
          "may-write",
          `Our user ${user} may not INSERT, UPDATE and DELETE on the table, as a restore or a repair needs. GRANT these to it.`,
        ),
  ];
}

async function tableOddities(connection: Connection, oid: string): Promise<StoreFinding[]> {
  const rows = await connection.query(
    `SELECT (EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal))::text AS triggers,
       c.relhasrules::text AS rules, c.relrowsecurity::text AS row_security,
       (SELECT count(*) FROM pg_catalog.pg_event_trigger e WHERE e.evtenabled <> 'D')::text AS event_triggers,
       (SELECT string_agg(a.attname::text, ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid
          AND a.attnum > 0 AND NOT a.attisdropped AND a.attname NOT IN ('${BOUND_COLUMN}', '${KEPT_COLUMN}')) AS extra
     FROM pg_catalog.pg_class c WHERE c.oid = $1::oid`,
    [oid],
  );
  const row = rows[0];
  const extra = optional(row, "extra");
  return [
    ...(flag(row, "triggers") || flag(row, "rules")
      ? [
          warning(
            "triggers",
            "The timestamp table has triggers or rules, which AtlasDB never makes. Find out what they do before the migration.",
          ),
        ]
      : []),
    ...(flag(row, "row_security")
      ? [
          warning(
            "row-security",
            "Row-level security is on for the timestamp table. Reads fail where it would hide a row.",
          ),
        ]
      : []),
    ...(text(row, "event_triggers") === "0"
      ? []
      : [
          warning(
            "event-triggers",
            "The database has event triggers, which may refuse or change the rename. Find out what they do before the migration.",
          ),
        ]),
    ...(extra === null
      ? []
      : [
          warning(
            "extra-columns",
            `The timestamp table has columns that AtlasDB does not make: ${extra}. They are left as they are.`,
          ),
        ]),
  ];
}

/** Who would make a write wait. Our own readings, which run beside this one and end at once, are not meant. */
async function lockFindings(connection: Connection, oid: string): Promise<StoreFinding[]> {
  const rows = await connection.query(
    `SELECT coalesce(l.pid::text, 'a prepared transaction') AS pid, l.mode, coalesce(a.usename::text, '') AS "user",
       coalesce(a.application_name, '') AS application
     FROM pg_catalog.pg_locks l LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid
     WHERE l.locktype = 'relation' AND l.relation = $1::oid
       AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = current_database()) AND l.pid IS DISTINCT FROM pg_backend_pid() AND l.granted
       AND (l.mode <> 'AccessShareLock' OR a.application_name IS DISTINCT FROM $2 OR a.usename IS DISTINCT FROM current_user)`,
    [oid, APPLICATION_NAME],
  );
  const holders = rows.map((row) =>
    [text(row, "pid"), text(row, "user"), text(row, "application"), text(row, "mode")]
      .filter((word) => word !== "")
      .join(" "),
  );
  if (holders.length === 0) return [pass("locks", "Nobody holds a lock on the timestamp table now.")];
  return [
    warning(
      "locks",
      `Locks on the timestamp table now: ${holders.join("; ")}. A write waits for them and gives up after a few seconds.`,
    ),
  ];
}
