import { AdapterError } from "#lib/errors.ts";
import type { CassandraTarget } from "#lib/stores/cassandra/connection.ts";
import { type Cell, valueOf } from "#lib/stores/cassandra/decode.ts";
import { readContent } from "#lib/stores/cassandra/read-bound.ts";
import { readSite, type Site, withCoordinator } from "#lib/stores/cassandra/site.ts";
import { conditionalCql, type TableName } from "#lib/stores/cassandra/statements.ts";

/** How long a fence may be waited for: whoever wrote waits already. */
const PATIENCE = { connectTimeoutMs: 2_000, requestTimeoutMs: 3_000 } as const;

/**
 * After a conditional batch whose answer was lost: makes sure that it cannot come true later. A coordinator that froze with the request in
 * its hands would carry it out when it goes on, after everybody has read that nothing was done. So where a SERIAL reading still finds the
 * cells on which the batch was conditioned, one of them that holds no value gets other bytes that mean the same, and the batch's conditions
 * can never hold again. Changes no state and no value; where it cannot be done, the outcome stays as open as it was.
 */
export async function fenceOff(
  target: CassandraTarget,
  { name, replication }: Pick<Site, "name" | "replication">,
  cells: readonly Cell[],
): Promise<void> {
  const cql = fenceCql(name, cells);
  if (cql === null) return;
  const { config } = target;
  const hasty = {
    ...target,
    config: {
      ...config,
      connectTimeoutMs: smaller(config.connectTimeoutMs, PATIENCE.connectTimeoutMs),
      requestTimeoutMs: smaller(config.requestTimeoutMs, PATIENCE.requestTimeoutMs),
    },
  };
  try {
    await withCoordinator(hasty, async (connection, cluster) => {
      const site = await readSite(connection, cluster, config);
      const content = await readContent(connection, site, "serial");
      if (content === null || !sameValues(content.cells, cells)) return;
      await connection.conditional(cql, replication.perDataCenter ? "each-quorum" : "quorum");
    });
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
  }
}

function smaller(a: number, b: number): number {
  return a < b ? a : b;
}

function sameValues(a: readonly Cell[], b: readonly Cell[]): boolean {
  return (["ts", "oldTs"] as const).every((name) => valueOf(a, name) === valueOf(b, name));
}

/** One conditional write that exchanges bytes without a meaning; null where both cells hold values or must stay absent. */
export function fenceCql(name: TableName, cells: readonly Cell[]): string | null {
  const [ts, oldTs] = [valueOf(cells, "ts"), valueOf(cells, "oldTs")];
  if (!isValue(oldTs)) return conditionalCql(name, "oldTs", oldTs, oldTs === "" ? "00" : "");
  if (ts === null || isValue(ts)) return null;
  return conditionalCql(name, "ts", ts, ts === "00" ? "0000" : "00");
}

/** Only 8 bytes are a value. */
function isValue(bytes: string | null): boolean {
  return bytes?.length === 16;
}
