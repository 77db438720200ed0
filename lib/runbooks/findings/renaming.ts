import { askedByRun, blocking, pass, unknown, warning, type Finding } from "#lib/engine/finding.ts";
import { find, type Readings, type Role, type Values } from "#lib/engine/reading.ts";
import {
  NO_PLACE_CHOSEN,
  sequenceAt,
  storeAt,
  type Abandon,
  type Asked,
  type Declaration,
  type Misfit,
  type Places,
  type World,
} from "#lib/engine/step.ts";
import { witnesses } from "#lib/runbooks/findings/bound.ts";
import { movePlaces } from "#lib/runbooks/findings/moving.ts";
import { largestHeld } from "#lib/stores/bound-state.ts";
import { ALLOCATION_BUFFER, maxLong } from "#lib/timestamps/long.ts";

/** How close above a stale backup a namespace stands that was lifted to it and to nothing more. */
const NEAR = 2_000_002n;

/** A service on TimeLock, and another namespace of the same cluster. */
export function renamePlaces(
  { service, recorded, chosen }: Asked,
  store: Role,
  from: Role,
  to: Role,
): Places | Misfit {
  if (chosen === null) return NO_PLACE_CHOSEN;
  const { clusterId, namespace } = recorded;
  if (recorded.source !== "timelock" || clusterId === null || namespace === null) {
    return {
      fits: false,
      because: `${service} is not recorded on TimeLock, so there is no namespace to leave. Correct it in the inventory, or move it to TimeLock first.`,
      field: null,
    };
  }
  if (clusterId !== chosen.clusterId) {
    return {
      fits: false,
      because: "A namespace is renamed within its cluster. Choose the cluster that the service is on.",
      field: "clusterId",
    };
  }
  if (namespace === chosen.namespace) {
    return {
      fits: false,
      because: `${service} is on ${namespace} already. Choose another name.`,
      field: "namespace",
    };
  }
  return {
    fits: true,
    store,
    sequences: [
      { role: to, ...chosen },
      { role: from, clusterId, namespace },
    ],
  };
}

/** Whether the data can stay where it is under the new name. Source: runbooks section 4, atlasdb-facts B.1, H23 */
export function dataStays(world: World, store: Role, to: Role): Finding {
  const { storeKind, identity, label } = storeAt(world.targets, store);
  const { namespace } = sequenceAt(world.targets, to);
  const keyspace = identity.database;
  if (storeKind === "cassandra" && keyspace !== namespace) {
    return blocking(
      "data-stays",
      `The data would have to move from the keyspace ${keyspace} to ${namespace}.`,
      {
        detail:
          "On Cassandra AtlasDB opens the keyspace that is named as the namespace, and nothing in its files can separate the two. Under the new name it would find an empty keyspace.",
        remedy: `Choose “Rename the namespace and move the data” instead, with a store whose keyspace is ${namespace}.`,
      },
    );
  }
  if (storeKind === "cassandra")
    return pass("data-stays", `The keyspace of ${label} is called ${namespace} already.`);
  return pass("data-stays", `The data in ${label} stays where it is.`, {
    detail: `A relational store has a namespace of its own: the new files say keyValueService.namespace: ${namespace}, unless the database has that name or the non-standard flag lets the two differ. The step that configures checks it.`,
  });
}

/** TS of a rename: above what the old namespace has issued, may issue from what it has stored, and above everything in the store. */
export function takeRename(readings: Readings, store: Role, from: Role): Values {
  const issued = find(readings, "timelock.fresh", from);
  const bound = find(readings, "store.bound", store);
  const punched = find(readings, "store.punch", store);
  const learned = find(readings, "timelock.learned", from);
  if (!issued.known || !bound.known || !punched.known) return {};
  const { state } = bound.value.bound;
  const kept = state.state === "invalidated" ? { K: state.kept } : {};
  const stored = learned.known ? learned.value.bound : null;
  const ts = maxLong(
    issued.value.last,
    // A cluster that tells no bound has stored at most a buffer above what it issued.
    stored ?? issued.value.last + ALLOCATION_BUFFER,
    largestHeld(state) ?? 0n,
    witnesses(readings, store).largest ?? 0n,
  );
  return { TS: ts, ...kept };
}

