import { attestable, blocking, pass, unknown, warning, type Finding } from "#lib/engine/finding.ts";
import { find, type Readings, type Role, type Values } from "#lib/engine/reading.ts";
import {
  NO_PLACE_CHOSEN,
  sequenceAt,
  storeAt,
  type Asked,
  type Misfit,
  type Places,
  type Targets,
  type World,
} from "#lib/engine/step.ts";
import { takeTs, witnesses } from "#lib/runbooks/findings/bound.ts";
import { WRITING_SESSIONS } from "#lib/mover/assess-report.ts";
import { largestHeld } from "#lib/stores/bound-state.ts";
import { maxLong } from "#lib/timestamps/long.ts";

/*
 * What is asked before cells are copied: which two stores, what becomes of each table, and X, S and C. Source: runbooks section 5
 */

const FROM = "source";
const TO = "destination";

const LISTED_MAX = 20;

/** A service with a store of its own, and another one to move to. One that is on TimeLock stays on TimeLock. */
export function movePlaces({ service, storeKind, recorded, chosen, destination }: Asked): Places | Misfit {
  const otherwise = (because: string): Misfit => ({ fits: false, because, field: "destinationStoreId" });
  if (storeKind === "oracle") return { fits: false, because: NO_ORACLE, field: null };
  if (destination === null) return otherwise("Choose the store to move to.");
  if (destination.isOwn)
    return otherwise(`${service} is in that store already. Nothing would be left of its data.`);
  if (destination.kind === "oracle") return otherwise(NO_ORACLE);
  const places = { fits: true, store: FROM, otherStore: TO } as const;
  if (recorded.source === "embedded" && destination.timestamps === "embedded")
    return { ...places, sequences: [] };
  if (chosen === null) return NO_PLACE_CHOSEN;
  const to = { role: TO, ...chosen } as const;
  if (recorded.source === "embedded") return { ...places, sequences: [to] };
  const { clusterId, namespace } = recorded;
  if (clusterId === null || namespace === null || destination.timestamps === "embedded") {
    return {
      fits: false,
      because: `${service} is on TimeLock, and stays there while its store is moved. To leave TimeLock is a migration of its own, before or after.`,
      field: null,
    };
  }
  return { ...places, sequences: [to, { role: FROM, clusterId, namespace }] };
}

const NO_ORACLE =
  "Lockstep never connects to Oracle, so it can neither read nor write its cells. Move such a store with AtlasDB's own command line, migrate with --setup, --migrate and --validate, and judge it by “Validation complete.” in its output.";

/** Lockstep reads and writes both kinds of store. */
export function movableKinds({ targets }: World): Finding {
  const oracle = targets.stores.find(({ storeKind }) => storeKind === "oracle");
  return oracle === undefined
    ? pass("kinds", "Lockstep reads and writes both stores itself.")
    : blocking("kinds", `${oracle.label} is an Oracle store.`, {
        detail: NO_ORACLE,
        remedy: "Give this migration up, or choose another store.",
      });
}

/** Whether the service takes its timestamps from a TimeLock in this role. */
export function isOnTimelock({ sequences }: Targets, at: Role): boolean {
  return sequences.some(({ role }) => role === at);
}

/** Whether both stores are used under one and the same namespace of one cluster. */
export function isSameNamespace(targets: Targets): boolean {
  if (!isOnTimelock(targets, FROM) || !isOnTimelock(targets, TO)) return false;
  const from = sequenceAt(targets, FROM);
  const to = sequenceAt(targets, TO);
  return from.clusterId === to.clusterId && from.namespace === to.namespace;
}

/** Everything that the assessment of both stores found. */
export function assessed({ readings }: World): readonly Finding[] {
  const found = find(readings, "move.assessment", TO);
  if (found.known)
    return found.value.assessment.findings.map((one) => ({ ...one, readings: [found.reading.key] }));
  return [
    unknown("assessment", "The two stores could not be assessed.", {
      detail: found.because,
      remedy: "Mend the connections to both stores and assess again.",
      readings: [found.key],
    }),
  ];
}

/** What a setup that was cut short leaves behind; it looks at these itself, before it drops anything. */
const OF_SETUPS: readonly string[] = ["move.catalogue-entries.destination", "move.names"];

