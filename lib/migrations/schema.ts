import { z } from "zod";

import { CONFIGURED_RUNBOOKS, wantedConfiguration } from "#lib/atlasdb/wanted-configuration.ts";
import { hashed, shown } from "#lib/audit/classified.ts";
import { brokenGlassMark, DANGER_LEVELS, planDifference, unitApproval } from "#lib/engine/unit.ts";
import { startsStatus } from "#lib/freeze/schema.ts";
import { moveTables } from "#lib/mover/schema.ts";
import { PROVENANCES, proofChain } from "#lib/timestamps/proof.ts";

/** Identifiers of rows in the console's database. */
export const id = shown(z.uuid());

/** The verdict of one check; `unknown` is never shown, or treated, as fine. */
export const FINDING_LEVELS = ["pass", "warning", "blocking", "unknown"] as const;
export type FindingLevel = (typeof FINDING_LEVELS)[number];

/** The outcome of one check, worded for the operator, with the readings that it rests on. */
export const findingView = z.strictObject({
  id: z.string(),
  level: z.enum(FINDING_LEVELS),
  title: z.string(),
  detail: z.string().nullable(),
  /** What to do about it; always present on `blocking`. */
  remedy: z.string().nullable(),
  readings: z.array(z.string()),
});
export type FindingView = z.infer<typeof findingView>;

/** One observed value as the pages show it: `display` for the eye, `decimal` for copying, with source, node and time. */
export const readingView = z.strictObject({
  key: z.string(),
  label: z.string(),
  status: z.enum(["known", "unknown"]),
  display: z.string(),
  decimal: z.string().nullable(),
  hex: z.string().nullable(),
  raw: z.string().nullable(),
  source: z.string(),
  node: z.string().nullable(),
  readAt: z.iso.datetime(),
  provenance: z.enum(PROVENANCES),
  unknownBecause: z.string().nullable(),
});
export type ReadingView = z.infer<typeof readingView>;

const tool = z.enum(["curl", "psql", "cqlsh", "sqlplus", "atlasdb-cli"]);
const command = z.strictObject({ tool, label: z.string(), text: z.string(), note: z.string().optional() });

/** One effect of a step with the commands that do the same by hand, the first for the leader or primary found now. */
export const operationView = z.strictObject({
  title: z.string(),
  target: z.string(),
  /** Why there is no command, and what leads on; null where there is one, or will be. */
  withoutHands: z.string().nullable(),
  commands: z.array(command),
  repeatable: z.boolean(),
});
export type OperationView = z.infer<typeof operationView>;

/** What a step is: conditions, an effect of the console, or the work of people. */
export const STEP_KINDS = ["gate", "act", "operator"] as const;
/** How a step stands on the page. */
export const STEP_STATES = ["pending", "current", "running", "uncertain", "done", "skipped"] as const;
/** How an attempt stands; `intended` and `uncertain` are open. */
export const ATTEMPT_STATES = ["intended", "done", "failed", "uncertain", "not-applied"] as const;

/** One try of a step. */
export const attemptView = z.strictObject({
  id,
  number: z.int(),
  state: z.enum(ATTEMPT_STATES),
  operation: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  by: z.string(),
  manual: z.boolean(),
  outcome: z.string().nullable(),
});
export type AttemptView = z.infer<typeof attemptView>;

/** One thing that a person must declare (a node is stopped, a foreign session is harmless), with what was declared. */
export const attestationView = z.strictObject({
  subject: z.string(),
  label: z.string(),
  hint: z.string().nullable(),
  attestedBy: z.string().nullable(),
  attestedAt: z.iso.datetime().nullable(),
  note: z.string().nullable(),
});
export type AttestationView = z.infer<typeof attestationView>;

/** The pasted configuration of one node and what the rules of AtlasDB say about it. */
export const configurationView = z.strictObject({
  nodeId: id,
  node: z.string(),
  checkedAt: z.iso.datetime().nullable(),
  findings: z.array(findingView),
});
export type ConfigurationView = z.infer<typeof configurationView>;

