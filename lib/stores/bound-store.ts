import type {
  BoundReading,
  BoundState,
  ConnectionReport,
  PunchReading,
  RightsReading,
  SessionsReading,
  StoreIdentity,
  StoreKind,
  TransactionsMark,
  WriteOutcome,
} from "#lib/stores/schema.ts";

/** What every guarded write states: the store it means and the whole state, values included, that it was decided on. */
export type WriteGuard = {
  readonly identity: StoreIdentity;
  readonly expected: BoundState;
};

/**
 * One store's timestamp bound: readings, and writes that refuse if the world has changed.
 *
 * Reads change nothing, take no lock that blocks AtlasDB, and use a connection of their own each, so a read after a write is
 * independent of it. Every method throws `AdapterError` with effect `none` when the store cannot be reached or refuses to answer.
 *
 * Writes check identity and state inside the same atomic write, change exactly what they say, and never lower a value. They throw
 * `AdapterError` with effect `none` only if nothing can have been committed, with effect `unknown` if the answer to the commit was
 * lost; the latter is settled by `readBack`, never by repeating the write. Implementations: Postgres, Cassandra (`raw` carries bytes,
 * `readBack` one reading a data centre), fake. All pass `lib/stores/bound-store-contract.ts`.
 */
export interface BoundStore {
  readonly kind: StoreKind;

  /** The state of the bound, read as strongly as the store can. */
  readBound(): Promise<BoundReading>;

  /**
   * The same from every place where AtlasDB may read it, over fresh connections: Postgres one reading, Cassandra SERIAL and then
   * LOCAL_QUORUM in each data centre. At least one reading; all must agree before a step says done.
   */
  readBack(): Promise<readonly BoundReading[]>;

  /** The newest punched timestamp, or that there is none. */
  readPunch(): Promise<PunchReading>;

  /** A mark that moves when the service commits transactions. */
  readTransactionsMark(): Promise<TransactionsMark>;

  /** Who else is connected to the store, as far as the store tells our user. */
  readSessions(): Promise<SessionsReading>;

  /** Whether the writes below would be allowed, and what else on the server endangers them. */
  readRights(): Promise<RightsReading>;

  /** Tries the connection from name look-up to rights. Failures are in the report; it does not throw for them. */
  testConnection(): Promise<ConnectionReport>;

  /**
   * Makes the bound unreadable for embedded clients and keeps its value. From `readable` → `invalidated` with the same value, from
   * `no-row` and, with a new table, `no-table` → `no-row-invalidated`; on Cassandra → `invalidated` with the initial bound 10000, as
   * AtlasDB's own migrator leaves it. Other states are refused.
   */
  invalidate(guard: WriteGuard): Promise<WriteOutcome>;

  /**
   * Makes the bound readable with the value `to`, which must be at least every value that the store holds. From `invalidated`,
   * `no-row-invalidated`, `no-row`, `no-table`, `neither` and, raising, from `readable`. Other states are refused: repair first.
   */
  restore(guard: WriteGuard, to: bigint): Promise<WriteOutcome>;

  /** Mends a state with several values into one with a single value, their maximum. `leave`: readable or invalidated afterwards. */
  repair(guard: WriteGuard, leave: "readable" | "invalidated"): Promise<WriteOutcome>;
}
