import type { Client } from "pg";

import type { Checkpoint, ShardLease } from "#lib/mover/ledger.ts";
import { checkpointToWire, checkpointWire } from "#lib/mover/ledger-schema.ts";
import type { TableSite } from "#lib/stores/postgres/cell-tables.ts";
import { ensureStartTable, startsOf, takeStart } from "#lib/stores/postgres/copy-start.ts";
import { qualified } from "#lib/stores/postgres/statements.ts";
import { canonicalJson, parseJson } from "#lib/timestamps/json.ts";

/**
 * Our own tables beside the store's, in no AtlasDB catalogue: who may write a shard, and how far it is. They make a copy exactly-once, since
 * a chunk's rows and its checkpoint are one transaction.
 */
const FENCE_TABLE = "lockstep_copy_shard";
const CHECKPOINT_TABLE = "lockstep_copy_checkpoint";

/** Creates them where they are missing. Other processes may be doing the same. */
export async function ensureProgressTables(client: Client, site: TableSite): Promise<void> {
  // They come and go together, and nothing is changed where they are.
  const { rows } = await client.query<Record<string, string>>(
    "SELECT (to_regclass($1) IS NOT NULL AND to_regclass($2) IS NOT NULL AND to_regclass($3) IS NOT NULL)::text AS there",
    [fences(site), checkpoints(site), startsOf(site)],
  );
  if (rows[0]?.["there"] === "true") return;
  await client.query("BEGIN");
  // CREATE TABLE IF NOT EXISTS still fails when two sessions do it at once.
  await client.query("SELECT pg_advisory_xact_lock(hashtext('lockstep_copy'))");
  await client.query(
    `CREATE TABLE IF NOT EXISTS ${fences(site)} (run_id text NOT NULL, shard int NOT NULL, attempt bigint NOT NULL, backend int NOT NULL,
       backend_start timestamptz NOT NULL, PRIMARY KEY (run_id, shard))`,
  );
  await client.query(
    `CREATE TABLE IF NOT EXISTS ${checkpoints(site)} (run_id text NOT NULL, shard int NOT NULL, sequence bigint NOT NULL,
       attempt bigint NOT NULL, checkpoint text NOT NULL, written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
       PRIMARY KEY (run_id, shard, sequence))`,
  );
  await ensureStartTable(client, site);
  await client.query("COMMIT");
}

/** Who may write which shard, quoted for SQL. */
export function fences(site: TableSite): string {
  return qualified({ schema: site.schema, table: FENCE_TABLE });
}

/** How far each shard is, quoted for SQL. */
export function checkpoints(site: TableSite): string {
  return qualified({ schema: site.schema, table: CHECKPOINT_TABLE });
}

/** The session that an earlier attempt wrote through, and that attempt. */
type Holder = { readonly attempt: bigint; readonly backend: string; readonly backendStart: string };

/** Who had the shard last; null when nobody. */
async function readHolder(client: Client, site: TableSite, lease: ShardLease): Promise<Holder | null> {
  const { rows } = await client.query<Record<string, string>>(
    `SELECT attempt::text AS attempt, backend::text AS backend, backend_start::text AS started FROM ${fences(site)}
     WHERE run_id = $1 AND shard = $2`,
    [lease.runId, lease.shard.id],
  );
  const row = rows[0];
  if (row === undefined) return null;
  return {
    attempt: BigInt(row["attempt"] ?? ""),
    backend: row["backend"] ?? "",
    backendStart: row["started"] ?? "",
  };
}

/**
 * Takes the shard for this attempt: ends the session of the one before, which may be frozen with half a chunk written and would hold us up,
 * then puts the fence. False when a newer attempt was there first. @throws AdapterError `set-up-anew` when another copy writes here now
 */
export async function takeFence(client: Client, site: TableSite, lease: ShardLease): Promise<boolean> {
  await takeStart(client, site, fences(site), lease.start);
  const holder = await readHolder(client, site, lease);
  if (holder !== null && holder.attempt > BigInt(lease.attempt)) return false;
  if (holder !== null) {
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
       WHERE pid = $1 AND backend_start = $2::timestamptz AND pid <> pg_backend_pid()`,
      [holder.backend, holder.backendStart],
    );
  }
  const { rowCount } = await client.query(
    `INSERT INTO ${fences(site)} AS fence (run_id, shard, attempt, backend, backend_start)
     SELECT $1, $2, $3, pid, backend_start FROM pg_catalog.pg_stat_activity WHERE pid = pg_backend_pid()
     ON CONFLICT (run_id, shard) DO UPDATE
       SET attempt = EXCLUDED.attempt, backend = EXCLUDED.backend, backend_start = EXCLUDED.backend_start
       WHERE fence.attempt <= EXCLUDED.attempt`,
    [lease.runId, lease.shard.id, lease.attempt],
  );
  return rowCount === 1;
}

/** The newest checkpoint of the shard; null before the first. */
export async function readCheckpoint(
  client: Client,
  site: TableSite,
  lease: ShardLease,
): Promise<Checkpoint | null> {
  const { rows } = await client.query<Record<string, string>>(
    `SELECT checkpoint FROM ${checkpoints(site)} WHERE run_id = $1 AND shard = $2 ORDER BY sequence DESC LIMIT 1`,
    [lease.runId, lease.shard.id],
  );
  const kept = rows[0]?.["checkpoint"];
  return kept === undefined ? null : checkpointWire.parse(parseJson(kept));
}

/**
 * Inserts the checkpoint into the running transaction if the fence is still this attempt's session and S still the one that may write, and
 * holds both until that transaction ends. False when they are not.
 */
export async function insertCheckpoint(
  client: Client,
  site: TableSite,
  lease: ShardLease,
  checkpoint: Checkpoint,
): Promise<boolean> {
  const { rowCount } = await client.query(
    `INSERT INTO ${checkpoints(site)} (run_id, shard, sequence, attempt, checkpoint)
     SELECT run_id, shard, $4, attempt, $5 FROM ${fences(site)} AS fence, ${startsOf(site)} AS held
     WHERE run_id = $1 AND shard = $2 AND attempt = $3 AND backend = pg_backend_pid() AND held.start = $6
     FOR UPDATE OF fence FOR SHARE OF held`,
    [
      lease.runId,
      lease.shard.id,
      lease.attempt,
      checkpoint.sequence,
      canonicalJson(checkpointToWire(checkpoint)),
      String(lease.start),
    ],
  );
  return rowCount === 1;
}
