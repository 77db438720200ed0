import { blocking, pass, unknown, warning, type Finding } from "#lib/engine/finding.ts";
import { find, type Role } from "#lib/engine/reading.ts";
import {
  sequenceAt,
  storeAt,
  type Abandon,
  type Runbook,
  type Targets,
  type TimestampSource,
  type World,
} from "#lib/engine/step.ts";
import { nothingAbove, takeTs } from "#lib/runbooks/findings/bound.ts";
import {
  clusterHealth,
  learnedBound,
  namespaceName,
  namespacePresence,
  namespaceUsers,
} from "#lib/runbooks/findings/sequence.ts";
import { isInvalid } from "#lib/runbooks/findings/verdicts.ts";

/** What the late-bound values of a migration to TimeLock must satisfy, in the words that an approver is shown. */
export const TO_TIMELOCK_PREDICATES: Runbook["predicates"] = {
  TS: "TS is the maximum of every bound, kept value, backup and punch that the store holds when clients are stopped; 0 ≤ TS ≤ Long.MAX - 2,000,001",
  K: "K is the value that the store keeps after its invalidation, read back",
};

/** A service whose bound was never in this store brings its timestamps from elsewhere; then this is not its migration. */
export function bornElsewhere(world: World, store: Role, sequence: Role): Finding {
  const found = find(world.readings, "store.bound", store);
  const learned = find(world.readings, "timelock.learned", sequence);
  const ts = takeTs(world.readings, store);
  const born = found.known && found.value.bound.state.state === "no-row-invalidated";
  if (!born || ts === null || ts === 0n)
    return pass("born-here", "Nothing says that the timestamps come from another place.");
  const stands = learned.known && learned.value.bound !== null && learned.value.bound >= ts;
  return stands
    ? pass(
        "born-here",
        "The service was born on this namespace: TimeLock stands above everything in the store.",
      )
    : blocking(
        "born-here",
        `The store shows ${ts}, but never had a bound: its timestamps come from another namespace or cluster.`,
        {
          detail:
            "It was born on TimeLock. What is wanted is a change of the namespace, not a migration to TimeLock.",
          remedy: "Correct cluster and namespace, or open a namespace change.",
        },
      );
}

/** The namespace is valid, ours alone, and stands where it should on a healthy cluster. */
export function namespaceFindings(world: World, store: Role, sequence: Role): readonly Finding[] {
  const { readings, facts } = world;
  const { namespace } = sequenceAt(world.targets, sequence);
  return [
    namespaceName(namespace),
    ...clusterHealth(readings, sequence, facts.now),
    ...namespacePresence(readings, sequence, namespace),
    ...learnedBound(readings, sequence, takeTs(readings, store), facts.highestLearned[sequence] ?? null),
    namespaceUsers(readings, sequence, namespace),
  ];
}

/** Something of the service is listed that can be declared stopped. */
export function participantsListed(world: World): Finding {
  const nodes = world.facts.participants.filter((one) => one.subject.startsWith("node:"));
  return nodes.length > 0
    ? pass("participants", `${nodes.length} nodes and command lines of the service are listed.`)
    : blocking("participants", "No node of the service is listed.", {
        remedy:
          "List every node, disaster-recovery node, command line and cron job of the service in the inventory: each is declared stopped.",
      });
}

/** TS can be taken from what was just read. */
export function tsTaken(world: World, store: Role): Finding {
  const ts = takeTs(world.readings, store);
  const rests = { readings: [`store.bound@${store}`, `store.punch@${store}`] };
  if (ts === null) {
    return unknown("ts", "TS cannot be taken: a term of it is not known.", {
      ...rests,
      remedy: "Mend the connection to the store, or paste what its command prints, and read again.",
    });
  }
  return ts === 0n
    ? warning("ts", "There is nothing to carry: TS is 0 and TimeLock starts on its own.", rests)
    : pass("ts", `TS is ${ts}.`, rests);
}

/** A bound above TS is no obstacle to its invalidation: the same unit forwards TimeLock to what was kept. */
export function keptMayBeHigher(world: World, store: Role): Finding {
  const one = nothingAbove("ts-holds", world.values.TS, world.readings, store);
  return one.level === "blocking"
    ? {
        ...one,
        level: "warning",
        detail: "The unit forwards TimeLock to the kept value at once.",
        remedy: null,
      }
    : one;
}

/** AtlasDB migrates itself from 0.253.2 on. Source: seeds 001, atlasdb-facts B.4 */
function migratesItself(version: string): boolean {
  const parts = version
    .split(/[.+-]/)
    .slice(0, 3)
    .map((part) => (/^[0-9]{1,9}$/.test(part) ? BigInt(part) : 0n));
  const [major = 0n, minor = 0n, patch = 0n] = parts;
  return major > 0n || minor > 253n || (minor === 253n && patch >= 2n);
}

/** What would serve better than a migration to TimeLock, or was already done, in plain sentences. */
export function toTimelockAdvice(
  world: World,
  store: Role,
  atlasdbVersion: string | null,
): readonly string[] {
  const found = find(world.readings, "store.bound", store);
  const sentences: string[] = [];
  if (atlasdbVersion === null || migratesItself(atlasdbVersion)) {
    sentences.push(
      "From AtlasDB 0.253.2 on a service does the same by itself: stop all nodes, give all of them a timelock block, start them. This migration does it step by step, with proof of every value, and without starting a client to find out.",
    );
  }
  if (found.known && isInvalid(found.value.bound.state)) {
    sentences.push(
      "The store's bound is already invalid: the automated migrator or a person was here before. This migration adopts what was done, proves it, and does only what is missing.",
    );
  }
  if (world.facts.recordedSource === "timelock") {
    sentences.push(
      "The inventory says that this service uses TimeLock already. If that is so, this migration only proves it.",
    );
  }
  return sentences;
}

/** What giving the migration up leaves behind; impossible once clients run on TimeLock. */
export function abandonToTimelock(world: World, store: Role, sequence: Role): Abandon {
  const done = world.facts.finished;
  if (done.has("start")) {
    return {
      possible: false,
      because: "Clients run on TimeLock. Finish the watch; back leads the reverse migration.",
      leavesBehind: [],
    };
  }
  const leavesBehind: string[] = [];
  if (done.has("stop")) leavesBehind.push("The clients are stopped; nobody starts them for you.");
  if (done.has("claim"))
    leavesBehind.push(
      `The namespace ${sequenceAt(world.targets, sequence).namespace} exists on TimeLock, which is harmless.`,
    );
  if (done.has("fast-forward"))
    leavesBehind.push(
      `TimeLock stands above ${world.values.TS ?? 0n} for this namespace, which is harmless.`,
    );
  if (done.has("invalidate")) {
    leavesBehind.push(
      `The bound in ${storeAt(world.targets, store).label} is invalid: no client can start on its old configuration. Undo its invalidation first if they shall.`,
    );
  }
  return { possible: true, because: null, leavesBehind };
}

/** What to do in an incident on a namespace. */
export function raiseNamespace(targets: Targets, sequence: Role): string {
  const { namespace } = sequenceAt(targets, sequence);
  return `Raise ${namespace} above the largest value that any reading shows; a fast-forward only ever raises.`;
}

/** The sequence of a migration as the service's new source of timestamps. */
export function timelockSource(targets: Targets, sequence: Role): TimestampSource {
  const { clusterId, namespace } = sequenceAt(targets, sequence);
  return { source: "timelock", clusterId, namespace };
}
