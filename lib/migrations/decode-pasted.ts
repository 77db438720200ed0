import type { PastedOutput } from "#lib/engine/paste.ts";
import {
  readingKey,
  type Reading,
  type ReadingRequest,
  type ReadingValue,
  type Role,
  type Values,
} from "#lib/engine/reading.ts";
import type { SequenceTarget, Step, Targets } from "#lib/engine/step.ts";
import { AppError } from "#lib/errors.ts";
import { identityDifference } from "#lib/inventory/identity-words.ts";
import { oracleTargetOf } from "#lib/inventory/oracle-target.ts";
import type { StoreDto } from "#lib/inventory/schema.ts";
import { cassandraTargetOf } from "#lib/migrations/views/cassandra-commands.ts";
import { manualStore } from "#lib/migrations/views/store-commands.ts";
import {
  decodePastedBound as decodeCqlshBound,
  decodePastedPunch as decodeCqlshPunch,
} from "#lib/stores/cassandra/pasted.ts";
import { decodePastedOracle } from "#lib/stores/oracle/pasted.ts";
import type { Pasted } from "#lib/stores/pasted-lines.ts";
import { decodePastedBound, decodePastedPunch } from "#lib/stores/postgres/pasted.ts";
import type { BoundReading, PunchReading } from "#lib/stores/schema.ts";
import { decodeManualOutput, decodeTimestampFetch, type PastableCall } from "#lib/timelock/manual-output.ts";

/** What a pasted text is read against. `now`: the console database's clock, since a terminal's clock is not to be trusted. */
export type PasteContext = {
  readonly step: Step;
  readonly targets: Targets;
  readonly values: Values;
  readonly store: StoreDto;
  readonly now: Date;
};

type Decoded =
  | { readonly ok: true; readonly readings: readonly Reading[]; readonly wrote?: boolean }
  | { readonly ok: false; readonly reason: string };

/**
 * Turns the whole output of one of a step's rendered commands into readings marked as pasted. Digits are never taken out of a text that
 * is not exactly what the command prints; the output of AtlasDB's `timestamp fetch` is accepted where TS is taken.
 * @throws AppError `invalid` with what is wrong with the text
 */
export function decodePasted(text: string, context: PasteContext): PastedOutput {
  const attempts = decodersOf(text, context);
  const reasons: string[] = [];
  for (const attempt of attempts) {
    const decoded = attempt();
    if (decoded.ok) return { readings: decoded.readings, wrote: decoded.wrote ?? null };
    reasons.push(decoded.reason);
  }
  throw new AppError("invalid", reasons[0] ?? "Nothing can be pasted into this step.", {
    fields: { text: reasons[0] ?? "Nothing can be pasted into this step." },
  });
}

function decodersOf(text: string, context: PasteContext): readonly (() => Decoded)[] {
  const { step } = context;
  const isStore = /lockstep[._]|^(ORA|SP2)-[0-9]|^Connection error/m.test(text);
  const isCurl = /^lockstep status=/m.test(text);
  if (isCurl) {
    return placesMeantFirst(context, text).flatMap((place) =>
      meantFirst(callsOf(place, context), text).map((call) => () => fromCurl(text, call, place, context)),
    );
  }
  if (isStore) return storeDecoders(text, context);
  if (/^.*\bValidation (complete|failed)\./m.test(text)) return [() => fromMigrator(text, context)];
  if (step.kind === "gate") return [() => fromFetch(text, context)];
  return [
    () => ({
      ok: false,
      reason:
        "This is not the output of one of the commands shown. Paste its whole output as it was printed.",
    }),
  ];
}

/** The call that the output names comes first, so that its reason is the one that is told. */
function meantFirst(calls: readonly PastableCall[], text: string): readonly PastableCall[] {
  const meant = (call: PastableCall) => text.includes(` call=${call.kind} `);
  return [...calls.filter(meant), ...calls.filter((call) => !meant(call))];
}

