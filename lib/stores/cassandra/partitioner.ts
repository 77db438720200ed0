/** The partitioners that keep rows in the order of their key's bytes, as AtlasDB demands. Source: atlasdb-facts E.1 */
const ORDERED = new Set(["ByteOrderedPartitioner", "AtlasDbPartitioner", "AtlasDbOrderedPartitioner"]);

/** A partitioner's name without its package. */
export function partitionerName(partitioner: string): string {
  return partitioner.split(".").at(-1) ?? partitioner;
}

/** True if rows come in the order of their key's bytes. */
export function isOrdered(partitioner: string): boolean {
  return ORDERED.has(partitionerName(partitioner));
}
