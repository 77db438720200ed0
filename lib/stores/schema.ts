import { z } from "zod";

import { LONG_MAX, LONG_MIN, longString } from "#lib/timestamps/long.ts";

/** A Java `long` both ways: `bigint` in code, decimal string on our wire. Use with `z.decode` and `z.encode`. */
export const longCodec = z.codec(longString, z.bigint().min(LONG_MIN).max(LONG_MAX), {
  decode: (text) => BigInt(text),
  encode: (value) => value.toString(),
});

/** The kinds of store that hold a bound. */
export const STORE_KINDS = ["postgres", "cassandra", "oracle"] as const;
export const storeKind = z.enum(STORE_KINDS);
export type StoreKind = z.infer<typeof storeKind>;

/**
 * How a connection to a store is protected, with the names of libpq's `sslmode` for every kind: `require` encrypts and trusts any
 * certificate, `verify-ca` wants one signed by the given authority (or a public one), `verify-full` also wants the host's name in it.
 */
export const TLS_MODES = ["disable", "require", "verify-ca", "verify-full"] as const;
export type TlsMode = (typeof TLS_MODES)[number];

/** The same for Cassandra, whose driver checks either nothing or authority and name. */
export const CASSANDRA_TLS_MODES = [
  "disable",
  "require",
  "verify-full",
] as const satisfies readonly TlsMode[];

/** How an Oracle database is named in its address. Source: atlasdb-facts B.3 (`sid` or `serviceNameConfiguration`) */
export const ORACLE_NAMINGS = ["service-name", "sid"] as const;
export type OracleNaming = (typeof ORACLE_NAMINGS)[number];

/** How a reading came to us: by our own connection, or as text that a person pasted. */
export const storeProvenance = z.enum(["observed", "pasted"]);
export type StoreProvenance = z.infer<typeof storeProvenance>;

/**
 * What a store holds as its timestamp bound; every state of every store kind.
 *
 * | state | Postgres and Oracle | Cassandra |
 * |---|---|---|
 * | readable | one row, `last_allocated` | `ts` of 8 bytes, no 8-byte `oldTs` |
 * | invalidated | one row, `legacy_last_allocated` | `ts` not 8 bytes, `oldTs` of 8 bytes |
 * | no-row | `last_allocated`, no row: an embedded start creates 10000 | `ts` absent, no 8-byte `oldTs`: likewise |
 * | no-row-invalidated | `legacy_last_allocated`, no row (born on TimeLock) | never |
 * | no-table | no table: an embedded start creates table and 10000 | likewise |
 * | several-rows | more than one row, one column | never |
 * | both | both columns | `ts` of 8 bytes or absent beside an 8-byte `oldTs` |
 * | neither | never | neither of 8 bytes; `tr` holds the backup where it was made as the documents wrote it |
 * | unrecognised | other columns, types or NULLs | a value longer than 8 bytes |
 *
 * Source: atlasdb-facts 0.1, 0.2, C (state machine), D.1; runbooks section 1.
 */
export const boundState = z.discriminatedUnion("state", [
  z.strictObject({ state: z.literal("readable"), bound: longCodec }),
  z.strictObject({ state: z.literal("invalidated"), kept: longCodec }),
  z.strictObject({ state: z.literal("no-row") }),
  z.strictObject({ state: z.literal("no-row-invalidated") }),
  z.strictObject({ state: z.literal("no-table") }),
  z.strictObject({
    state: z.literal("several-rows"),
    readable: z.boolean(),
    values: z.array(longCodec).min(2),
  }),
  z.strictObject({
    state: z.literal("both"),
    rows: z.array(z.strictObject({ bound: longCodec.nullable(), kept: longCodec.nullable() })),
  }),
  z.strictObject({ state: z.literal("neither"), tr: longCodec.nullable() }),
  z.strictObject({ state: z.literal("unrecognised"), detail: z.string().max(2000) }),
]);
export type BoundState = z.output<typeof boundState>;
export type BoundStateDto = z.input<typeof boundState>;

/**
 * Which store this is, whatever name or address led to it; a migration pins it and every guarded write checks it.
 * `system`: Postgres system identifier, Cassandra cluster name with host ids, Oracle DBID; null where the server hides it.
 * `database`: database, keyspace or service. `tableId`: Postgres oid, Cassandra table id; null without a table.
 */
export const storeIdentity = z.strictObject({
  kind: storeKind,
  system: z.string().max(4000).nullable(),
  database: z.string().max(300),
  schema: z.string().max(300).nullable(),
  table: z.string().max(300),
  tableId: z.string().max(100).nullable(),
});
export type StoreIdentity = z.infer<typeof storeIdentity>;

/** The server that answered. `inRecovery`: a replica, which can be read but not written. */
export const storeServer = z.strictObject({
  address: z.string().max(300).nullable(),
  port: z.int().nullable(),
  version: z.string().max(100),
  inRecovery: z.boolean(),
});
export type StoreServer = z.infer<typeof storeServer>;

/** One stored value as the store gave it: its text, and the bytes that AtlasDB would see, as `0x` and hexadecimal digits. */
export const rawCell = z.strictObject({
  row: z.int().min(0),
  name: z.string().max(300),
  text: z.string().max(2000).nullable(),
  hex: z.string().max(4000).nullable(),
});
export type RawCell = z.infer<typeof rawCell>;

/**
 * One reading of a store's bound. `view` says how it was read (`primary`, `serial`, `dc1 local quorum`), `source` where, without
 * secrets. `tr` is the backup column of the documents (Cassandra only). `readAt` is the store's own clock, ISO 8601 in UTC.
 */
