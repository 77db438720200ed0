import { attestable, blocking, pass, unknown, warning, type Finding } from "#lib/engine/finding.ts";
import { find, type Readings, type Role } from "#lib/engine/reading.ts";
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
import { unreadBound } from "#lib/runbooks/findings/bound.ts";
import { describeBoundState } from "#lib/stores/bound-state.ts";
import type { BoundState } from "#lib/stores/schema.ts";

/** A service that is on TimeLock, with the cluster and namespace that it is recorded with. */
export function reversalPlaces(
  { service, recorded, chosen }: Asked,
  store: Role,
  sequence: Role,
): Places | Misfit {
  if (chosen === null) return NO_PLACE_CHOSEN;
  if (recorded.source === "timelock") {
    const own = {
      clusterId: recorded.clusterId ?? chosen.clusterId,
      namespace: recorded.namespace ?? chosen.namespace,
    };
    if (own.clusterId !== chosen.clusterId || own.namespace !== chosen.namespace) {
      const because = `${service} is recorded on the namespace ${own.namespace} of another cluster or name than what was chosen.`;
      return { fits: false, because, field: own.clusterId === chosen.clusterId ? "namespace" : "clusterId" };
    }
  }
  return { fits: true, store, sequences: [{ role: sequence, ...chosen }] };
}

/** Why the service should leave TimeLock: most often it should not, and has only lost its timelock block. */
export function whyReversal(world: World): Finding {
  return attestable(
    unknown("why", "Should this service really leave TimeLock?", {
      detail:
        "A client that refuses to start because its bound is invalidated has usually lost its timelock block: a misconfiguration. Then put the block back as written below, restart, and nothing has to be migrated.",
      remedy:
        "If the block is missing in the files of a node, put it back and abandon this. If the service shall leave TimeLock for good, declare it.",
    }),
    `${world.targets.serviceLabel} shall leave TimeLock for good. It has not just lost its timelock block.`,
    "The files of its nodes were looked at.",
  );
}

/** What the service gives up; known to everybody before clients are stopped. */
export function whatIsLost(): Finding {
  return warning("lost", "From then on one node serves alone.", {
    detail:
      "Embedded timestamps and locks live in that node's memory: when it stops, the service stops. No other node, command line or dependent may run beside it. TimeLock keeps its sequence untouched, so that the way forward stays open.",
  });
}

/** From this release on AtlasDB refuses an embedded service of several nodes. Source: runbooks section 3, atlasdb-facts 0.13 */
const ONE_NODE_SINCE = [0n, 910n, 0n] as const;

function enforcesOneNode(version: string): boolean {
  const parts = version
    .split(/[.+-]/)
    .slice(0, 3)
    .map((part) => (/^[0-9]{1,9}$/.test(part) ? BigInt(part) : 0n));
  for (const [index, least] of ONE_NODE_SINCE.entries()) {
    const part = parts[index] ?? 0n;
    if (part !== least) return part > least;
  }
  return true;
}

/** Embedded timestamps are for one node. AtlasDB enforces that from 0.910.0 on; before, several may run and must not. */
export function oneNode(world: World): Finding {
  const { atlasdbVersion, nodes } = world.facts;
  const serving = nodes.filter(({ kind }) => kind === "node" || kind === "disaster-recovery");
  if (serving.length <= 1) return pass("one-node", "The service has one node.");
  const names = serving.map(({ name }) => name).join(", ");
  if (atlasdbVersion !== null && enforcesOneNode(atlasdbVersion)) {
    return attestable(
      blocking(
        "one-node",
        `${serving.length} nodes are listed (${names}), and AtlasDB ${atlasdbVersion} lets one run.`,
        {
          detail: "From 0.910.0 on a leader block must have exactly one member.",
          remedy: "Decide which node stays, and declare that the others stay stopped.",
        },
      ),
      "One node will run after this migration. The others stay stopped, with automatic restart off.",
      "Name the node that stays.",
    );
  }
  return warning("one-node", `${serving.length} nodes are listed (${names}). Only one may run afterwards.`, {
    detail:
      atlasdbVersion === null
        ? "The version of AtlasDB is not recorded. Before 0.910.0 it does not refuse several nodes, and they would issue beside each other."
        : `AtlasDB ${atlasdbVersion} does not refuse several nodes, and they would issue beside each other.`,
  });
}

/** Each state of the store as the place where a bound is set: every one has a path, and the finding says which. */
export function reversalStart(readings: Readings, at: Role): readonly Finding[] {
  const found = find(readings, "store.bound", at);
  if (!found.known) return [unreadBound(found)];
  const { state } = found.value.bound;
  return [reversalState(state, { readings: [found.reading.key] })];
}