/**
 * The assessment once more, right before tables are dropped: what was in order while clients ran may have changed since. Sessions that write
 * to the source are the service's own until it is stopped, and afterwards a client that was forgotten.
 */
export function assessedAgain(world: World): readonly Finding[] {
  return assessed(world)
    .filter(({ id }) => !OF_SETUPS.includes(id))
    .map((one) => (one.id === WRITING_SESSIONS && one.level === "warning" ? writingStill(one) : one));
}

function writingStill({ id, title, readings }: Finding): Finding {
  return attestable(
    unknown(id, title, {
      detail:
        "The clients are said to be stopped. What a session has not committed yet would come after the copy.",
      remedy: "Find the session in pg_stat_activity by its backend_xid, end it, and read again.",
      readings,
    }),
    "Nothing that these sessions write belongs to this service.",
  );
}

/** The drop list that was approved, and whether it is still what a setup would drop. `by`: where it is read now. */
export function dropList(world: World, by: "move.assessment" | "move.tables"): readonly Finding[] {
  const { move } = world.targets;
  if (move === undefined) {
    return [
      blocking("drop-list", "What becomes of each table was not known when this migration opened.", {
        remedy: "Plan it again once both stores can be assessed.",
      }),
    ];
  }
  const planned = move.dropped.map(({ name }) => name);
  const empty = move.dropped.flatMap(({ name, versions }) => (versions === 0 ? [name] : []));
  const now = dropsNow(world.readings, by, empty);
  if (now === null || (now.filledSince === null && empty.length > 0)) {
    return [
      unknown("drop-list", "What a setup would drop now is not known.", {
        remedy: "Mend the connections to both stores and read again.",
        readings: [`${by}@${TO}`],
      }),
    ];
  }
  const others = now.names.filter((name) => !planned.includes(name));
  if (others.length > 0) {
    return [
      blocking(
        "drop-list",
        `The setup would drop tables now that are not in the approved plan: ${list(others)}.`,
        {
          detail: "The destination has changed since, or a setup was cut short after it had created tables.",
          remedy: "Start over: plan this migration again, so that the new list is approved.",
          readings: [`${by}@${TO}`],
        },
      ),
    ];
  }
  const filled = now.filledSince ?? [];
  if (filled.length > 0) {
    return [
      blocking(
        "drop-list",
        `Tables that were empty when the plan was approved hold data now, and would be dropped: ${list(filled)}.`,
        {
          detail: "Somebody writes into the destination.",
          remedy:
            "Find out who, and whether the data may go. Then start over: plan this migration again, so that the new list is approved.",
          readings: [`${by}@${TO}`],
        },
      ),
    ];
  }
  return [dropWords(world, move.dropped)];
}

function dropWords(
  { targets }: World,
  dropped: readonly { readonly name: string; readonly versions: number | null }[],
): Finding {
  const { label } = storeAt(targets, TO);
  if (dropped.length === 0) return pass("drop-list", `Nothing in ${label} is dropped.`);
  const sized = dropped.map(
    ({ name, versions }) => `${name} (${versions === null ? "size unknown" : `about ${versions} rows`})`,
  );
  return warning("drop-list", `${dropped.length} tables in ${label} are dropped with everything in them.`, {
    detail: list(sized),
    readings: [],
  });
}

type Drops = { readonly names: readonly string[]; readonly filledSince: readonly string[] | null };

/** `empty`: what was approved as empty. */
function dropsNow(
  readings: Readings,
  by: "move.assessment" | "move.tables",
  empty: readonly string[],
): Drops | null {
  if (by === "move.tables") {
    const found = find(readings, by, TO);
    return found.known
      ? { names: found.value.tables.drops, filledSince: found.value.tables.filledSince }
      : null;
  }
  const found = find(readings, by, TO);
  if (!found.known) return null;
  const { dropped } = found.value.assessment;
  const filled = dropped.filter(
    ({ name, versions }) => versions !== null && versions > 0 && empty.includes(name),
  );
  return { names: dropped.map(({ name }) => name), filledSince: filled.map(({ name }) => name) };
}

