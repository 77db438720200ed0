import type { CellSource, ShardSize } from "#lib/mover/cell-source.ts";
import { cutRanges } from "#lib/mover/key-range.ts";
import type { RunPlan, Shard } from "#lib/mover/ledger.ts";
import type { PlannedTable } from "#lib/mover/select-tables.ts";

/** Some seconds of work a shard, so that lanes end about together and a table has room for many. */
export const SHARD_SIZE: ShardSize = { bytes: 32 * 1_024 * 1_024, shardsMax: 4_096 };

/**
 * Cuts every table that is copied into shards, by the source's own statistics. The shards of a table are the whole of it, in order and
 * without overlap. @throws AdapterError effect `none`
 */
export async function planRun(
  source: CellSource,
  run: Pick<RunPlan, "runId" | "kind" | "start" | "versions">,
  tables: readonly PlannedTable[],
  size: ShardSize = SHARD_SIZE,
): Promise<RunPlan> {
  const shards: Shard[] = [];
  for (const { name, fate } of tables) {
    if (fate !== "copied") continue;
    const { estimate, places } = await source.planCuts(name, size);
    const ranges = cutRanges(places);
    const share = (total: number | null) => (total === null ? null : Math.ceil(total / ranges.length));
    for (const range of ranges) {
      shards.push({
        id: shards.length,
        table: name,
        range,
        estimate: { versions: share(estimate.versions), bytes: share(estimate.bytes) },
      });
    }
  }
  return { ...run, shards };
}
