import type { StoreTable } from "#lib/mover/store-table.ts";

/** Which tables a name leads to, whatever host name or address was used. `system` and host ids: null or empty where the server hides them. */
export type StorePlace =
  | {
      readonly kind: "postgres";
      readonly system: string | null;
      readonly database: string;
      readonly schema: string;
      readonly prefix: string;
      readonly inRecovery: boolean;
    }
  | {
      readonly kind: "cassandra";
      readonly cluster: string;
      readonly hostIds: readonly string[];
      readonly keyspace: string;
    };

/** What a store's `_coordination` says; `schemas` are those that it names. A DbKVS ignores it. Source: atlasdb-facts F.2, F.3 */
export type CoordinationSurvey =
  | { readonly state: "not-used" | "absent" }
  | { readonly state: "read"; readonly schemas: readonly number[] }
  | { readonly state: "unreadable"; readonly message: string };

/**
 * A store as its catalogue and its server's own records show it, no cell read. Physical names are those of the server. Lists that a server
 * cannot give are null: unknown, never "none".
 */
export type StoreSurvey = {
  readonly place: StorePlace;
  readonly version: string;
  /** Whether there is a `_metadata` at all: a pristine destination has none. */
  readonly catalogue: "present" | "absent";
  readonly tables: readonly StoreTable[];
  /** Tables of the catalogue that the server does not have: another store's in a shared catalogue, or a creation cut short. */
  readonly missing: readonly string[];
  /** Physical names of the same name space that are in no catalogue, AtlasDB's unlisted ones and Lockstep's own apart. */
  readonly strangers: readonly string[];
  /** Prefixes of other stores that share this store's catalogue. Source: atlasdb-facts D.2 */
  readonly otherPrefixes: readonly string[];
  /** Tables of the catalogue that our user may not read. */
  readonly unreadable: readonly string[] | null;
  /** Tables of the catalogue that our user may not drop. */
  readonly undroppable: readonly string[] | null;
  readonly mayCreate: boolean | null;
  readonly coordination: CoordinationSurvey;
  /** Transactions open on the server itself: prepared ones, and those of other sessions that have written, null where those are hidden. */
  readonly serverTransactions: { readonly prepared: number; readonly writing: number | null } | null;
  /** ISO 8601, of the store's own clock. */
  readonly readAt: string;
};

/**
 * Looks at a store as a whole. Reads change nothing. @throws AdapterError effect `none`
 */
export interface StoreSurveyor {
  survey(): Promise<StoreSurvey>;
  /** The name under which this store would hold a table of this qualified name. */
  physicalName(table: string): string;
  /**
   * Runs `work` while this store's server shows a mark that every session of the same running server sees, by whatever name it came, and
   * no other server does; leaves nothing behind. `mark` is null where the server has no such thing, and its ids tell enough.
   */
  showMark<T>(work: (mark: string | null) => Promise<T>): Promise<T>;
  /** Whether this store's server shows the mark just now. */
  seesMark(mark: string): Promise<boolean>;
}
