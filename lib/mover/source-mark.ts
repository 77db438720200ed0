import { AdapterError } from "#lib/errors.ts";
import type { BoundStore } from "#lib/stores/bound-store.ts";
import { maxLong } from "#lib/timestamps/long.ts";

/**
 * The newest timestamp that clients left behind in a store: of entries of transactions, and of punches; 0 where nothing tells. Cheap, and
 * grows with the first transaction that writes. A sequence shows only that a million values were used up. Source: atlasdb-facts F.2, F.4
 * @throws AdapterError effect `none`
 */
export async function newestLeftBehind(bound: BoundStore): Promise<bigint> {
  const [{ newestStart, newestCommit }, punch] = await Promise.all([
    bound.readTransactionsMark(),
    newestPunch(bound),
  ]);
  return maxLong(newestStart ?? 0n, newestCommit ?? 0n, punch ?? 0n);
}

/** Null where there is none, or where the cluster does not keep punches in order. @throws AdapterError effect `none` */
export async function newestPunch(bound: BoundStore): Promise<bigint | null> {
  try {
    const { newest } = await bound.readPunch();
    return newest.found === "punch" ? newest.timestamp : null;
  } catch (error) {
    if (error instanceof AdapterError && error.code === "punch-unordered") return null;
    throw error;
  }
}
