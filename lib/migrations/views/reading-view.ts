import { requestRole, type Reading, type ReadingRequest, type ReadingValue } from "#lib/engine/reading.ts";
import type { Finding } from "#lib/engine/finding.ts";
import type { Targets } from "#lib/engine/step.ts";
import type { FindingView, ReadingView } from "#lib/migrations/schema.ts";
import { describeBoundState, largestHeld } from "#lib/stores/bound-state.ts";
import { longToHex } from "#lib/timestamps/long.ts";

const LABELS: Readonly<Record<ReadingValue["kind"], string>> = {
  "store.bound": "Stored bound",
  "store.read-back": "Stored bound, second look",
  "store.fetched": "Timestamp fetched by AtlasDB's command line",
  "store.punch": "Newest punch",
  "store.transactions": "Newest transaction",
  "store.sessions": "Foreign sessions",
  "store.rights": "Rights on the store",
  "timelock.health": "TimeLock's health",
  "timelock.namespaces": "Namespaces on TimeLock",
  "timelock.active": "Namespaces used lately",
  "timelock.learned": "TimeLock's stored bound",
  "timelock.servers": "TimeLock's processes",
  "timelock.neighbours": "Other services on TimeLock",
  "timelock.fresh": "Fresh timestamp",
  "inventory.namespace-users": "Other users of the namespace",
  "move.assessment": "Assessment of both stores",
  "move.tables": "The destination's tables beside the plan",
  "move.start": "S and C",
  "move.by-hand": "AtlasDB's own migrator",
  "move.commit": "The destination's commit of S",
  "move.copy": "The copy's ledger",
  "move.comparison": "The comparison's ledger",
};

type Shown = { readonly display: string; readonly value: bigint | null };

/** What is the same for every namespace of a cluster. */
const OF_CLUSTER: ReadonlySet<ReadingRequest["kind"]> = new Set([
  "timelock.namespaces",
  "timelock.active",
  "timelock.servers",
  "timelock.neighbours",
]);

/** Readings for the pages. Where a migration has two stores or two sequences, each reading of one says which. */
export function readingViews(readings: readonly Reading[], { stores, sequences }: Targets): ReadingView[] {
  return readings.map((one) => {
    const view = readingView(one);
    const { request } = one;
    if (stores.length > 1 && "store" in request) {
      const label = stores.find(({ role }) => role === request.store)?.label ?? request.store;
      return { ...view, label: `${view.label}, ${label}` };
    }
    if (sequences.length < 2 || !("sequence" in one.request) || OF_CLUSTER.has(one.request.kind)) return view;
    const { sequence: at } = one.request;
    const namespace = sequences.find(({ role }) => role === at)?.namespace ?? at;
    return { ...view, label: `${view.label}, ${namespace}` };
  });
}

/** One reading for the pages; what is not known says why, and is never zero or empty. */
export function readingView(one: Reading): ReadingView {
  const shown = one.value === null ? null : showValue(one.value);
  const value = shown?.value ?? null;
  return {
    key: one.key,
    label: LABELS[one.request.kind],
    status: shown === null ? "unknown" : "known",
    display: shown?.display ?? "unknown",
    decimal: value === null ? null : value.toString(),
    hex: value === null ? null : longToHex(value),
    raw: one.raw,
    source: shown === null ? "" : one.source,
    node: one.node,
    readAt: one.readAt,
    provenance: one.provenance,
    unknownBecause: one.because,
  };
}

function number(value: bigint): Shown {
  return { display: value.toString(), value };
}

function showValue(value: ReadingValue): Shown {
  switch (value.kind) {
    case "store.bound":
      return { display: describeBoundState(value.bound.state), value: largestHeld(value.bound.state) };
    case "store.read-back": {
      const [first] = value.views;
      const words = value.views.map((view) => `${view.view}: ${describeBoundState(view.state)}`).join("; ");
      return { display: words, value: first ? largestHeld(first.state) : null };
    }
    case "store.fetched":
      return number(value.timestamp);
    case "store.punch":
      return value.punch.newest.found === "punch"
        ? number(value.punch.newest.timestamp)
        : { display: value.punch.newest.why === "no-table" ? "no table" : "nothing punched", value: null };
    case "store.transactions":
      return value.mark.newestStart === null
        ? { display: value.mark.table === "absent" ? "no table" : "no transaction", value: null }
        : number(value.mark.newestStart);
    case "store.sessions":
      return {
        display: value.sessions.knowledge === "unknown" ? "not told" : `${value.sessions.sessions.length}`,
        value: null,
      };
    case "store.rights":
      return { display: `${value.rights.findings.length} checks`, value: null };
    case "timelock.fresh":
      return number(value.last);
    case "timelock.learned":
      return value.bound === null ? { display: value.state, value: null } : number(value.bound);
    case "timelock.health":
      return { display: `quorum ${value.quorum}, ${upCount(value.nodes)}`, value: null };
    case "timelock.namespaces":
    case "timelock.active":
      return { display: `${value.names.length}${value.majority ? "" : ", not all nodes told"}`, value: null };
    case "timelock.servers":
      return { display: value.ids.map((one) => `${one.node} ${one.word}`).join(", "), value: null };
    case "timelock.neighbours":
      return {
        display: `${value.answers.filter(({ answers }) => answers).length} of ${value.answers.length} answered`,
        value: null,
      };
    case "inventory.namespace-users":
      return { display: value.services.map((one) => one.name).join(", ") || "none", value: null };
    case "move.assessment": {
      const { tables, dropped } = value.assessment;
      return { display: `${tables.length} tables, ${dropped.length} to be dropped`, value: null };
    }
    case "move.tables": {
      const { differenceCount, filled } = value.tables;
      return { display: `${differenceCount} differences, ${filled.length} not empty`, value: null };
    }
    case "move.start":
      return { display: `S ${value.start}, C ${value.commit}`, value: value.commit };
    case "move.by-hand":
      return {
        display: value.validation === "complete" ? "Validation complete." : "Validation failed.",
        value: null,
      };
    case "move.commit":
      return value.commit.commit === null
        ? { display: "nothing recorded", value: null }
        : number(value.commit.commit);
    case "move.copy":
    case "move.comparison": {
      const { state, shards } = value.job;
      return { display: `${state}, ${shards.done} of ${shards.total} shards done`, value: null };
    }
  }
}

function upCount(nodes: readonly { readonly failure: string | null }[]): string {
  return `${nodes.filter((one) => one.failure === null).length} of ${nodes.length} nodes up`;
}

/** Findings for the pages; one that a person has let pass says so. */
export function findingViews(
  findings: readonly Finding[],
  attested: ReadonlyMap<string, { readonly by: string; readonly note: string }>,
): FindingView[] {
  return findings.map(({ id, level, title, detail, remedy, readings }) => {
    const declared = attested.get(`finding:${id}`);
    const words = declared ? `Declared by ${declared.by}: ${declared.note}` : null;
    return {
      id,
      level,
      title,
      detail: [detail, words].filter((part) => part !== null && part !== "").join(" ") || null,
      remedy,
      readings,
    };
  });
}

/** A reading that a step makes before it acts, in words: what is read, and where in the migration. */
export function conditionWords(request: ReadingRequest): string {
  return `${LABELS[request.kind]} (${requestRole(request)} ${"sequence" in request ? "sequence" : "store"})`;
}
