import { z } from "zod";

import type { ConfiguredRunbook } from "#lib/atlasdb/wanted-configuration.ts";
import { finding, type Finding } from "#lib/engine/finding.ts";
import { movePlan } from "#lib/engine/move-reading.ts";
import { operationPlace, type Operation } from "#lib/engine/operation.ts";
import {
  requestRole,
  role,
  type Reading,
  type ReadingRequest,
  type Readings,
  type Role,
  type ValueName,
  type Values,
} from "#lib/engine/reading.ts";
import { InvariantError } from "#lib/errors.ts";
import type { STEP_INPUTS, StopProof } from "#lib/migrations/schema.ts";
import { storeIdentity, storeKind } from "#lib/stores/schema.ts";
import type { ProofChain } from "#lib/timestamps/proof.ts";

/** One store of a migration: the inventory's row, its name at the time, and the identity that was pinned when the migration opened. */
export const storeTarget = z.strictObject({
  role,
  storeId: z.uuid(),
  label: z.string(),
  storeKind,
  identity: storeIdentity,
});
export type StoreTarget = z.infer<typeof storeTarget>;

/** One TimeLock sequence of a migration. `servers`: the processes that answered when the migration opened, for comparison. */
export const sequenceTarget = z.strictObject({
  role,
  clusterId: z.uuid(),
  label: z.string(),
  namespace: z.string(),
  servers: z.array(z.strictObject({ node: z.string(), id: z.string() })),
});
export type SequenceTarget = z.infer<typeof sequenceTarget>;

/** What a migration works on, pinned when it opens; `move`: what becomes of each table, where a store is moved. */
export const targets = z.strictObject({
  environmentId: z.uuid(),
  serviceId: z.uuid(),
  serviceLabel: z.string(),
  stores: z.array(storeTarget),
  sequences: z.array(sequenceTarget),
  move: movePlan.optional(),
});
export type Targets = z.infer<typeof targets>;

/** The store in a role. @throws InvariantError when the migration has none there, which is a defect of its runbook */
export function storeAt(all: Targets, at: Role): StoreTarget {
  const one = all.stores.find((store) => store.role === at);
  if (!one) throw new InvariantError(`this migration has no ${at} store`);
  return one;
}

/** The sequence in a role. @throws InvariantError when the migration has none there, which is a defect of its runbook */
export function sequenceAt(all: Targets, at: Role): SequenceTarget {
  const one = all.sequences.find((sequence) => sequence.role === at);
  if (!one) throw new InvariantError(`this migration has no ${at} sequence`);
  return one;
}

/** Whether the migration has the place that a request is about; a runbook for several layouts names those of all. */
export function hasPlaceOf(all: Targets, request: ReadingRequest): boolean {
  const at = requestRole(request);
  const list = "sequence" in request ? all.sequences : all.stores;
  return list.some((one) => one.role === at);
}

/** The operations of an act that this migration has the places for. */
export function operationsFor(all: Targets, templates: readonly Operation[]): readonly Operation[] {
  return templates.filter((template) => {
    const { on, role: at } = operationPlace(template);
    return (on === "store" ? all.stores : all.sequences).some((one) => one.role === at);
  });
}

/** Something that a person must declare, and why. */
export type Declaration = { readonly subject: string; readonly label: string; readonly hint: string | null };

/** A node's configuration as submitted and checked; `checkedAt` null: nothing was submitted yet. */
export type CheckedConfiguration = {
  readonly nodeId: string;
  readonly node: string;
  readonly checkedAt: string | null;
  readonly findings: readonly Finding[];
};

/** What a step left behind when it finished. */
export type Finished = { readonly at: string; readonly by: string; readonly readings: Readings };

/**
 * A fresh timestamp that Lockstep took, with how many it may have used up on that namespace until then, this one included, and the
 * identity of the leading process: between two leaders the sequence may jump by up to 1,000,000.
 */
export type FreshProbe = {
  readonly value: bigint;
  readonly ownProbes: bigint;
  readonly leader: string | null;
  readonly at: string;
};

/** What the console itself knows when a step is judged. */
export interface Facts {
  /** Now, by the console database's clock. */
  readonly now: string;
  readonly recordedSource: "embedded" | "timelock";
  /** As the inventory records it; null where nobody has. */
  readonly atlasdbVersion: string | null;
  readonly nodes: readonly { readonly name: string; readonly kind: string }[];
  readonly quietWindowSeconds: number;
  /** Nodes, command lines, cron jobs and dependents of the service: everything that must be declared stopped. */
  readonly participants: readonly Declaration[];
  readonly attested: ReadonlyMap<string, { readonly by: string; readonly at: string; readonly note: string }>;
  readonly configurations: readonly CheckedConfiguration[];
  readonly smokeTest: {
    readonly tried: string;
    readonly passed: boolean;
    readonly by: string;
    readonly at: string;
  } | null;
  readonly stopProof: StopProof;
  readonly finished: ReadonlyMap<string, Finished>;
  /** Of each sequence, the newest fresh timestamp recorded before this judgement. */
  readonly lastFresh: Readonly<Partial<Record<Role, FreshProbe>>>;
  /** Of each sequence, the largest stored bound that this migration has ever seen. */
  readonly highestLearned: Readonly<Partial<Record<Role, bigint>>>;
  readonly openIncidents: readonly string[];
  /** C of every copy into the destination so far, of this migration and of those before it that were given up, oldest first. */
  readonly copiesThere: readonly bigint[];
  /** When clients were said to run again, and how long the watch lasts from then. */
  readonly watch: {
    readonly since: string | null;
    readonly until: string | null;
    readonly lastCheckedAt: string | null;
  };
}

