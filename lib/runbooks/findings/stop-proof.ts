import { find, type Readings, type Role } from "#lib/engine/reading.ts";
import type { Declaration } from "#lib/engine/step.ts";
import type { StopProof } from "#lib/migrations/schema.ts";
import {
  seconds,
  series,
  unreadSubject,
  type Source,
  type StopEvidence,
} from "#lib/runbooks/findings/stop-proof-series.ts";
import {
  ASKED_BY_RUN,
  probeMayBeTaken,
  sequenceSources,
  TIMESTAMPS,
} from "#lib/runbooks/findings/stop-proof-sequence.ts";
import { largestHeld } from "#lib/stores/bound-state.ts";
import type { SessionsReading, StoreSession } from "#lib/stores/schema.ts";

type Level = StopProof["level"];

/** A sample older than this says nothing about now. */
const STALE_SECONDS = 90;

/**
 * Judges "clients are stopped" source by source. A stored bound that stands still proves nothing for an embedded service, which may
 * issue 1,000,000 timestamps without a write: it is never better than quiet. New punches and new rows of transactions are movement.
 * What proves is the store's own list of sessions, complete and empty, or, for a service on TimeLock, two fresh timestamps of one leader a
 * quiet window apart between which nobody but Lockstep took any; and it is declared stopped by people in any case.
 * Source: runbooks section 1 (stop proof), atlasdb-facts H1
 */
export function judgeStopProof(evidence: StopEvidence): StopProof {
  const sources = [declared(evidence), ...storeSources(evidence), ...sequenceSources(evidence)];
  const still = stillSeconds(evidence, sources);
  const level = overall(evidence, sources, still);
  const awaitsRun = level === "unknown" && onlyTheProbeIsMissing(evidence, sources);
  const summary = awaitsRun ? ASKED_BY_RUN : summarise(evidence, level, sources, still);
  return { level, watching: evidence.watching, awaitsRun, summary, sources };
}

/** The subject under which a declaration about a foreign session is stored; the same client keeps it over reconnections. */
export function sessionSubject(session: StoreSession): string {
  return `session:${session.user ?? "?"}@${session.address ?? "?"}/${session.application ?? "?"}`.slice(
    0,
    300,
  );
}

const UNSEEN_SESSIONS: Declaration = {
  subject: "sessions-unseen",
  label: "Nobody is connected to the store, as far as its own administrators can tell.",
  hint: "The store does not say who is connected, or not to our user. Ask its administrators, or look on its servers.",
};

/** One declaration for each foreign client that is connected to the store. */
function sessionDeclarations(readings: Readings, store: Role): readonly Declaration[] {
  const found = find(readings, "store.sessions", store);
  if (!found.known) return [];
  if (found.value.sessions.knowledge === "unknown") return [UNSEEN_SESSIONS];
  const bySubject = new Map(found.value.sessions.sessions.map((one) => [sessionSubject(one), one]));
  return [...bySubject].map(([subject, one]) => ({
    subject,
    label: `The session of ${one.user ?? "a hidden user"} from ${one.address ?? "a hidden address"} (${one.application ?? "no application name"}) takes no timestamps.`,
    hint: "Poolers, exporters, backups and the service of another prefix are harmless. A client of this service is not: stop it.",
  }));
}

const UNREADABLE = [
  { kind: "store.bound", id: "bound", what: "stored bound" },
  { kind: "store.punch", id: "punch", what: "newest punch" },
  { kind: "store.transactions", id: "transactions", what: "transactions table" },
] as const;

/** Everything that people have to declare while clients are stopped: foreign sessions, and what Lockstep cannot read itself. */
export function stillDeclarations(readings: Readings, store: Role): readonly Declaration[] {
  const unread = UNREADABLE.flatMap(({ kind, id, what }) => {
    const found = find(readings, kind, store);
    if (!found.known && !readings.has(found.key)) return [];
    // A paste is one look: that it stood still since is for people to say.
    if (found.known && found.reading.provenance === "observed") return [];
    const why = found.known ? "what is known of it was pasted" : found.because;
    return [
      {
        subject: unreadSubject(id),
        label: `The ${what} stands still, as read by hand twice with the quiet window between.`,
        hint: `Lockstep cannot read it: ${why}`,
      },
    ];
  });
  const sessions = find(readings, "store.sessions", store);
  const unseen = !sessions.known && readings.has(sessions.key) ? [UNSEEN_SESSIONS] : [];
  return [...unread, ...unseen, ...sessionDeclarations(readings, store)];
}

function declared({ participants, attested }: StopEvidence): Source {
  const missing = participants.filter((one) => !attested.has(one.subject));
  const complete = participants.length > 0 && missing.length === 0;
  return {
    id: "declared",
    label: "Declared stopped",
    level: complete ? "attested" : "unknown",
    detail: complete
      ? `All ${participants.length} were declared stopped, with automatic restart off.`
      : `${missing.length} of ${participants.length} are not declared stopped yet.`,
    since: null,
    readAt: null,
  };
}

