import { z } from "zod";

import { MOVE_READINGS, moveReadingValues } from "#lib/engine/move-reading.ts";
import {
  boundReading,
  longCodec,
  punchReading,
  rightsReading,
  sessionsReading,
  transactionsMark,
} from "#lib/stores/schema.ts";
import { PROVENANCES } from "#lib/timestamps/proof.ts";

/** The places in a migration that a store or a sequence of TimeLock can hold. A migration that changes nothing there lacks them. */
export const ROLES = ["source", "destination"] as const;
export const role = z.enum(ROLES);
export type Role = z.infer<typeof role>;

/**
 * The values that a migration fixes on its way by reading them; never typed by a person. `TS`: what the new sequence must exceed. `K`: what
 * the invalidated store kept. `N`: what the store's bound is set to when a service goes back to it; once it is fixed, no fresh timestamp is
 * taken any more in that migration. Of a move: `X`, the largest value that the source's sequence can have issued, `S` and `C`, the start
 * and commit timestamps of the copy, which the destination's sequence gave.
 */
export const VALUE_NAMES = ["TS", "K", "N", "X", "S", "C"] as const;
export const valueName = z.enum(VALUE_NAMES);
export type ValueName = z.infer<typeof valueName>;
export type Values = Readonly<Partial<Record<ValueName, bigint>>>;

/**
 * Readings of one store; what each is stands in `lib/stores/bound-store.ts`. `store.read-back` is a second, independent look at the bound,
 * `store.fetched` what AtlasDB's own command line printed, which only a person can paste. */
export const STORE_READINGS = [
  "store.bound",
  "store.read-back",
  "store.fetched",
  "store.punch",
  "store.transactions",
  "store.sessions",
  "store.rights",
] as const;

/**
 * Readings of one TimeLock sequence that take nothing from it; `inventory.namespace-users` is what Lockstep itself knows of the namespace,
 * `timelock.neighbours` how the namespaces of the other services on the same cluster answer a ping.
 */
export const SEQUENCE_READINGS = [
  "timelock.health",
  "timelock.namespaces",
  "timelock.active",
  "timelock.learned",
  "timelock.servers",
  "timelock.neighbours",
  "inventory.namespace-users",
] as const;

/** A kind of reading of a store. */
export type StoreReading = (typeof STORE_READINGS)[number];
/** A kind of reading of a sequence that takes nothing from it. */
export type SequenceReading = (typeof SEQUENCE_READINGS)[number];

/**
 * What a step wants to know; of a place that the migration does not have nothing is read. `timelock.fresh` is the only request that uses up a timestamp: it is answered under the lease alone, is
 * entered in the probe ledger before it is sent, and is not sent while TimeLock is known to stand below the value `above`, nor once `N` is
 * fixed. `above` null: the sequence that clients are on, where no other can issue the same values.
 */
export const readingRequest = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.enum(STORE_READINGS), store: role }),
  z.strictObject({ kind: z.enum(MOVE_READINGS), into: role }),
  z.strictObject({ kind: z.enum(SEQUENCE_READINGS), sequence: role }),
  z.strictObject({
    kind: z.literal("timelock.fresh"),
    sequence: role,
    above: valueName.nullable(),
  }),
]);
export type ReadingRequest = z.infer<typeof readingRequest>;
export type ReadingKind = ReadingRequest["kind"];

const moment = z.iso.datetime();
const nodeWord = z.strictObject({ node: z.string(), word: z.string() });

