import type { EmbeddedBound } from "#lib/sandbox/embedded-bound.ts";

/** One cell version as it stands in a data table; an empty `value` is a deletion. Source: atlasdb-facts D.2, E.3 */
export type CellVersion = {
  readonly row: Uint8Array;
  readonly column: Uint8Array;
  readonly timestamp: bigint;
  readonly value: Uint8Array;
};

/** Where a simulated service writes its cells; tables by their qualified names. */
export interface CellWriter {
  /** Writes one version; writing the same again is accepted. */
  putCell(table: string, cell: CellVersion): Promise<void>;
  /** Writes one version where there is none. @throws AdapterError `key-already-exists` */
  putUnlessExists(table: string, cell: CellVersion): Promise<void>;
}

/** The key-value store of a simulated service, open; it behaves as AtlasDB's own adapter for its kind does. */
export interface ServiceStore extends CellWriter {
  /** Creates what a start creates: AtlasDB's tables and the service's own. */
  prepare(tables: readonly string[]): Promise<void>;
  /** The bound as an embedded service keeps it; its table is created where it is missing. */
  embeddedBound(): Promise<EmbeddedBound>;
  /** What the automated migrator does to the bound; returns the value to forward to. @throws AdapterError where AtlasDB refuses */
  backupAndInvalidate(): Promise<bigint>;
  /** The newest punched timestamp; null without any. */
  newestPunch(): Promise<bigint | null>;
  close(): Promise<void>;
}

/** The code of the error for a cell that was written before. */
export const KEY_ALREADY_EXISTS = "key-already-exists";