/** What a step asks of the person besides the button; the page draws one input for each. */
export const STEP_INPUTS = ["attestations", "typed-phrase", "configuration", "smoke-test", "reason"] as const;

/** One change of a node's files, in words and as YAML. `form`: the one of several ways that it belongs to; null: to all of them. */
export const instruction = z.strictObject({
  form: z.strictObject({ title: z.string(), text: z.string() }).nullable(),
  title: z.string(),
  file: z.string(),
  before: z.string().nullable(),
  after: z.string(),
});
export type Instruction = z.infer<typeof instruction>;

/** One step of a migration as the page shows it. */
export const stepView = z.strictObject({
  id: z.string(),
  number: z.int(),
  title: z.string(),
  kind: z.enum(STEP_KINDS),
  state: z.enum(STEP_STATES),
  optional: z.boolean(),
  /** One or two sentences: what this step is for. */
  purpose: z.string(),
  irreversible: z.boolean(),
  /** What an act starts that goes on by itself and has a page of its own. */
  job: z.enum(["copy", "compare"]).nullable(),
  /** How the unit of an act stands in regard of its approval; null for other steps. */
  approval: unitApproval.nullable(),
  /** Verb and object, as on the button. */
  button: z.string(),
  /** Why the button cannot be pressed now; null when it can. */
  blockedBecause: z.string().nullable(),
  inputs: z.array(z.enum(STEP_INPUTS)),
  /** The exact words to type where `inputs` has `typed-phrase`. */
  typedPhrase: z.string().nullable(),
  findings: z.array(findingView),
  readings: z.array(readingView),
  operations: z.array(operationView),
  /** Read-only commands that verify the step by hand, with what their output should show. */
  checks: z.array(z.strictObject({ tool, label: z.string(), text: z.string(), expect: z.string() })),
  /** Whether the step can be done elsewhere and its output pasted. */
  manual: z.boolean(),
  undo: z.strictObject({
    possible: z.boolean(),
    text: z.string(),
    leavesBehind: z.array(z.string()),
    button: z.string().nullable(),
  }),
  attestations: z.array(attestationView),
  configurations: z.array(configurationView),
  instructions: z.array(instruction),
  /** What makes the new files from a node's old ones, in the browser; null where the step asks for no files. */
  configurationGuide: z
    .strictObject({ runbook: z.enum(CONFIGURED_RUNBOOKS), wanted: wantedConfiguration })
    .nullable(),
  attempts: z.array(attemptView),
  finishedAt: z.iso.datetime().nullable(),
  finishedBy: z.string().nullable(),
});
export type StepView = z.infer<typeof stepView>;

const stillness = z.enum(["proven", "quiet", "attested", "unknown", "moving"]);

/** One source of knowledge about "clients are stopped" and how far it proves it. */
export const stopEvidence = z.strictObject({
  id: z.string(),
  label: z.string(),
  level: stillness,
  detail: z.string(),
  since: z.iso.datetime().nullable(),
  readAt: z.iso.datetime().nullable(),
});
export const stopProof = z.strictObject({
  level: stillness,
  /** False before the stop step and after clients are meant to run. */
  watching: z.boolean(),
  /** True when all that is missing is a look that uses up a timestamp, which only the running of the step takes. */
  awaitsRun: z.boolean(),
  summary: z.string(),
  sources: z.array(stopEvidence),
});
export type StopProof = z.infer<typeof stopProof>;

/** Something that the watch or the stop proof found, with what to do about it. */
export const incidentView = z.strictObject({
  id,
  title: z.string(),
  detail: z.string(),
  actions: z.array(z.string()),
  openedAt: z.iso.datetime(),
  closedAt: z.iso.datetime().nullable(),
});
export type IncidentView = z.infer<typeof incidentView>;

/** How a migration stands; `watching`: clients run on the new sequence and the worker looks. */
export const MIGRATION_STATES = ["open", "watching", "done", "abandoned"] as const;