/** Every value that a reading can have, as it is stored: longs are decimal strings there and `bigint` in code. */
export const readingValue = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("store.bound"), bound: boundReading }),
  z.strictObject({ kind: z.literal("store.read-back"), views: z.array(boundReading).min(1) }),
  z.strictObject({ kind: z.literal("store.fetched"), timestamp: longCodec }),
  z.strictObject({ kind: z.literal("store.punch"), punch: punchReading }),
  z.strictObject({ kind: z.literal("store.transactions"), mark: transactionsMark }),
  z.strictObject({ kind: z.literal("store.sessions"), sessions: sessionsReading }),
  z.strictObject({ kind: z.literal("store.rights"), rights: rightsReading }),
  z.strictObject({
    kind: z.literal("timelock.health"),
    quorum: z.enum(["proven", "likely", "lost", "unknown"]),
    quorumReason: z.string(),
    leader: z.enum(["known", "several", "none", "unknown"]),
    leaderNode: z.string().nullable(),
    leaderReason: z.string().nullable(),
    namespace: z.enum(["not-asked", "exists", "absent", "unknown"]),
    nodes: z.array(
      z.strictObject({
        node: z.string(),
        failure: z.string().nullable(),
        leads: z.boolean().nullable(),
        version: z.string().nullable(),
        certificateValidTo: moment.nullable(),
      }),
    ),
    clientCertificateValidTo: moment.nullable(),
  }),
  z.strictObject({
    kind: z.enum(["timelock.namespaces", "timelock.active"]),
    names: z.array(z.string()),
    majority: z.boolean(),
    silent: z.array(nodeWord),
  }),
  z.strictObject({
    kind: z.literal("timelock.learned"),
    state: z.enum(["known", "none", "absent", "unknown"]),
    bound: longCodec.nullable(),
    reason: z.string().nullable(),
    nodes: z.array(nodeWord),
  }),
  z.strictObject({ kind: z.literal("timelock.servers"), ids: z.array(nodeWord) }),
  z.strictObject({
    kind: z.literal("timelock.neighbours"),
    answers: z.array(
      z.strictObject({ service: z.string(), namespace: z.string(), answers: z.boolean(), word: z.string() }),
    ),
  }),
  z.strictObject({
    kind: z.literal("timelock.fresh"),
    first: longCodec,
    last: longCodec,
    /** Timestamps that Lockstep itself may have used up on this namespace so far, this probe included. */
    ownProbes: longCodec,
    leader: z.string().nullable(),
  }),
  z.strictObject({
    kind: z.literal("inventory.namespace-users"),
    services: z.array(z.strictObject({ id: z.string(), name: z.string(), environment: z.string() })),
  }),
  ...moveReadingValues,
]);
export type ReadingValue = z.output<typeof readingValue>;

/**
 * One observed value with where, when and how it was read, or the reason why it is not known. `readAt` is the time of the console
 * database's clock at which the question was put. `deferred`: not asked, because only the step itself may ask.
 */
export const reading = z.strictObject({
  key: z.string(),
  request: readingRequest,
  value: readingValue.nullable(),
  because: z.string().nullable(),
  deferred: z.boolean(),
  source: z.string(),
  node: z.string().nullable(),
  raw: z.string().nullable(),
  readAt: moment,
  provenance: z.enum(PROVENANCES),
});
export type Reading = z.output<typeof reading>;
export type ReadingDto = z.input<typeof reading>;

/** Readings by key; of two with one key the later stands. */
export type Readings = ReadonlyMap<string, Reading>;

/** The key of a request: one place for one kind of value. */
export function readingKey(request: ReadingRequest): string {
  return `${request.kind}@${requestRole(request)}`;
}

/** The place that a request is about. */
export function requestRole(request: ReadingRequest): Role {
  if ("store" in request) return request.store;
  return "into" in request ? request.into : request.sequence;
}

/** True for the requests that use up a timestamp. */
export function allocates(request: ReadingRequest): boolean {
  return request.kind === "timelock.fresh";
}

/** Requests without repetition, in order of first mention. */
export function distinct(requests: readonly ReadingRequest[]): readonly ReadingRequest[] {
  return [...new Map(requests.map((request) => [readingKey(request), request])).values()];
}

/** Collects readings by key; later ones replace earlier ones. */
export function collect(...lists: readonly (readonly Reading[])[]): Readings {
  return new Map(lists.flat().map((one) => [one.key, one]));
}

/** A looked-up value with its reading, or why it is not known. */
export type Found<V> =
  | { readonly known: true; readonly value: V; readonly reading: Reading }
  | { readonly known: false; readonly because: string; readonly deferred: boolean; readonly key: string };

/** The value of one kind of reading. */
export type ValueOf<K extends ReadingValue["kind"], V = ReadingValue> = V extends { readonly kind: infer X }
  ? K extends X
    ? V
    : never
  : never;

/** Looks up one kind of reading; a missing one is unknown, never empty. */
export function find<K extends ReadingValue["kind"]>(
  readings: Readings,
  kind: K,
  at: Role,
): Found<ValueOf<K>> {
  const key = `${kind}@${at}`;
  const one = readings.get(key);
  if (one?.value && isKind(one.value, kind)) return { known: true, value: one.value, reading: one };
  return {
    known: false,
    because: one?.because ?? "It has not been read.",
    deferred: one?.deferred ?? false,
    key,
  };
}

function isKind<K extends ReadingValue["kind"]>(
  value: ReadingValue,
  kind: K,
): value is ReadingValue & ValueOf<K> {
  return value.kind === kind;
}

/** A reading as JSON with decimal strings, for the database and the wire. */
export function encodeReading(one: Reading): ReadingDto {
  return z.encode(reading, one);
}

/** A stored reading. @throws ZodError when the text is none, which is a defect */
export function decodeReading(dto: unknown): Reading {
  return reading.parse(dto);
}