function list(names: readonly string[]): string {
  const more = names.length - LISTED_MAX;
  return `${names.slice(0, LISTED_MAX).join(", ")}${more > 0 ? `, and ${more} more` : ""}`;
}

/** The two stores that answer are the two that were pinned when this migration opened. */
export function storesPinned({ readings, targets }: World): Finding {
  const unread = ([FROM, TO] as const)
    .map((role) => find(readings, "store.bound", role))
    .find((found) => !found.known);
  return unread === undefined || unread.known
    ? pass(
        "pinned",
        `${storeAt(targets, FROM).label} and ${storeAt(targets, TO).label} are the stores that were pinned.`,
      )
    : unknown("pinned", "Whether these are the two stores that were pinned is not known.", {
        detail: unread.because,
        remedy: "Mend the connections to both stores and read again.",
        readings: [unread.key],
      });
}

/** Nobody but Lockstep is connected to the destination. */
export function quietThere({ readings, targets }: World): Finding {
  const found = find(readings, "store.sessions", TO);
  const { label } = storeAt(targets, TO);
  const rests = { readings: [`store.sessions@${TO}`] };
  const words = `Nobody uses ${label}: no client of it runs, and none is started before the hand-over.`;
  const sessions = found.known ? found.value.sessions : null;
  if (sessions === null || sessions.knowledge === "unknown") {
    return attestable(
      unknown("quiet-there", `Who is connected to ${label} is not known.`, {
        ...rests,
        detail: sessions === null ? (found.known ? null : found.because) : sessions.reason,
        remedy: "Ask its administrators, and declare that nobody uses it.",
      }),
      words,
    );
  }
  const { length } = sessions.sessions;
  return length === 0
    ? pass("quiet-there", `Nobody else is connected to ${label}.`, rests)
    : attestable(
        unknown("quiet-there", `${length} foreign sessions are connected to ${label}.`, {
          ...rests,
          detail: sessions.sessions
            .map(({ user, address, application }) =>
              [user, address, application].map((one) => one ?? "?").join(" "),
            )
            .join("; "),
          remedy: "Stop what uses it. Poolers, exporters and backups are harmless.",
        }),
        words,
      );
}

/**
 * X: at or above everything that the source's sequence can have issued, and everything that either store shows. Of an embedded service the
 * bound is read, never allocated from; under one namespace what TimeLock issued last is enough, since it issues on from there. Null while a
 * term is not known.
 */
export function takeX({ readings, targets }: World): bigint | null {
  const shown = [witnesses(readings, FROM).largest, witnesses(readings, TO).largest, heldAt(readings, TO)];
  const floor = shown.reduce<bigint>((most, one) => (one !== null && one > most ? one : most), 0n);
  if (!isOnTimelock(targets, FROM)) {
    const held = takeTs(readings, FROM);
    return held === null ? null : maxLong(held, floor);
  }
  const issued = find(readings, "timelock.fresh", FROM);
  if (!issued.known) return null;
  const learned = find(readings, "timelock.learned", FROM);
  const bound = learned.known && !isSameNamespace(targets) ? learned.value.bound : null;
  return maxLong(issued.value.last, floor, heldAt(readings, FROM) ?? 0n, bound ?? 0n);
}

/** The largest value in a store's bound; null where it holds none or was not read. */
export function heldAt(readings: Readings, at: Role): bigint | null {
  const found = find(readings, "store.bound", at);
  return found.known ? largestHeld(found.value.bound.state) : null;
}

/** X can be taken from what was just read. */
export function xTaken(world: World): Finding {
  const x = takeX(world);
  const issued = find(world.readings, "timelock.fresh", FROM);
  const waits = isOnTimelock(world.targets, FROM) && !issued.known && issued.deferred;
  if (x !== null) return pass("x", `X is ${x}: nothing that the source issued is larger.`);
  const base = unknown("x", waits ? "X is taken." : "X cannot be taken: a term of it is not known.", {
    detail: waits ? "Looking uses up a timestamp, so it is read when the step is run." : null,
    remedy: "Mend the connections and read again.",
  });
  return { ...base, deferred: waits };
}

/** What the stop step fixes. */
export function fixX(world: World): Values {
  const x = takeX(world);
  return x === null ? {} : { X: x };
}