/** Everything that a pure function of a runbook may look at. */
export interface World {
  readonly targets: Targets;
  readonly values: Values;
  readonly readings: Readings;
  readonly facts: Facts;
}

/** What the systems say about an effect, read after it. `running`: a job that goes on; only an operation that is one has it. */
export type Verdict = {
  readonly outcome: "done" | "not-applied" | "uncertain" | "running";
  readonly because: string;
  readonly findings: readonly Finding[];
};

/** What clients are meant to do while a step is the current one; the stop proof is judged by it. */
export type Clients = "up" | "stopping" | "stopped" | "one-may-fail" | "starting" | "running";

/**
 * How a finished step can be taken back. `reopen` does the step and everything after it once more and changes no system;
 * `operation` changes a system first.
 */
export type Undo =
  | { readonly kind: "none"; readonly text: string; readonly leaves: readonly string[] }
  | {
      readonly kind: "reopen";
      readonly text: string;
      readonly leaves: readonly string[];
      readonly button: string;
    }
  | {
      readonly kind: "operation";
      readonly text: string;
      readonly leaves: readonly string[];
      readonly button: string;
      readonly operation: Operation;
      readonly reads: readonly ReadingRequest[];
      readonly holds: (world: World) => readonly Finding[];
      readonly readBack: readonly ReadingRequest[];
      readonly settled: (world: World) => Verdict;
    };

interface Common {
  readonly id: string;
  readonly title: string;
  readonly purpose: string;
  readonly button: (targets: Targets) => string;
  readonly clients: Clients;
  readonly optional: boolean;
  readonly irreversible: boolean;
  readonly inputs: readonly (typeof STEP_INPUTS)[number][];
  /** The exact words to type, where `inputs` has `typed-phrase`. */
  readonly phrase: (targets: Targets) => string | null;
  /**
   * Whose change of the nodes' files the step explains, and checks where `inputs` has `configuration`; null where it changes none. The way to
   * TimeLock is also the cure of a service that has only lost its timelock block.
   */
  readonly guide: ConfiguredRunbook | null;
  readonly reads: readonly ReadingRequest[];
  /** The conditions of the step as findings over its readings. */
  readonly holds: (world: World) => readonly Finding[];
  readonly declarations: (world: World) => readonly Declaration[];
  readonly undo: Undo;
}

/** A step that reads and decides; `fixes` gives the late-bound values it settles. It can be finished by the worker alone when `automatic`. */
export interface GateStep extends Common {
  readonly kind: "gate";
  readonly automatic: boolean;
  readonly fixes: (world: World) => Values;
}

/** A step that changes a system. `choose` picks one of `templates`, or null where the system already is as it should be. */
export interface ActStep extends Common {
  readonly kind: "act";
  /** Steps of one unit are run in one go, without a stop between; an approval covers the unit. */
  readonly unit: string;
  readonly templates: readonly Operation[];
  readonly choose: (world: World) => Operation | null;
  readonly readBack: readonly ReadingRequest[];
  /** Judges the read-back, after an operation and also where nothing needed doing. */
  readonly settled: (world: World) => Verdict;
  readonly fixes: (world: World) => Values;
}

/** A step that people do elsewhere and the console verifies. */
export interface OperatorStep extends Common {
  readonly kind: "operator";
  readonly fixes: (world: World) => Values;
}

/** One entry of a runbook. */
export type Step = GateStep | ActStep | OperatorStep;

const NO_UNDO: Undo = { kind: "none", text: "Nothing to undo: this step changes nothing.", leaves: [] };
const nothing = (): readonly Declaration[] => [];
const noValues = (): Values => ({});

type Defaults =
  | "optional"
  | "irreversible"
  | "inputs"
  | "guide"
  | "phrase"
  | "declarations"
  | "undo"
  | "fixes";
type Given<S extends Step, D extends keyof S> = Omit<S, "kind" | "id" | D> & Partial<Pick<S, D>>;

const defaults = {
  optional: false,
  irreversible: false,
  inputs: [],
  guide: null,
  phrase: () => null,
  declarations: nothing,
  undo: NO_UNDO,
  fixes: noValues,
} as const;

/** Defines a gate: conditions that must hold before the migration goes on. */
export function gate(id: string, given: Given<GateStep, Defaults | "automatic">): GateStep {
  return { ...defaults, automatic: false, ...given, kind: "gate", id };
}

/** Defines an act: one guarded effect on a system. */
export function act(id: string, given: Given<ActStep, Defaults | "unit">): ActStep {
  return { ...defaults, unit: id, ...given, kind: "act", id };
}

