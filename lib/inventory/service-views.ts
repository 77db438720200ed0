import type { NamespaceReadings, StoreReadings } from "#lib/inventory/read-service-facts.ts";
import type { ServiceDto } from "#lib/inventory/schema.ts";
import type { FindingView, ReadingView } from "#lib/migrations/schema.ts";
import { describeBoundState, largestHeld } from "#lib/stores/bound-state.ts";
import type { BoundState, RawCell } from "#lib/stores/schema.ts";
import type { NodeHealth } from "#lib/timelock/timelock.ts";
import { groupDigits, longToHex } from "#lib/timestamps/long.ts";
import { judgeChain, type ProofChain, type ProofTerm } from "#lib/timestamps/proof.ts";

/** Everything read for one service. */
export type ServiceReadings = {
  readonly service: ServiceDto;
  readonly store: StoreReadings;
  readonly onTimelock: NamespaceReadings | null;
};

const LEVELS = {
  embedded: "Bound in the store",
  kept: "Kept bound in the store",
  punch: "Newest punched timestamp",
  learned: "Bound on TimeLock",
} as const;

/** The values that a page shows for a service, each with source, node and time; what is not known says why. */
export function readingsOf({ service, store, onTimelock }: ServiceReadings): ReadingView[] {
  return [
    boundReading(service, store),
    punchReading(service, store),
    ...(onTimelock === null ? [] : [learnedReading(service, onTimelock), leaderReading(service, onTimelock)]),
  ];
}

function boundReading(service: ServiceDto, { bound }: StoreReadings): ReadingView {
  if (!bound.ok) return unknown("bound", LEVELS.embedded, service.store.name, bound.reason);
  const { state, raw, source, server, readAt } = bound.value;
  const value = singleValue(state);
  const label = state.state === "invalidated" ? LEVELS.kept : LEVELS.embedded;
  const hex = value === null ? null : longToHex(value);
  const cell = raw.find(
    ({ text, hex: bytes }) => hex !== null && (text === value?.toString() || bytes === hex),
  );
  return {
    ...known("bound", label, value, describeBoundState(state)),
    provenance: bound.value.provenance,
    raw: cell?.hex ?? cell?.text ?? bytesOf(raw),
    source,
    node: server.address,
    readAt: utc(readAt),
  };
}

function punchReading(service: ServiceDto, { punch }: StoreReadings): ReadingView {
  if (!punch.ok) return unknown("punch", LEVELS.punch, service.store.name, punch.reason);
  const { newest, source, readAt } = punch.value;
  const value = newest.found === "punch" ? newest.timestamp : null;
  const words =
    newest.found === "absent" && newest.why === "no-table"
      ? "none: the store has no punch table"
      : "none yet";
  return {
    ...known("punch", LEVELS.punch, value, words),
    provenance: punch.value.provenance,
    raw: newest.found === "punch" ? newest.rawValue : null,
    source,
    node: null,
    readAt: utc(readAt),
  };
}

function learnedReading(service: ServiceDto, { learned }: NamespaceReadings): ReadingView {
  const source = `TimeLock ${service.cluster?.name ?? ""}, namespace ${service.namespace ?? ""}`;
  if (!learned.ok) return unknown("learned", LEVELS.learned, source, learned.reason);
  const reading = learned.value;
  const base = { source, readAt: reading.takenAt.toISOString() };
  switch (reading.state) {
    case "known":
      return {
        ...known("learned", LEVELS.learned, reading.bound, ""),
        raw: reading.raw,
        node: reading.node,
        ...base,
      };
    case "none":
      return {
        ...unknown(
          "learned",
          LEVELS.learned,
          source,
          "The namespace exists, but tells no bound: it is new, or the cluster keeps its bounds in a database.",
        ),
        ...base,
      };
    case "absent":
      return {
        ...known("learned", LEVELS.learned, null, "none: TimeLock does not know the namespace"),
        raw: null,
        node: null,
        ...base,
      };
    case "unknown":
      return { ...unknown("learned", LEVELS.learned, source, reading.reason), ...base };
  }
}

function leaderReading(service: ServiceDto, { health }: NamespaceReadings): ReadingView {
  const source = `TimeLock ${service.cluster?.name ?? ""}`;
  const label = "Leader of the namespace";
  if (!health.ok) return unknown("leader", label, source, health.reason);
  const { leader, quorum, takenAt } = health.value;
  const readAt = takenAt.toISOString();
  if (leader.state !== "known") {
    const reason =
      leader.state === "several" ? `several nodes say so: ${leader.nodes.join(", ")}` : leader.reason;
    return { ...unknown("leader", label, source, reason), readAt };
  }
  const words = quorum.state === "proven" ? "leads with a majority" : quorum.reason;
  return {
    ...known("leader", label, null, `${leader.node ?? "a node behind the balancer"}, ${words}`),
    raw: null,
    source,
    node: leader.node,
    readAt,
  };
}