/** TS can be taken from what was just read. */
export function renameTaken(world: World, store: Role, from: Role): Finding {
  const { TS: ts } = takeRename(world.readings, store, from);
  const issued = find(world.readings, "timelock.fresh", from);
  const rests = { readings: [`timelock.fresh@${from}`, `timelock.learned@${from}`, `store.punch@${store}`] };
  if (ts === undefined) {
    const asked = !issued.known && issued.deferred;
    const base = unknown("ts", asked ? "TS is taken." : "TS cannot be taken: a term of it is not known.", {
      ...rests,
      detail: issued.known ? null : issued.because,
      remedy: "Mend the connections and read again.",
    });
    return askedByRun(base, asked);
  }
  return pass("ts", `TS is ${ts}.`, rests);
}

/**
 * The new namespace was forwarded to TS, and does not merely stand at the backup that every start of a client forwards to: that looks large
 * and is below what the old namespace has issued. Source: atlasdb-facts B.4, H24
 */
export function notTheBackup(world: World, store: Role, to: Role): Finding {
  const bound = find(world.readings, "store.bound", store);
  const learned = find(world.readings, "timelock.learned", to);
  const issued = find(world.readings, "timelock.fresh", to);
  const kept = bound.known ? largestHeld(bound.value.bound.state) : (world.values.K ?? null);
  const stands = issued.known ? issued.value.first : learned.known ? learned.value.bound : null;
  const ts = world.values.TS ?? null;
  const rests = { readings: [`store.bound@${store}`, `timelock.learned@${to}`] };
  if (kept === null || stands === null || (ts !== null && stands > ts)) {
    return pass("not-backup", "The new namespace is measured by TS, not by the backup in the store.", rests);
  }
  const lifted = stands >= kept && stands <= kept + NEAR;
  return lifted
    ? warning(
        "not-backup",
        `The new namespace stands at ${stands}, just above the backup ${kept} in the store.`,
        {
          ...rests,
          detail:
            "A client was started on it before: every start forwards TimeLock to that backup. It looks like a real value, and lies below what the old namespace has issued. The fast-forward to TS mends it, as long as no client commits there before.",
        },
      )
    : pass("not-backup", `The new namespace stands at ${stands}; the backup in the store is ${kept}.`, rests);
}

/** The places where a namespace leaves its traces on TimeLock, for people who want them gone. Lockstep deletes none of them. */
export function cleanUpPlaces(world: World, from: Role): readonly Finding[] {
  const { namespace } = sequenceAt(world.targets, from);
  return [
    pass("clean-default", `Leaving “${namespace}” as it is costs a few rows and does no harm.`, {
      detail:
        "TimeLock takes 500 clients a node by default; a name that stays counts as one of them only while it is used after a restart.",
    }),
    pass("clean-sqlite", "TimeLock that keeps its state with Paxos: rows in SQLite, on every node.", {
      detail: `Table paxosLog of var/data/sqlitePaxos/sqliteData.db, rows with namespace '${namespace}' in the use cases clientPaxos!learner and clientPaxos!acceptor, and multiLeaderPaxos!… where leaders are elected per namespace. The file is locked while a node runs: stop all nodes, delete on every one of them, start all. Rows on some nodes only would bring a lower bound back.`,
    }),
    pass("clean-database", "TimeLock that keeps its bounds in a database: one row.", {
      detail: `Table pt_timelock_db_ts, row with client = '${namespace}'. Stop all nodes first.`,
    }),
    pass("clean-legacy", "The folders that the documents name are not the state.", {
      detail: `var/data/paxos/${namespace} is the layout of old releases and holds a marker at most. Deleting it resets nothing and cleans nothing.`,
    }),
    warning("clean-harm", "Only a namespace that nobody will ever use again may be cleaned up.", {
      detail: `Whoever asks for “${namespace}” afterwards gets timestamps from 1. Restart all nodes together (a bounce), and look whether every other service answers.`,
    }),
  ];
}

