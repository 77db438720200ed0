import { AdapterError } from "#lib/errors.ts";
import { METADATA_TABLE } from "#lib/atlasdb/tables.ts";
import {
  describeBoundState,
  sameBoundState,
  sameIdentity,
  type Transition,
} from "#lib/stores/bound-state.ts";
import type { WriteGuard } from "#lib/stores/bound-store.ts";
import { identityOf } from "#lib/stores/postgres/catalog.ts";
import {
  type Connection,
  optional,
  type PostgresTarget,
  readWrite,
} from "#lib/stores/postgres/connection.ts";
import { decodeBound } from "#lib/stores/decode-bound-table.ts";
import { readContent, readSite, type Site } from "#lib/stores/postgres/read-bound.ts";
import { literal, lockStatement, qualified, writeStatements } from "#lib/stores/postgres/statements.ts";
import type { BoundState, WriteOutcome } from "#lib/stores/schema.ts";

type Refused = Extract<WriteOutcome, { outcome: "refused" }>;

/**
 * One guarded change of the bound, in one transaction: lock the table against everybody, check server, table and whole state against the
 * guard, decide, change, read again inside the transaction, commit. Nothing is changed unless everything holds.
 * @throws AdapterError effect `none` before COMMIT is sent, `unknown` if its answer is lost
 */
export async function guardedWrite(
  target: PostgresTarget,
  guard: WriteGuard,
  decide: (found: BoundState) => Transition,
): Promise<WriteOutcome> {
  return readWrite<WriteOutcome>(target, async (connection) => {
    const site = await lockSite(connection, target);
    const found = decodeBound(await readContent(connection, site.located));
    const refused = checkGuard(guard, site, found);
    if (refused !== null) return { commit: false, result: refused };
    const decision = decide(found);
    if (!decision.ok) {
      const { reason, message } = decision;
      return { commit: false, result: { outcome: "refused", reason, found, message } };
    }
    await change(connection, site, found, decision.after);
    await verify(connection, target, decision.after);
    return { commit: true, result: { outcome: "applied", before: found, after: decision.after } };
  });
}

/** The site as it is under the lock: a name may have come to mean another table while we waited. */
async function lockSite(connection: Connection, target: PostgresTarget): Promise<Site> {
  const site = await readSite(connection, target);
  if (site.facts.server.inRecovery) {
    throw new AdapterError(
      "read-only",
      "none",
      "This server is a replica in recovery, which cannot be written. Use the primary. Nothing was changed in the store.",
    );
  }
  if (site.located.found?.relationKind !== "r") return site;
  await connection.execute(lockStatement(site.located));
  return readSite(connection, target);
}

function checkGuard(guard: WriteGuard, site: Site, found: BoundState): Refused | null {
  const identity = identityOf(site.facts, site.located);
  if (!sameIdentity(identity, guard.identity)) {
    return {
      outcome: "refused",
      reason: "identity-changed",
      found,
      message: `This is not the table that was decided on: it is ${describeIdentity(identity)}, expected was ${describeIdentity(guard.identity)}. Nothing was changed.`,
    };
  }
  if (sameBoundState(found, guard.expected)) return null;
  return {
    outcome: "refused",
    reason: "state-changed",
    found,
    message: `The bound is ${describeBoundState(found)}, expected was ${describeBoundState(guard.expected)}. Nothing was changed; read the store again and decide anew.`,
  };
}

function describeIdentity(identity: WriteGuard["identity"]): string {
  const { system, database, schema, table, tableId } = identity;
  return `${database} ${schema}.${table} (oid ${tableId ?? "none"}) on system ${system ?? "unknown"}`;
}

async function change(
  connection: Connection,
  site: Site,
  before: BoundState,
  after: BoundState,
): Promise<void> {
  const owner = before.state === "no-table" ? await siblingOwner(connection, site) : null;
  for (const { sql, rows } of writeStatements(site.located, before, after, owner)) {
    const touched = await connection.execute(sql);
    if (rows !== null && touched !== rows) {
      throw new AdapterError(
        "row-count",
        "none",
        `A statement touched ${touched ?? "no"} rows where ${rows} had to be, so the change was rolled back. Nothing was changed in the store.`,
      );
    }
  }
}

/** Who owns AtlasDB's other tables, so that the service may use a table that we create; null where that is ourselves or nobody. */
async function siblingOwner(connection: Connection, { located }: Site): Promise<string | null> {
  const metadata = literal(qualified({ schema: located.schema, table: METADATA_TABLE }));
  const rows = await connection.query(
    `SELECT pg_get_userbyid(c.relowner)::text AS owner FROM pg_catalog.pg_class c
     WHERE c.oid = to_regclass(${metadata}) AND c.relowner <> (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user)`,
  );
  return optional(rows[0], "owner");
}

async function verify(connection: Connection, target: PostgresTarget, after: BoundState): Promise<void> {
  const site = await readSite(connection, target);
  const found = decodeBound(await readContent(connection, site.located));
  if (sameBoundState(found, after)) return;
  throw new AdapterError(
    "not-as-written",
    "none",
    `After the change, and before its commit, the bound was ${describeBoundState(found)} instead of ${describeBoundState(after)}. It was rolled back. Nothing was changed in the store.`,
  );
}
