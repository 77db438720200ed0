import { hostIdsOf } from "#lib/stores/cassandra/identity-text.ts";
import type { StoreIdentity, StoreKind } from "#lib/stores/schema.ts";

/** What the parts of an identity are called, by kind of store. */
export const IDENTITY_LABELS = {
  postgres: {
    system: "system identifier",
    database: "database",
    schema: "schema",
    table: "table",
    tableId: "table id",
  },
  cassandra: {
    system: "cluster and hosts",
    database: "keyspace",
    schema: "schema",
    table: "table",
    tableId: "table id",
  },
  oracle: {
    system: "DBID",
    database: "database",
    schema: "schema",
    table: "table",
    tableId: "object id",
  },
} as const satisfies Record<StoreKind, Record<Exclude<keyof StoreIdentity, "kind">, string>>;

/**
 * Says how what answers differs from the pinned identity; null when it is the same store. What one of them hides is not compared, and
 * a table that was not there when the identity was pinned may have been created since.
 */
export function identityDifference(pinned: StoreIdentity, seen: StoreIdentity): string | null {
  if (pinned.kind !== seen.kind)
    return `it is a store of kind ${seen.kind} and was one of kind ${pinned.kind}`;
  const labels = IDENTITY_LABELS[pinned.kind];
  const differences = (["system", "database", "schema", "table", "tableId"] as const)
    .map((part) => [labels[part], pinned[part], seen[part]] as const)
    .filter(([label, was, is]) => was !== null && is !== null && was !== is && !isSameCluster(label, was, is))
    .map(([label, was, is]) => `its ${label} is ${is} and was ${was}`);
  return differences.length === 0 ? null : differences.join(", ");
}

/** A cluster that lost or won a node is the same as long as it has its name and one of its nodes. */
function isSameCluster(label: string, was: string, is: string): boolean {
  if (label !== IDENTITY_LABELS.cassandra.system) return false;
  const hosts = new Set(hostIdsOf(was));
  return clusterName(was) === clusterName(is) && hostIdsOf(is).some((id) => hosts.has(id));
}

function clusterName(system: string): string {
  return system.slice(0, system.lastIndexOf(": "));
}

/** An identity in one line: database, schema and table, with the identifiers that prove them. */
export function describeIdentity(identity: StoreIdentity): string {
  const place = [identity.database, identity.schema, identity.table]
    .filter((part) => part !== null)
    .join(".");
  const labels = IDENTITY_LABELS[identity.kind];
  return `${place} (${labels.system} ${identity.system ?? "hidden"}, ${labels.tableId} ${identity.tableId ?? "not created yet"})`;
}
