/**
 * A table of a store as its catalogue (`_metadata`) has it. `name` is the qualified name in its own case (`ns.Table`, or `_system`);
 * `physicalName` is the relation or column family that holds it; `metadata` are TableMetadata's bytes, copied verbatim and never written
 * anew. Source: atlasdb-facts D.2, E.1, E.4, F.6
 */
export type StoreTable = {
  readonly name: string;
  readonly physicalName: string;
  readonly metadata: Buffer;
};

/** A table to be created in a destination, with the source's metadata bytes. */
export type NewTable = Pick<StoreTable, "name" | "metadata">;

/** What a store's statistics say of a table before it is read; null is "unknown", never zero. */
export type TableEstimate = { readonly versions: number | null; readonly bytes: number | null };