/** A migration as stored, for the server-rendered page. */
export const migrationView = z.strictObject({
  id,
  runbook: z.string(),
  runbookTitle: z.string(),
  runbookVersion: z.int(),
  state: z.enum(MIGRATION_STATES),
  version: z.int(),
  planHash: z.string(),
  environment: z.strictObject({ id, name: z.string(), tier: z.string(), colour: z.string() }),
  service: z.strictObject({ id, name: z.string() }),
  targets: z.array(z.strictObject({ label: z.string(), value: z.string() })),
  startedAt: z.iso.datetime(),
  startedBy: z.string(),
  lease: z.strictObject({ holder: z.string(), expiresAt: z.iso.datetime(), mine: z.boolean() }).nullable(),
  currentStep: z.string().nullable(),
  steps: z.array(stepView),
  proof: proofChain,
  stopProof,
  incidents: z.array(incidentView),
  timeline: z.array(
    z.strictObject({
      sequence: z.string(),
      at: z.iso.datetime(),
      by: z.string(),
      text: z.string(),
      outcome: z.string(),
    }),
  ),
  /** What abandoning now would leave behind, and whether it is possible. */
  abandon: z.strictObject({
    possible: z.boolean(),
    because: z.string().nullable(),
    leavesBehind: z.array(z.string()),
  }),
  watch: z
    .strictObject({
      until: z.iso.datetime().nullable(),
      lastCheckedAt: z.iso.datetime().nullable(),
      nextCheckAt: z.iso.datetime().nullable(),
    })
    .nullable(),
  /** Every unit with how it stands, in order; those that nobody has to approve too. */
  approvals: z.array(unitApproval),
  brokenGlass: z.array(brokenGlassMark),
  /** The plan as the console's runbook resolves it now, where it is another than this migration's; approvals are void until it is taken over. */
  newPlan: z.strictObject({ planHash: z.string(), differences: z.array(planDifference) }).nullable(),
  /** Whether a move has begun to change the destination, so that planning it again starts it over. */
  startsOver: z.boolean(),
  /** Whether units that were neither begun nor approved may start now. */
  starts: startsStatus,
  canOperate: z.boolean(),
});
export type MigrationView = z.infer<typeof migrationView>;

/** What moves while a person looks: the current step read again without allocating anything. */
export const migrationLive = z.strictObject({
  at: z.iso.datetime(),
  version: z.int(),
  stepId: z.string().nullable(),
  findings: z.array(findingView),
  readings: z.array(readingView),
  /** What the current step asks people to declare now, also what its newest findings and sessions add. */
  attestations: z.array(attestationView),
  blockedBecause: z.string().nullable(),
  proof: proofChain,
  stopProof,
  attemptState: z.enum(ATTEMPT_STATES).nullable(),
  approvals: z.array(unitApproval),
  starts: startsStatus,
});
export type MigrationLive = z.infer<typeof migrationLive>;

/** One line of the list of migrations. */
export const migrationSummary = z.strictObject({
  id,
  runbookTitle: z.string(),
  service: z.strictObject({ id, name: z.string() }),
  environment: z.strictObject({ id, name: z.string(), tier: z.string(), colour: z.string() }),
  state: z.enum(MIGRATION_STATES),
  step: z
    .strictObject({ number: z.int(), of: z.int(), title: z.string(), state: z.enum(STEP_STATES) })
    .nullable(),
  openIncidents: z.int(),
  startedAt: z.iso.datetime(),
  startedBy: z.string(),
});
export type MigrationSummary = z.infer<typeof migrationSummary>;

