import { types } from "cassandra-driver";
import { z } from "zod";

import type { TableEstimate } from "#lib/mover/store-table.ts";
import { readSome } from "#lib/stores/cassandra/cell-pages.ts";
import type { CopySession } from "#lib/stores/cassandra/copy-session.ts";

/** What a node's own statistics say; null where it has none yet: they are made every five minutes. */
export type SizeEstimate = { readonly rows: number | null; readonly bytes: number | null };

const UNKNOWN: SizeEstimate = { rows: null, bytes: null };

/**
 * A table's rows and bytes, from `system.size_estimates` of the node that answers, which speaks for its own share of the ring; scaled to the
 * whole by the number of nodes. Coarse, and null rather than zero where nothing is known. `table` is the physical name.
 * @throws AdapterError effect `none`
 */
export async function readSizeEstimate(session: CopySession, table: string): Promise<SizeEstimate> {
  const found = await readSome(
    session,
    "SELECT mean_partition_size, partitions_count FROM system.size_estimates WHERE keyspace_name = ? AND table_name = ?",
    [session.keyspace, table],
    { rows: 5_000, consistency: types.consistencies.one },
  );
  const shares = found.map((row) => {
    const [mean, count]: readonly unknown[] = [row["mean_partition_size"], row["partitions_count"]];
    return typeof mean === "bigint" && typeof count === "bigint" ? { mean, count } : { mean: 0n, count: 0n };
  });
  const count = shares.reduce((sum, share) => sum + share.count, 0n);
  const bytes = shares.reduce((sum, share) => sum + share.count * share.mean, 0n);
  if (count <= 0n || bytes <= 0n) return UNKNOWN;
  const local = session.cluster.nodes.filter(
    ({ dataCenter }) => dataCenter === session.cluster.self.dataCenter,
  ).length;
  return { rows: asCount(count) * local, bytes: asCount(bytes) * local };
}

/** An estimate as a plain number: exactness does not matter here. */
function asCount(value: bigint): number {
  return z.coerce.number().parse(value.toString());
}

/** What is known of a table before it is read: its bytes, and versions by the size of some that were read. */
export function estimateOf(size: SizeEstimate, versionBytes: number | null): TableEstimate {
  return {
    bytes: size.bytes,
    versions: size.bytes === null || versionBytes === null ? null : Math.ceil(size.bytes / versionBytes),
  };
}