function reversalState(state: BoundState, rests: { readonly readings: readonly string[] }): Finding {
  const words = `The bound is ${describeBoundState(state)}.`;
  switch (state.state) {
    case "invalidated":
      return pass("bound-state", words, rests);
    case "readable":
      return warning("bound-state", words, {
        ...rests,
        detail:
          "A service on TimeLock should have an invalid bound: a client without a timelock block can start here now. The guarded write raises it to N.",
      });
    case "no-row":
    case "no-row-invalidated":
    case "no-table":
      return warning("bound-state", words, {
        ...rests,
        detail:
          "The service was born on TimeLock. The guarded write makes what is missing, with N as its first bound.",
      });
    case "several-rows":
    case "both":
      return warning("bound-state", words, {
        ...rests,
        detail:
          "The unit that sets the bound first merges the values into the largest, invalidated, in a guarded write of its own.",
      });
    case "neither":
      return warning("bound-state", words, {
        ...rests,
        detail:
          "Nothing readable is left in the store, but TimeLock knows the timestamps: N is taken from there, and the guarded write sets it.",
      });
    case "unrecognised":
      return warning("bound-state", words, {
        ...rests,
        detail:
          "No rule says how this became so, so Lockstep does not write over it. TimeLock knows the timestamps: set the bound to N by hand when the step asks for it, and paste what the store says then.",
      });
  }
}

/** All sessions of clients come from one place, as one node's do. */
export function oneOrigin(readings: Readings, at: Role): Finding {
  const found = find(readings, "store.sessions", at);
  const rests = { readings: [`store.sessions@${at}`] };
  if (!found.known || found.value.sessions.knowledge === "unknown") {
    return warning("one-origin", "The store does not tell where its sessions come from.", {
      ...rests,
      detail: "Whether a second node runs has to be looked at where the nodes run.",
    });
  }
  const origins = [
    ...new Set(found.value.sessions.sessions.map(({ address }) => address ?? "a hidden address")),
  ];
  return origins.length <= 1
    ? pass(
        "one-origin",
        origins.length === 0
          ? "Nobody else is connected to the store."
          : `All sessions come from ${origins[0] ?? ""}.`,
        rests,
      )
    : warning("one-origin", `Sessions come from ${origins.length} addresses: ${origins.join(", ")}.`, {
        ...rests,
        detail: "Exporters, poolers and backups are harmless. A second node of this service is not.",
      });
}

/** Which node stays, said by a person once for all. */
export const ONE_NODE_STAYS: Declaration = {
  subject: "one-node-stays",
  label:
    "Exactly one node will be started. Every other node, command line and job stays stopped, with automatic restart off.",
  hint: "Name the node that stays.",
};

/** What would serve better, in plain sentences. */
export function reversalAdvice(world: World): readonly string[] {
  const sentences = [
    "A client that fails on an invalidated bound has usually lost its timelock block: then put the block back as written below, and migrate nothing.",
    "After this migration one node serves alone, with no timelock block, or with a leader block that has this one member. The step that configures shows both forms.",
  ];
  if (world.facts.recordedSource === "embedded") {
    sentences.push(
      "The inventory says that this service uses embedded timestamps. If its bound is invalid all the same, its files are the first place to look.",
    );
  }
  return sentences;
}

/** What giving the migration up leaves behind; not while the bound is readable, since TimeLock could serve beside it. */
export function abandonReversal(world: World, store: Role, sequence: Role): Abandon {
  const done = world.facts.finished;
  const { namespace } = sequenceAt(world.targets, sequence);
  const { label } = storeAt(world.targets, store);
  if (done.has("start")) {
    return {
      possible: false,
      because: "The node runs on its own bound. Finish the watch; the way to TimeLock is another migration.",
      leavesBehind: [],
    };
  }
  if (done.has("set-bound")) {
    return {
      possible: false,
      because: `The bound in ${label} is readable with N. Undo “Set the bound to N” first: a client could start there while others are on TimeLock.`,
      leavesBehind: [],
    };
  }
  const leavesBehind: string[] = [];
  if (done.has("stop")) leavesBehind.push("The clients are stopped; nobody starts them for you.");
  if (done.has("configure"))
    leavesBehind.push(
      "The nodes have files without a timelock block: put the old ones back before anything starts.",
    );
  leavesBehind.push(
    `The service stays on ${namespace} of TimeLock, and its bound in ${label} stays invalid.`,
  );
  return { possible: true, because: null, leavesBehind };
}