function storeSources(evidence: StopEvidence): readonly Source[] {
  const { store } = evidence;
  if (store === null) return [];
  return [
    series(
      evidence,
      "bound",
      "Stored bound",
      (readings) => {
        const found = find(readings, "store.bound", store);
        if (!found.known) return found.because;
        return { mark: `${largestHeld(found.value.bound.state) ?? "none"}` };
      },
      (_before, after) => after.mark === `${evidence.ownBound ?? "unset"}`,
    ),
    series(evidence, "punch", "Newest punch", (readings) => {
      const found = find(readings, "store.punch", store);
      if (!found.known) return found.because;
      const newest = found.value.punch.newest;
      return { mark: newest.found === "punch" ? newest.timestamp.toString() : "none" };
    }),
    series(evidence, "transactions", "Transactions", (readings) => {
      const found = find(readings, "store.transactions", store);
      if (!found.known) return found.because;
      const { newestStart, newestCommit, rowsWritten, countedSince } = found.value.mark;
      return { mark: [newestStart, newestCommit].join("/"), counter: rowsWritten, countedSince };
    }),
    sessions(evidence, store),
  ];
}

function sessions(evidence: StopEvidence, store: Role): Source {
  const base = { id: "sessions", label: "Sessions in the store" };
  const last = evidence.samples.at(-1);
  if (!last)
    return { ...base, level: "unknown", detail: "They have not been read yet.", since: null, readAt: null };
  const found = find(last.readings, "store.sessions", store);
  if (!found.known) {
    const level = evidence.attested.has(UNSEEN_SESSIONS.subject) ? "attested" : "unknown";
    return { ...base, level, detail: found.because, since: null, readAt: last.at };
  }
  const { level, detail } = judgeSessions(found.value.sessions, evidence.attested);
  return { ...base, level, detail, since: null, readAt: last.at };
}

function judgeSessions(
  seen: SessionsReading,
  attested: ReadonlySet<string>,
): { level: Level; detail: string } {
  if (seen.knowledge === "unknown") {
    const level = attested.has(UNSEEN_SESSIONS.subject) ? "attested" : "unknown";
    return { level, detail: seen.reason };
  }
  const open = seen.sessions.filter((one) => !attested.has(sessionSubject(one)));
  if (open.length > 0) {
    return {
      level: "unknown",
      detail: `${open.length} foreign sessions are connected and not declared harmless.`,
    };
  }
  if (seen.sessions.length > 0) {
    return { level: "attested", detail: `${seen.sessions.length} foreign sessions, each declared harmless.` };
  }
  return seen.knowledge === "seen"
    ? { level: "proven", detail: "Nobody else is connected." }
    : {
        level: "quiet",
        detail: `Nobody else is seen, but some details are hidden from our user: ${seen.reason ?? ""}`,
      };
}

/** How long everything that is read again and again has stood still, in seconds. */
function stillSeconds(evidence: StopEvidence, sources: readonly Source[]): number {
  const last = evidence.samples.at(-1);
  const starts = sources.flatMap((one) => (one.since === null ? [] : [one.since]));
  if (!last) return 0;
  // Where nothing can be read here, the declarations say that it stood still for the window.
  if (starts.length === 0) return evidence.windowSeconds;
  return Math.min(
    ...sources.flatMap(({ id, since, readAt }) =>
      since === null ? [] : [seconds(since, id === TIMESTAMPS ? (readAt ?? since) : last.at)],
    ),
  );
}

function overall(evidence: StopEvidence, sources: readonly Source[], still: number): Level {
  const last = evidence.samples.at(-1);
  const judged = sources.filter((one) => one.id !== "active-namespaces");
  if (judged.some((one) => one.level === "moving")) return "moving";
  if (!last || seconds(last.at, evidence.now) > STALE_SECONDS) return "unknown";
  if (judged.some((one) => one.level === "unknown") || still < evidence.windowSeconds) return "unknown";
  return judged.some((one) => one.level === "proven") ? "proven" : "attested";
}

/** All that stands between this and an answer is a fresh timestamp, which only the running of the step takes. */
function onlyTheProbeIsMissing(evidence: StopEvidence, sources: readonly Source[]): boolean {
  const last = evidence.samples.at(-1);
  if (!evidence.watching || !last || seconds(last.at, evidence.now) > STALE_SECONDS) return false;
  const others = sources.filter((one) => one.id !== TIMESTAMPS && one.id !== "active-namespaces");
  return others.every((one) => one.level !== "unknown") && probeMayBeTaken(evidence);
}

function summarise(evidence: StopEvidence, level: Level, sources: readonly Source[], still: number): string {
  const last = evidence.samples.at(-1);
  if (!evidence.watching) return "Clients are not meant to be stopped now.";
  if (level === "moving") {
    const names = sources.filter((one) => one.level === "moving").map((one) => one.label.toLowerCase());
    return `Somebody is using this service: ${names.join(", ")} moved.`;
  }
  if (level === "proven") {
    const taken = sources.some((one) => one.id === TIMESTAMPS && one.level === "proven");
    const why = taken ? "nobody takes timestamps from TimeLock" : "nobody is connected";
    return `Clients are stopped: ${why}, and nothing has moved for ${still} s.`;
  }
  if (level === "attested") return `Clients are declared stopped, and nothing has moved for ${still} s.`;
  if (!last) return "Nothing has been read yet.";
  if (seconds(last.at, evidence.now) > STALE_SECONDS)
    return "The last look is too old to say anything about now.";
  const open = sources.find((one) => one.level === "unknown" && one.id !== "active-namespaces");
  if (open) return `${open.label}: ${open.detail}`;
  const probed = sources.find((one) => one.id === TIMESTAMPS && one.level === "quiet");
  if (probed) return `${probed.label}: ${probed.detail}`;
  return `Standing still for ${still} s of ${evidence.windowSeconds} s.`;
}