/** Defines an operator step: done by people, verified by readings. */
export function operator(id: string, given: Given<OperatorStep, Defaults>): OperatorStep {
  return { ...defaults, ...given, kind: "operator", id };
}

/** What abandoning a migration would leave behind, and whether it is possible. */
export type Abandon = {
  readonly possible: boolean;
  readonly because: string | null;
  readonly leavesBehind: readonly string[];
};

/** Where a service takes its timestamps from. */
export type TimestampSource =
  | { readonly source: "timelock"; readonly clusterId: string; readonly namespace: string }
  | { readonly source: "embedded" };

/** A namespace of a cluster. */
export type Place = { readonly clusterId: string; readonly namespace: string };

/** Where the stores and the sequences of a migration stand in it. `store`: the service's own; `otherStore`: the one that was chosen. */
export type Places = {
  readonly fits: true;
  readonly store: Role;
  readonly otherStore?: Role;
  readonly sequences: readonly (Place & { readonly role: Role })[];
};

/** Why a runbook is not for a service as it is recorded, or not with what was chosen. `field`: what to choose otherwise. */
export type Misfit = {
  readonly fits: false;
  readonly because: string;
  readonly field: "clusterId" | "namespace" | "destinationStoreId" | null;
};

/** What is said where a sequence is needed and none was chosen. */
export const NO_PLACE_CHOSEN: Misfit = {
  fits: false,
  because: "Choose the TimeLock cluster and the namespace.",
  field: "clusterId",
};

/** The store that a service is moved to, and where it takes its timestamps there. */
export type Destination = {
  readonly storeId: string;
  readonly isOwn: boolean;
  readonly kind: StoreTarget["storeKind"];
  readonly timestamps: TimestampSource["source"];
};

/** What a runbook is asked to work on: what the inventory records of the service, and what the person chose. */
export type Asked = {
  readonly service: string;
  readonly storeKind: StoreTarget["storeKind"];
  readonly recorded: {
    readonly source: TimestampSource["source"];
    readonly clusterId: string | null;
    readonly namespace: string | null;
  };
  /** Null where nobody chose cluster and namespace. */
  readonly chosen: Place | null;
  /** Where a store is moved to; null where none was chosen. */
  readonly destination: Destination | null;
};

/** The definition of one kind of migration: data and pure functions. `version` rises with every change of meaning. */
export interface Runbook {
  readonly id: string;
  readonly title: string;
  /** One sentence for the person who chooses. */
  readonly summary: string;
  readonly version: number;
  /** What the person chooses besides the service: cluster and namespace, only another namespace, another store, or nothing. */
  readonly asks: "cluster-and-namespace" | "new-namespace" | "destination-store" | "nothing";
  /** Where services take their timestamps from that this runbook is offered to. */
  readonly offeredTo: readonly TimestampSource["source"][];
  /** One sentence for a service that is already where this leads: it is only mended then, so this is offered last. */
  readonly mends?: { readonly source: TimestampSource["source"]; readonly summary: string };
  /** Which store and sequences it works on. */
  readonly places: (asked: Asked) => Places | Misfit;
  /** What each late-bound value must satisfy, in the words that an approver is shown. */
  readonly predicates: Readonly<Partial<Record<ValueName, string>>>;
  readonly steps: readonly Step[];
  /** Plain sentences where something else would serve better, or was already done; over the readings of the first step. */
  readonly advice: (world: World, atlasdbVersion: string | null) => readonly string[];
  readonly proof: (world: World) => ProofChain;
  /** Where the service takes its timestamps from once the step whose clients are `starting` is done. */
  readonly leadsTo: (targets: Targets) => TimestampSource;
  readonly abandon: (world: World) => Abandon;
  /**
   * What must hold from the stop to the start, over the readings of the step that stops the clients, whichever step is the current one: each
   * finding that blocks opens an incident.
   */
  readonly meanwhile?: (world: World) => readonly Finding[];
  /** Where the migration may be begun again from its first step even on an equal plan: what must hold for that, over what is read. */
  readonly startOver?: {
    readonly reads: readonly ReadingRequest[];
    readonly holds: (world: World) => readonly Finding[];
  };
  /** What makes the sequence safe again in an incident: where it is raised. */
  readonly raise: (targets: Targets) => string;
  /** What the watch looks at, and what it finds wrong: each finding that is not a pass opens an incident. */
  readonly watch: {
    readonly reads: readonly ReadingRequest[];
    readonly judge: (world: World) => readonly Finding[];
  };
}

/** The step of a runbook by its id. @throws InvariantError when there is none */
export function stepOf(runbook: Runbook, id: string): Step {
  const one = runbook.steps.find((step) => step.id === id);
  if (!one) throw new InvariantError(`the runbook ${runbook.id} has no step ${id}`);
  return one;
}

/** Findings as they are stored with a finished step. */
export const storedFindings = z.array(finding);

/** The reading of an earlier step, for chains and comparisons. */
export function readAt(world: World, stepId: string, key: string): Reading | null {
  return world.facts.finished.get(stepId)?.readings.get(key) ?? null;
}