/** The sequences of the migration; the one that the output names comes first, and where clients go to before what they leave. */
function placesMeantFirst({ targets }: PasteContext, text: string): readonly SequenceTarget[] {
  const named = ({ namespace }: SequenceTarget) => text.includes(` namespace=${namespace} `);
  const places = targets.sequences.toSorted((a, b) => (a.role < b.role ? -1 : 1));
  return [...places.filter(named), ...places.filter((place) => !named(place))];
}

/** What may have been asked of a sequence. One that is left is never forwarded. */
function callsOf(
  { namespace, role }: SequenceTarget,
  { step, values }: PasteContext,
): readonly PastableCall[] {
  const to = step.id === "forward-kept" ? (values.K ?? values.TS) : values.TS;
  const forwards = role === "destination" && to !== undefined && to !== 0n;
  return [
    { kind: "fresh-timestamps", namespace, count: 1 },
    ...(forwards ? [{ kind: "fast-forward" as const, namespace, to }] : []),
    { kind: "ping", namespace },
  ];
}

function fromCurl(text: string, call: PastableCall, place: SequenceTarget, context: PasteContext): Decoded {
  const decoded = decodeManualOutput(call, text);
  if (!decoded.ok) return decoded;
  const { value } = decoded;
  const sequence = place.role;
  switch (value.kind) {
    case "fresh-timestamps": {
      const fresh = {
        kind: "timelock.fresh",
        first: value.first,
        last: value.last,
        ownProbes: 1n,
        leader: null,
      } as const;
      const request = {
        kind: "timelock.fresh",
        sequence,
        above: sequence === "source" ? null : "TS",
      } as const;
      return {
        ok: true,
        readings: [pasted(request, fresh, `${place.label}, pasted curl output`, value.node, context)],
      };
    }
    case "ping": {
      const request = { kind: "timelock.health", sequence } as const;
      const health = {
        kind: "timelock.health",
        quorum: "proven",
        quorumReason: "A leader answered the pasted ping, which needs a quorum.",
        leader: "known",
        leaderNode: value.node,
        leaderReason: null,
        namespace: "exists",
        nodes: [],
        clientCertificateValidTo: null,
      } as const;
      return {
        ok: true,
        readings: [
          pasted(
            request,
            { ...health, nodes: [] },
            `${place.label}, pasted curl output`,
            value.node,
            context,
          ),
        ],
      };
    }
    case "fast-forward":
      return { ok: true, readings: [] };
  }
}

function storeDecoders(text: string, context: PasteContext): readonly (() => Decoded)[] {
  const { store } = context;
  switch (store.connection.kind) {
    case "postgres": {
      const target = manualStore(store);
      return [
        () => fromBound(decodePastedBound(text, target), context),
        () => fromPunch(decodePastedPunch(text), context),
      ];
    }
    case "oracle":
      return [() => fromOracle(text, context)];
    case "cassandra": {
      const target = cassandraTargetOf(store);
      return [
        () => fromBound(decodeCqlshBound(text, target), context),
        () => fromPunch(decodeCqlshPunch(text), context),
      ];
    }
  }
}

function fromBound(decoded: Pasted<BoundReading>, context: PasteContext): Decoded {
  if (!decoded.ok) return decoded;
  const bound = decoded.reading;
  const refusal = otherStore(bound, context);
  return refusal ?? { ok: true, readings: boundReadings(bound, bound, context) };
}

/** What was pasted of another store than the pinned one is not taken for this one's. */
function otherStore(bound: BoundReading, { targets }: PasteContext): Decoded | null {
  const pin = targets.stores[0]?.identity;
  const difference = pin ? identityDifference(pin, bound.identity) : null;
  return difference === null
    ? null
    : { ok: false, reason: `This is the output of another store: ${difference}.` };
}