/** The old namespace is not used any more, said by a person before its traces go. */
export function nobodyReturns(namespace: string): Declaration {
  return {
    subject: "nobody-returns",
    label:
      "Its traces were deleted on every node while all nodes of TimeLock were stopped, or were left on purpose.",
    hint: `Note what was done with “${namespace}”, and when.`,
  };
}

/** What would serve better, in plain sentences. */
export function renameAdvice(world: World, store: Role): readonly string[] {
  const { storeKind } = storeAt(world.targets, store);
  return [
    "A namespace cannot be renamed on TimeLock: the service moves to a new sequence that starts above the old one, and the old name stays behind, unused.",
    ...(storeKind === "cassandra"
      ? [
          "On Cassandra the keyspace has the name of the namespace, so a rename moves all data: choose the rename that moves it.",
        ]
      : []),
  ];
}

/** What giving the migration up leaves behind; impossible once clients run on the new namespace. */
export function abandonRename(world: World, from: Role, to: Role): Abandon {
  const done = world.facts.finished;
  const old = sequenceAt(world.targets, from).namespace;
  const { namespace } = sequenceAt(world.targets, to);
  if (done.has("start")) {
    return {
      possible: false,
      because: `Clients run on ${namespace}. Finish the watch; back leads another rename, never the old files.`,
      leavesBehind: [],
    };
  }
  const leavesBehind: string[] = [];
  if (done.has("stop")) leavesBehind.push("The clients are stopped; nobody starts them for you.");
  if (done.has("claim"))
    leavesBehind.push(`The namespace ${namespace} exists on TimeLock, which is harmless.`);
  if (done.has("fast-forward"))
    leavesBehind.push(`${namespace} stands above ${world.values.TS ?? 0n} on TimeLock, which is harmless.`);
  if (done.has("configure"))
    leavesBehind.push(
      `The nodes have files with ${namespace}: put the old ones back before anything starts. A client that was started with them already must never start with the old ones again.`,
    );
  leavesBehind.push(`The service stays on ${old}.`);
  return { possible: true, because: null, leavesBehind };
}

/** A rename within the service's cluster, and another store for its data. */
export function renameAndMovePlaces(asked: Asked, from: Role, to: Role): Places | Misfit {
  const renamed = renamePlaces(asked, from, from, to);
  if (!renamed.fits) return renamed;
  const moved = movePlaces(asked);
  return moved.fits ? { ...moved, sequences: renamed.sequences } : moved;
}

/** A keyspace that the data is moved to has the name of the new namespace. Source: runbooks section 4, atlasdb-facts B.1, H23 */
export function keyspaceNamed(world: World, to: Role): Finding {
  const { storeKind, identity, label } = storeAt(world.targets, to);
  const { namespace } = sequenceAt(world.targets, to);
  if (storeKind !== "cassandra") {
    return pass("keyspace", `${label} is a relational store, which has a namespace of its own.`, {
      detail: `The new files say keyValueService.namespace: ${namespace}, unless the database has that name or the non-standard flag lets the two differ. The step that configures checks it.`,
    });
  }
  return identity.database === namespace
    ? pass("keyspace", `The keyspace of ${label} is called ${namespace}.`)
    : blocking("keyspace", `The keyspace of ${label} is ${identity.database}, not ${namespace}.`, {
        detail: "On Cassandra AtlasDB opens the keyspace that is named as the namespace.",
        remedy:
          "Choose the store whose keyspace has the new name, or the namespace that is named as the keyspace.",
      });
}

/** TS of a rename that moves the data too: never below X, so that S, which lies above TS, lies above both. */
export function takeRenameAndMove(world: World, store: Role, from: Role): Values {
  const taken = takeRename(world.readings, store, from);
  const { X: x } = world.values;
  return taken.TS === undefined || x === undefined ? {} : { ...taken, TS: maxLong(taken.TS, x) };
}
