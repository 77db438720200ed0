import type { StoreIdentity } from "#lib/stores/schema.ts";

/**
 * Says how what answers differs from the pinned identity; null when it is the same store. What one of them hides is not compared, and
 * a table that was not there when the identity was pinned may have been created since.
 */
export function identityDifference(pinned: StoreIdentity, seen: StoreIdentity): string | null {
  const pairs = [
    ["system identifier", pinned.system, seen.system],
    ["database", pinned.database, seen.database],
    ["schema", pinned.schema, seen.schema],
    ["table", pinned.table, seen.table],
    ["table id", pinned.tableId, seen.tableId],
  ] as const;
  const differences = pairs
    .filter(([, was, is]) => was !== null && is !== null && was !== is)
    .map(([label, was, is]) => `its ${label} is ${is} and was ${was}`);
  return differences.length === 0 ? null : differences.join(", ");
}

/** An identity in one line: database, schema and table, with the identifiers that prove them. */
export function describeIdentity(identity: StoreIdentity): string {
  const place = [identity.database, identity.schema, identity.table]
    .filter((part) => part !== null)
    .join(".");
  return `${place} (system ${identity.system ?? "hidden"}, table ${identity.tableId ?? "not created yet"})`;
}