/** The wizard's preview: findings and plan before anything is created. */
export const migrationPreview = z.strictObject({
  runbook: z.string(),
  /** A plain sentence where something else than this migration would serve better, or where one was already done. */
  advice: z.array(z.string()),
  /** What would mend a service that has only lost its timelock block; empty for a runbook that does not begin with that question. */
  instructions: z.array(instruction),
  findings: z.array(findingView),
  readings: z.array(readingView),
  steps: z.array(
    z.strictObject({
      id: z.string(),
      number: z.int(),
      title: z.string(),
      kind: z.enum(STEP_KINDS),
      purpose: z.string(),
      irreversible: z.boolean(),
    }),
  ),
  planHash: z.string(),
  tables: moveTables.nullable(),
  /** Which units will need approval under the policy of this moment, and whose. */
  approvals: z.array(
    z.strictObject({
      unit: z.string(),
      title: z.string(),
      danger: z.enum(DANGER_LEVELS),
      people: z.int(),
      who: z.string(),
      /** Who of the people there are now could approve when this person asks. */
      eligible: z.int(),
    }),
  ),
  starts: startsStatus,
  canCreate: z.boolean(),
  blockedBecause: z.string().nullable(),
});
export type MigrationPreview = z.infer<typeof migrationPreview>;

const seen = {
  migrationId: id,
  stepId: shown(z.string().min(1).max(64)),
  seenVersion: shown(z.int().min(0)),
};

/**
 * What the server actions take: ids, the person's intent and the version that they saw; never row contents. Each field is marked for the
 * audit log, outermost. `destination…`: only where a store is moved, which has no cluster and no namespace between two embedded bounds.
 */
export const createMigrationInput = z.strictObject({
  serviceId: id,
  runbook: shown(z.string().min(1).max(64)),
  clusterId: id.optional(),
  namespace: shown(z.string().min(1).max(255)).optional(),
  destinationStoreId: shown(z.uuid()).optional(),
  destinationTimestamps: shown(z.enum(["embedded", "timelock"])).optional(),
});
export const runStepInput = z.strictObject({ ...seen, typedPhrase: shown(z.string().max(300)).optional() });
export const attestInput = z.strictObject({
  ...seen,
  subject: shown(z.string().min(1).max(300)),
  note: shown(z.string().max(2000)),
  withdraw: shown(z.boolean()),
});
export const pasteOutputInput = z.strictObject({ ...seen, text: hashed(z.string().min(1).max(200_000)) });
export const submitConfigurationInput = z.strictObject({
  ...seen,
  nodeId: id,
  install: hashed(z.string().max(500_000)),
  runtime: hashed(z.string().max(500_000)),
  /** Where AtlasDB's section stands, as a JSON pointer; blank or absent: it is searched. */
  root: shown(z.string().trim().max(300)).optional(),
});
export const recordSmokeTestInput = z.strictObject({
  ...seen,
  tried: shown(z.string().min(1).max(4000)),
  passed: shown(z.boolean()),
});
export const skipStepInput = z.strictObject({ ...seen, reason: shown(z.string().min(3).max(2000)) });
export const undoStepInput = z.strictObject({
  ...seen,
  reason: shown(z.string().min(3).max(2000)),
  typedPhrase: shown(z.string().max(300)).optional(),
});
export const settleInput = z.strictObject({ ...seen });
export const replanInput = z.strictObject({
  migrationId: id,
  seenVersion: shown(z.int().min(0)),
  reason: shown(z.string().min(3).max(2000)),
});
export const abandonInput = replanInput.extend({ typedPhrase: shown(z.string().max(300)) });
export const closeIncidentInput = z.strictObject({
  migrationId: id,
  incidentId: id,
  seenVersion: shown(z.int().min(0)),
  note: shown(z.string().min(3).max(2000)),
});
export type CreateMigrationInput = z.output<typeof createMigrationInput>;
export type RunStepInput = z.output<typeof runStepInput>;
export type AttestInput = z.output<typeof attestInput>;
export type PasteOutputInput = z.output<typeof pasteOutputInput>;
export type SubmitConfigurationInput = z.output<typeof submitConfigurationInput>;
export type RecordSmokeTestInput = z.output<typeof recordSmokeTestInput>;
export type SkipStepInput = z.output<typeof skipStepInput>;
export type UndoStepInput = z.output<typeof undoStepInput>;
export type ReplanInput = z.output<typeof replanInput>;
export type SettleInput = z.output<typeof settleInput>;
export type AbandonInput = z.output<typeof abandonInput>;
export type CloseIncidentInput = z.output<typeof closeIncidentInput>;