/** The inequalities that make a service healthy: everything known to be issued lies at or below the bound that counts. */
export function chainOf({ service, store, onTimelock }: ServiceReadings): ProofChain {
  const views = readingsOf({ service, store, onTimelock });
  const term = (key: string): ProofTerm[] => views.filter((view) => view.key === key).map(asTerm);
  const punch = term("punch").filter(({ value }) => value !== null);
  if (service.timestampSource === "embedded")
    return judgeChain([...punch, ...term("bound")], punch.length === 0 ? [] : ["≤"]);
  const born = store.bound.ok && singleValue(store.bound.value.state) === null;
  const issued = [...punch, ...(born ? [] : term("bound"))].toSorted(byValue);
  return judgeChain(
    [...issued, ...term("learned")],
    issued.map(() => "≤"),
  );
}

function byValue(left: ProofTerm, right: ProofTerm): number {
  if (left.value === null || right.value === null) return left.value === null ? 1 : -1;
  return BigInt(left.value) < BigInt(right.value) ? -1 : 1;
}

function asTerm(view: ReadingView): ProofTerm {
  return {
    id: view.key,
    label: view.label,
    value: view.decimal,
    source: view.source,
    node: view.node,
    readAt: view.decimal === null ? null : view.readAt,
    raw: view.raw,
    provenance: view.provenance,
  };
}

/** One finding for each node of the service's TimeLock cluster, and what is noteworthy of the store's server. */
export function findingsOf({ store, onTimelock }: ServiceReadings): FindingView[] {
  const replica: FindingView[] =
    store.bound.ok && store.bound.value.server.inRecovery
      ? [
          {
            id: "store-replica",
            level: "warning",
            title: "The store's address leads to a replica",
            detail: "Its values may lag behind, and it cannot be written.",
            remedy: "Give the store the address of the primary.",
            readings: ["bound"],
          },
        ]
      : [];
  return [
    ...replica,
    ...(onTimelock?.health.ok === true ? onTimelock.health.value.nodes.map(nodeFinding) : []),
  ];
}

function nodeFinding(node: NodeHealth): FindingView {
  const base = { id: `node-${node.node}`, readings: [] };
  if (node.failure !== null) {
    return {
      ...base,
      level: "warning",
      title: `${node.node} does not answer`,
      detail: node.failure.message,
      remedy: "A majority of the nodes is enough; bring this one back before the next.",
    };
  }
  const facts = [
    node.version === null ? null : `version ${node.version}`,
    node.leads === true ? "leads" : null,
    `answered in ${node.elapsedMs} ms`,
  ];
  return {
    ...base,
    level: "pass",
    title: `${node.node} answers`,
    detail: facts.filter((fact) => fact !== null).join(", "),
    remedy: null,
  };
}

/** The bytes of every cell, where none of them is the value: an empty one, or one byte that invalidates. */
function bytesOf(raw: readonly RawCell[]): string | null {
  const cells = raw.map(({ name, hex, text }) => `${name} = ${hex ?? text ?? "NULL"}`);
  return cells.length === 0 ? null : cells.join("; ").slice(0, 1000);
}

/** The one value of a state that has exactly one; null where there is none or where it is ambiguous. */
function singleValue(state: BoundState): bigint | null {
  return state.state === "readable" || state.state === "invalidated" ? largestHeld(state) : null;
}

function known(key: string, label: string, value: bigint | null, words: string) {
  return {
    key,
    label,
    status: "known" as const,
    display: value === null ? words : groupDigits(value.toString()),
    decimal: value?.toString() ?? null,
    hex: value === null ? null : longToHex(value),
    provenance: "observed" as const,
    unknownBecause: null,
  };
}

function unknown(key: string, label: string, source: string, reason: string): ReadingView {
  return {
    key,
    label,
    status: "unknown",
    display: "unknown",
    decimal: null,
    hex: null,
    raw: null,
    source,
    node: null,
    readAt: new Date().toISOString(),
    provenance: "observed",
    unknownBecause: reason,
  };
}

/** A time with any offset, as UTC. */
function utc(text: string): string {
  return new Date(text).toISOString();
}