/** One output of sqlplus shows everything at once, seen by two sessions; after a write only the second tells how things stand. */
function fromOracle(text: string, context: PasteContext): Decoded {
  const decoded = decodePastedOracle(text, oracleTargetOf(context.store), context.now);
  if (!decoded.ok) return decoded;
  const { first, second, wrote } = decoded.reading;
  const refusal = otherStore(second.bound, context);
  if (refusal !== null) return refusal;
  // As old as the database says, so that what was printed long ago does not count as read just now.
  const readAt = new Date(Math.min(context.now.getTime(), Date.parse(second.bound.readAt)));
  const at = { ...context, now: readAt };
  const store = storeRole(context);
  const { punch, mark, rights } = second;
  const { source } = punch;
  return {
    ok: true,
    wrote: wrote !== null,
    readings: [
      ...boundReadings(wrote === null ? first.bound : second.bound, second.bound, at),
      pasted({ kind: "store.punch", store }, { kind: "store.punch", punch }, source, null, at),
      pasted({ kind: "store.transactions", store }, { kind: "store.transactions", mark }, source, null, at),
      pasted({ kind: "store.rights", store }, { kind: "store.rights", rights }, source, null, at),
    ],
  };
}

function storeRole({ targets }: PasteContext): Role {
  return targets.stores[0]?.role ?? "source";
}

function boundReadings(bound: BoundReading, again: BoundReading, context: PasteContext): readonly Reading[] {
  const store = storeRole(context);
  const one = pasted(
    { kind: "store.bound", store },
    { kind: "store.bound", bound },
    bound.source,
    null,
    context,
  );
  const readBack = { kind: "store.read-back" as const, views: [again] };
  const two = pasted({ kind: "store.read-back", store }, readBack, again.source, null, context);
  return [
    { ...one, raw: rawOf(bound) },
    { ...two, raw: rawOf(again) },
  ];
}

function rawOf(bound: BoundReading): string {
  return bound.raw.map((cell) => `${cell.name} = ${cell.text ?? "NULL"}`).join("; ");
}

function fromPunch(decoded: Pasted<PunchReading>, context: PasteContext): Decoded {
  if (!decoded.ok) return decoded;
  const punch = decoded.reading;
  const request = { kind: "store.punch", store: storeRole(context) } as const;
  return {
    ok: true,
    readings: [pasted(request, { kind: "store.punch", punch }, punch.source, null, context)],
  };
}

/**
 * The output of AtlasDB's own migrator, which proves something by one sentence alone: its exit code is 0 also where the stores differ.
 * Source: atlasdb-facts 0.9, G.6
 */
function fromMigrator(text: string, context: PasteContext): Decoded {
  const setsUp =
    context.step.kind === "act" && context.step.templates.some(({ kind }) => kind === "move.set-up");
  if (!setsUp)
    return {
      ok: false,
      reason:
        "AtlasDB's own migrator moves everything in one go. Its output belongs into the step that sets the destination up.",
    };
  const validation = /\bValidation failed\./.test(text) ? "failed" : "complete";
  const request = { kind: "move.by-hand", into: "destination" } as const;
  const value = { kind: "move.by-hand", validation } as const;
  const one = pasted(request, value, "AtlasDB's own migrator, pasted", null, context);
  return { ok: true, readings: [{ ...one, raw: `Validation ${validation}.` }] };
}

function fromFetch(text: string, context: PasteContext): Decoded {
  const decoded = decodeTimestampFetch(text);
  if (!decoded.ok) return decoded;
  const request = { kind: "store.fetched", store: storeRole(context) } as const;
  const value = { kind: "store.fetched", timestamp: decoded.value } as const;
  return {
    ok: true,
    readings: [
      {
        ...pasted(request, value, "AtlasDB's command line, pasted", null, context),
        raw: text.trim().slice(0, 2000),
      },
    ],
  };
}

function pasted(
  request: ReadingRequest,
  value: ReadingValue,
  source: string,
  node: string | null,
  context: PasteContext,
): Reading {
  return {
    key: readingKey(request),
    request,
    value,
    because: null,
    deferred: false,
    source,
    node,
    raw: null,
    readAt: context.now.toISOString(),
    provenance: "pasted",
  };
}