export const boundReading = z.strictObject({
  state: boundState,
  tr: longCodec.nullable(),
  identity: storeIdentity,
  server: storeServer,
  view: z.string().max(200),
  raw: z.array(rawCell).max(2000),
  source: z.string().max(1000),
  provenance: storeProvenance,
  readAt: z.iso.datetime({ offset: true }),
});
export type BoundReading = z.output<typeof boundReading>;
export type BoundReadingDto = z.input<typeof boundReading>;

/**
 * The newest punched timestamp: a recent commit timestamp of the service, written about once a minute, so a lower bound on what
 * was issued. `absent` where the table is missing or empty. `wallMillis` is the client's clock at the punch, null if undecodable.
 * Source: atlasdb-facts F.4
 */
export const punchReading = z.strictObject({
  newest: z.discriminatedUnion("found", [
    z.strictObject({ found: z.literal("absent"), why: z.enum(["no-table", "no-rows"]) }),
    z.strictObject({
      found: z.literal("punch"),
      timestamp: longCodec,
      wallMillis: longCodec.nullable(),
      rawRow: z.string().max(200),
      rawValue: z.string().max(200),
    }),
  ]),
  source: z.string().max(1000),
  provenance: storeProvenance,
  readAt: z.iso.datetime({ offset: true }),
});
export type PunchReading = z.output<typeof punchReading>;
export type PunchReadingDto = z.input<typeof punchReading>;

/**
 * A cheap mark that moves when the service commits: the newest start timestamp in the transactions table with its commit (null if
 * aborted), and the server's own counter of rows written to that table since `countedSince` (null where the store has none).
 * Two marks that differ prove that somebody wrote; equal marks prove nothing for an idle service.
 */
export const transactionsMark = z.strictObject({
  table: z.enum(["present", "absent"]),
  newestStart: longCodec.nullable(),
  newestCommit: longCodec.nullable(),
  rowsWritten: longCodec.nullable(),
  countedSince: z.iso.datetime({ offset: true }).nullable(),
  source: z.string().max(1000),
  readAt: z.iso.datetime({ offset: true }),
});
export type TransactionsMark = z.output<typeof transactionsMark>;
export type TransactionsMarkDto = z.input<typeof transactionsMark>;

/** A session of somebody else in the store's database. Null where the server does not tell us. Times: ISO 8601, UTC. */
export const storeSession = z.strictObject({
  id: z.string().max(100),
  user: z.string().max(300).nullable(),
  address: z.string().max(300).nullable(),
  application: z.string().max(300).nullable(),
  state: z.string().max(100).nullable(),
  startedAt: z.iso.datetime({ offset: true }).nullable(),
  lastQueryAt: z.iso.datetime({ offset: true }).nullable(),
  locksBoundTable: z.boolean(),
});
export type StoreSession = z.infer<typeof storeSession>;

/**
 * Who is connected. `seen`: everything; `partial`: the sessions exist, but some details are hidden from our user (`reason` says
 * why); `unknown`: the store cannot tell. Our own sessions are left out and counted.
 */
export const sessionsReading = z.discriminatedUnion("knowledge", [
  z.strictObject({
    knowledge: z.enum(["seen", "partial"]),
    sessions: z.array(storeSession).max(10_000),
    ownSessions: z.int().min(0),
    reason: z.string().max(2000).nullable(),
    source: z.string().max(1000),
    readAt: z.iso.datetime({ offset: true }),
  }),
  z.strictObject({ knowledge: z.literal("unknown"), reason: z.string().max(2000) }),
]);
export type SessionsReading = z.infer<typeof sessionsReading>;

/** The outcome of one check on a store, in words for the person. */
export const storeFinding = z.strictObject({
  code: z.string().max(100),
  verdict: z.enum(["pass", "warning", "blocking", "unknown"]),
  message: z.string().max(4000),
});
export type StoreFinding = z.infer<typeof storeFinding>;

/** Everything that can be checked about our rights and the server while clients still run. Nothing is changed by it. */
export const rightsReading = z.strictObject({
  findings: z.array(storeFinding),
  facts: z.array(z.strictObject({ label: z.string().max(100), value: z.string().max(4000) })),
  source: z.string().max(1000),
  readAt: z.iso.datetime({ offset: true }),
});
export type RightsReading = z.infer<typeof rightsReading>;

/** What a connection test tried, in order; the first that failed is last. */
export const CONNECTION_STAGES = [
  "name look-up",
  "connection",
  "TLS",
  "authentication",
  "database",
  "schema",
  "table",
  "rights",
  "server role",
] as const;

/** The result of a connection test: precisely what failed and what to do, or what was found. Never a secret in it. */
export const connectionReport = z.strictObject({
  ok: z.boolean(),
  stages: z.array(
    z.strictObject({
      stage: z.enum(CONNECTION_STAGES),
      verdict: z.enum(["pass", "warning", "failed"]),
      code: z.string().max(100),
      message: z.string().max(4000),
    }),
  ),
  identity: storeIdentity.nullable(),
  facts: z.array(z.strictObject({ label: z.string().max(100), value: z.string().max(4000) })),
});
export type ConnectionReport = z.infer<typeof connectionReport>;

/**
 * What became of a guarded write that was answered. `applied`: committed, `after` was read inside the same transaction.
 * `refused`: the store was not as expected, nothing was changed, `found` is what it holds.
 */
export const writeOutcome = z.discriminatedUnion("outcome", [
  z.strictObject({ outcome: z.literal("applied"), before: boundState, after: boundState }),
  z.strictObject({
    outcome: z.literal("refused"),
    reason: z.enum(["identity-changed", "state-changed", "would-decrease", "not-applicable"]),
    found: boundState,
    message: z.string().max(4000),
  }),
]);
export type WriteOutcome = z.output<typeof writeOutcome>;
export type WriteOutcomeDto = z.input<typeof writeOutcome>;
