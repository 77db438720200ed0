import { AdapterError } from "#lib/errors.ts";
import {
  describeBoundState,
  sameBoundState,
  sameIdentity,
  type Transition,
} from "#lib/stores/bound-state.ts";
import type { WriteGuard } from "#lib/stores/bound-store.ts";
import type { CassandraTarget, Connection } from "#lib/stores/cassandra/connection.ts";
import { belowTheDocuments, type Cell, decodeBound } from "#lib/stores/cassandra/decode.ts";
import { fenceOff } from "#lib/stores/cassandra/fence.ts";
import { applied } from "#lib/stores/cassandra/fields.ts";
import { readBound, readContent } from "#lib/stores/cassandra/read-bound.ts";
import { identityOf, readSite, type Site, withCoordinator } from "#lib/stores/cassandra/site.ts";
import { batchCql, createTableCql, tableId } from "#lib/stores/cassandra/statements.ts";
import type { BoundState, StoreIdentity, WriteOutcome } from "#lib/stores/schema.ts";
import type { Cluster } from "#lib/stores/cassandra/topology.ts";

type Refused = Extract<WriteOutcome, { outcome: "refused" }>;

/** What was sent and how the server judged it; `verdict` null where its answer does not say. */
type Sent = {
  readonly verdict: boolean | null;
  readonly before: BoundState;
  readonly after: BoundState;
};

/**
 * One guarded change of the bound: read at SERIAL, check cluster, table and whole state against the guard, decide, and send one
 * conditional batch whose conditions are the exact bytes that were read; then read again on a connection of its own. The batch is sent
 * once and never repeated. Source: atlasdb-facts C, H13, H20, H21
 * @throws AdapterError effect `none` before the batch is sent, `unknown` if its answer is lost or contradicted
 */
export async function guardedWrite(
  target: CassandraTarget,
  guard: WriteGuard,
  decide: (found: BoundState) => Transition,
): Promise<WriteOutcome> {
  const sent = await withCoordinator<Sent | Refused>(target, async (connection, cluster) =>
    write(connection, cluster, target, guard, decide),
  );
  return "outcome" in sent ? sent : judge(target, guard, sent);
}

async function write(
  connection: Connection,
  cluster: Cluster,
  target: CassandraTarget,
  guard: WriteGuard,
  decide: (found: BoundState) => Transition,
): Promise<Sent | Refused> {
  const site = await readSite(connection, cluster, target.config);
  const content = await readContent(connection, site, "serial");
  const found = decodeBound(content);
  const refused = checkGuard(guard, identityOf(site), found);
  if (refused !== null) return refused;
  const decision = decide(found);
  if (!decision.ok) return { outcome: "refused", reason: decision.reason, found, message: decision.message };
  const tooLow = belowTheDocuments(content?.cells ?? [], decision.after);
  if (tooLow !== null) return { outcome: "refused", reason: "would-decrease", found, message: tooLow };
  const ready = content === null ? await createTable(connection, site, target) : site;
  return send(connection, target, ready, content?.cells ?? [], { before: found, after: decision.after });
}

function checkGuard(guard: WriteGuard, identity: StoreIdentity, found: BoundState): Refused | null {
  if (!sameIdentity(identity, guard.identity)) {
    return {
      outcome: "refused",
      reason: "identity-changed",
      found,
      message: `This is not the table that was decided on: it is ${describeIdentity(identity)}, expected was ${describeIdentity(guard.identity)}. Nothing was changed.`,
    };
  }
  return sameBoundState(found, guard.expected) ? null : changed(found, guard.expected);
}

function changed(found: BoundState, expected: BoundState): Refused {
  return {
    outcome: "refused",
    reason: "state-changed",
    found,
    message: `The bound is ${describeBoundState(found)}, expected was ${describeBoundState(expected)}. Nothing was changed; read the store again and decide anew.`,
  };
}

function describeIdentity({ system, database, table, tableId: id }: StoreIdentity): string {
  return `${database}.${table} (id ${id ?? "none"}) on cluster ${system ?? "unknown"}`.slice(0, 1500);
}

/**
 * Creates the table as AtlasDB does and makes sure that it is this very one, and empty: data of a dropped table with the same id could
 * come back with it. @throws AdapterError effect `unknown`, because the table may be there now
 */
async function createTable(connection: Connection, site: Site, target: CassandraTarget): Promise<Site> {
  await connection.define(createTableCql(site.name, site.cluster.generation));
  const created = await afterwards(() => readSite(connection, site.cluster, target.config));
  const content = await afterwards(() => readContent(connection, created, "serial"));
  const found = decodeBound(content);
  if (created.table?.id === tableId(site.name) && found.state === "no-row" && content?.cells.length === 0) {
    return created;
  }
  throw new AdapterError(
    "table-raced",
    "unknown",
    `The timestamp table was created by somebody else meanwhile, or old data came back with it: the bound is ${describeBoundState(found)}. Read the store again and decide anew.`,
  );
}

/** What fails after something was changed leaves the effect open. */
async function afterwards<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    throw new AdapterError(error.code, "unknown", withoutPromise(error.message), { cause: error });
  }
}

function withoutPromise(message: string): string {
  return `${message.replace(/ Nothing was changed in the store\.$/, "")} Whether the change was made is not known; read the store to settle it.`;
}

async function send(
  connection: Connection,
  target: CassandraTarget,
  site: Site,
  cells: readonly Cell[],
  change: Pick<Sent, "before" | "after">,
): Promise<Sent> {
  const batch = batchCql(site.name, cells, change.after);
  if (batch === null) {
    throw new AdapterError(
      "not-writable",
      "none",
      `A bound that is ${describeBoundState(change.after)} cannot be written. Nothing was changed in the store.`,
    );
  }
  try {
    // EACH_QUORUM is refused where the keyspace has no data centres.
    const commit = site.replication.perDataCenter ? "each-quorum" : "quorum";
    return { verdict: applied(await connection.conditional(batch, commit)), ...change };
  } catch (error) {
    if (error instanceof AdapterError && error.effect === "unknown") await fenceOff(target, site, cells);
    throw error;
  }
}

/** The verdict needs the server's word and an independent reading that agrees with it; anything else stays open. */
async function judge(target: CassandraTarget, guard: WriteGuard, sent: Sent): Promise<WriteOutcome> {
  const reading = await afterwards(() => readBound(target));
  const asWritten = sameBoundState(reading.state, sent.after);
  if (sent.verdict === true && asWritten && sameTable(reading.identity, guard.identity)) {
    return { outcome: "applied", before: sent.before, after: sent.after };
  }
  if (sent.verdict === false && !asWritten) return changed(reading.state, guard.expected);
  throw new AdapterError(
    "not-as-written",
    "unknown",
    `The server ${sent.verdict === true ? "applied the change" : "did not apply the change"}, but the bound is now ${describeBoundState(reading.state)}. Somebody else may be writing it. Read the store to settle it.`,
  );
}

/** The same table, which may have been created by this very write. */
function sameTable(read: StoreIdentity, guarded: StoreIdentity): boolean {
  return sameIdentity(read, { ...guarded, tableId: guarded.tableId ?? read.tableId });
}
