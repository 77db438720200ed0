import { type Connection, flag, optional, text } from "#lib/stores/postgres/connection.ts";
import { pass, unknown, warning } from "#lib/stores/postgres/rights-words.ts";
import type { StoreFinding } from "#lib/stores/schema.ts";

/**
 * The standbys by name. After a failover to an asynchronous one the invalidation may be missing, so that the old bound is readable again.
 * Prepared transactions hold locks without a session.
 */
export async function replicationFindings(connection: Connection): Promise<StoreFinding[]> {
  return [...(await standbys(connection)), ...(await preparedTransactions(connection))];
}

async function standbys(connection: Connection): Promise<StoreFinding[]> {
  const rows = await connection.query(
    `SELECT coalesce(nullif(application_name, ''), 'unnamed') AS name, coalesce(host(client_addr), 'local') AS address,
       state, sync_state, (state IS NULL)::text AS hidden
     FROM pg_catalog.pg_stat_replication ORDER BY 1, 2`,
  );
  if (rows.length === 0) return [pass("standbys", "The server has no standby connected.")];
  if (rows.some((row) => flag(row, "hidden"))) {
    return [
      unknown(
        "standbys",
        `The server has ${rows.length} standbys connected, but hides from our user whether they are synchronous. Grant it pg_monitor.`,
      ),
    ];
  }
  const named = rows.map(
    (row) => `${text(row, "name")} at ${text(row, "address")} (${optional(row, "sync_state") ?? "unknown"})`,
  );
  const asynchronous = rows.some((row) => !["sync", "quorum"].includes(optional(row, "sync_state") ?? ""));
  return [
    asynchronous
      ? warning(
          "standbys",
          `Standbys: ${named.join(", ")}. A failover to one that is not synchronous may lose the invalidation, so that the old bound becomes readable again. Do not fail over during the migration, and read the bound again after any failover.`,
        )
      : pass("standbys", `Every standby is synchronous: ${named.join(", ")}.`),
  ];
}

async function preparedTransactions(connection: Connection): Promise<StoreFinding[]> {
  const rows = await connection.query(
    "SELECT gid, owner::text AS owner FROM pg_catalog.pg_prepared_xacts WHERE database = current_database() ORDER BY prepared",
  );
  if (rows.length === 0) return [];
  const names = rows.map((row) => `${text(row, "gid")} of ${text(row, "owner")}`);
  return [
    warning(
      "prepared-transactions",
      `Prepared transactions hold locks without a session: ${names.join(", ")}. Commit or roll them back first.`,
    ),
  ];
}
