import {
  readingKey,
  type Reading,
  type ReadingRequest,
  type ReadingValue,
  type Values,
} from "#lib/engine/reading.ts";
import { sequenceAt, type Step, type Targets } from "#lib/engine/step.ts";
import { AppError } from "#lib/errors.ts";
import { identityDifference } from "#lib/inventory/identity-words.ts";
import { decodePastedBound, decodePastedPunch } from "#lib/stores/postgres/pasted.ts";
import type { ManualTarget } from "#lib/stores/postgres/manual.ts";
import type { BoundReading } from "#lib/stores/schema.ts";
import { decodeManualOutput, decodeTimestampFetch, type PastableCall } from "#lib/timelock/manual-output.ts";

/** What a pasted text is read against. `now`: the console database's clock, since a terminal's clock is not to be trusted. */
export type PasteContext = {
  readonly step: Step;
  readonly targets: Targets;
  readonly values: Values;
  readonly store: ManualTarget;
  readonly now: Date;
};

type Decoded =
  | { readonly ok: true; readonly readings: readonly Reading[] }
  | { readonly ok: false; readonly reason: string };

/**
 * Turns the whole output of one of a step's rendered commands into readings marked as pasted. Digits are never taken out of a text that
 * is not exactly what the command prints; the output of AtlasDB's `timestamp fetch` is accepted where TS is taken.
 * @throws AppError `invalid` with what is wrong with the text
 */
export function decodePasted(text: string, context: PasteContext): readonly Reading[] {
  const attempts = decodersOf(text, context);
  const reasons: string[] = [];
  for (const attempt of attempts) {
    const decoded = attempt();
    if (decoded.ok) return decoded.readings;
    reasons.push(decoded.reason);
  }
  throw new AppError("invalid", reasons[0] ?? "Nothing can be pasted into this step.", {
    fields: { text: reasons[0] ?? "Nothing can be pasted into this step." },
  });
}

function decodersOf(text: string, context: PasteContext): readonly (() => Decoded)[] {
  const { step } = context;
  const isSql = text.includes("lockstep.");
  const isCurl = /^lockstep status=/m.test(text);
  if (isCurl) return meantFirst(callsOf(context), text).map((call) => () => fromCurl(text, call, context));
  if (isSql) return [() => fromBound(text, context), () => fromPunch(text, context)];
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

function callsOf({ targets, step, values }: PasteContext): readonly PastableCall[] {
  const { namespace } = sequenceAt(targets, "destination");
  const to = step.id === "forward-kept" ? (values.K ?? values.TS) : values.TS;
  return [
    { kind: "fresh-timestamps", namespace, count: 1 },
    ...(to === undefined || to === 0n ? [] : [{ kind: "fast-forward" as const, namespace, to }]),
    { kind: "ping", namespace },
  ];
}

function fromCurl(text: string, call: PastableCall, context: PasteContext): Decoded {
  const decoded = decodeManualOutput(call, text);
  if (!decoded.ok) return decoded;
  const { value } = decoded;
  const place = sequenceAt(context.targets, "destination");
  switch (value.kind) {
    case "fresh-timestamps": {
      const fresh = {
        kind: "timelock.fresh",
        first: value.first,
        last: value.last,
        ownProbes: 1n,
        leader: null,
      } as const;
      const request = { kind: "timelock.fresh", sequence: "destination", above: "TS" } as const;
      return {
        ok: true,
        readings: [pasted(request, fresh, `${place.label}, pasted curl output`, value.node, context)],
      };
    }
    case "ping": {
      const request = { kind: "timelock.health", sequence: "destination" } as const;
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

function fromBound(text: string, context: PasteContext): Decoded {
  const decoded = decodePastedBound(text, context.store);
  if (!decoded.ok) return decoded;
  const bound = decoded.reading;
  const pin = context.targets.stores[0]?.identity;
  const difference = pin ? identityDifference(pin, bound.identity) : null;
  if (difference !== null)
    return { ok: false, reason: `This is the output of another store: ${difference}.` };
  return { ok: true, readings: boundReadings(bound, context) };
}

function boundReadings(bound: BoundReading, context: PasteContext): readonly Reading[] {
  const raw = bound.raw.map((cell) => `${cell.name} = ${cell.text ?? "NULL"}`).join("; ");
  const one = pasted(
    { kind: "store.bound", store: "source" },
    { kind: "store.bound", bound },
    bound.source,
    null,
    context,
  );
  const two = pasted(
    { kind: "store.read-back", store: "source" },
    { kind: "store.read-back", views: [bound] },
    bound.source,
    null,
    context,
  );
  return [
    { ...one, raw },
    { ...two, raw },
  ];
}

function fromPunch(text: string, context: PasteContext): Decoded {
  const decoded = decodePastedPunch(text);
  if (!decoded.ok) return decoded;
  const punch = decoded.reading;
  const request = { kind: "store.punch", store: "source" } as const;
  return {
    ok: true,
    readings: [pasted(request, { kind: "store.punch", punch }, punch.source, null, context)],
  };
}

function fromFetch(text: string, context: PasteContext): Decoded {
  const decoded = decodeTimestampFetch(text);
  if (!decoded.ok) return decoded;
  const request = { kind: "store.fetched", store: "source" } as const;
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
