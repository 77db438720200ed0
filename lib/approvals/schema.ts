import { z } from "zod";

import { shown } from "#lib/audit/classified.ts";
import { approvalStatus, DANGER_LEVELS, planDifference } from "#lib/engine/unit.ts";
import { id, operationView, readingView } from "#lib/migrations/schema.ts";
import { ROLES } from "#lib/people/schema.ts";

const moment = z.iso.datetime();
const idField = shown(id);
const planHashField = shown(z.string().regex(/^[0-9a-f]{64}$/, "This is no plan hash."));
const reasonField = shown(
  z.string().trim().min(3, "Say why, in a few words at least.").max(2000, "At most 2,000 characters."),
);
const noteField = shown(z.string().trim().max(2000, "At most 2,000 characters."));

/* Policies */

/** The roles that a policy can let approve or break the glass. */
export const APPROVING_ROLES = [
  "approver",
  "operator",
  "administrator",
] as const satisfies readonly (typeof ROLES)[number][];
/** The most people that a policy can ask for. */
export const APPROVALS_MAX = 9;
/** Both clocks of a policy run between one minute and two weeks. */
export const EXPIRY_MINUTES_MIN = 1;
export const EXPIRY_MINUTES_MAX = 20_160;

const minutes = z
  .int("Enter whole minutes.")
  .min(EXPIRY_MINUTES_MIN, "At least one minute.")
  .max(EXPIRY_MINUTES_MAX, "At most two weeks (20,160 minutes).");

/** Who counts: holders of one of the roles in the environment, and named people who have any role there. */
export const approvers = z.strictObject({
  roles: z.array(z.enum(APPROVING_ROLES)),
  people: z.array(z.uuid()),
});
export type Approvers = z.infer<typeof approvers>;

/**
 * What one danger level asks for. `people`: how many distinct people besides the requester; 0: none is asked. `requestMinutes`: how long a
 * request waits for them. `executionMinutes`: how long an approval may be used. `breakGlass`: who may go ahead without; null: nobody.
 */
export const levelRule = z.strictObject({
  people: z.int().min(0, "Not below 0.").max(APPROVALS_MAX, `At most ${APPROVALS_MAX} people.`),
  approvers,
  requestMinutes: minutes,
  executionMinutes: minutes,
  breakGlass: approvers.nullable(),
});
export type LevelRule = z.infer<typeof levelRule>;

/** The approval policy of one environment. `unobservedProofs`: an act may rest on readings that were pasted or attested. */
export const approvalPolicy = z.strictObject({
  levels: z.strictObject({ safe: levelRule, reversible: levelRule, destructive: levelRule }),
  unobservedProofs: z.boolean(),
  /** Approving and executing what needs approval asks for a second factor. */
  secondFactor: z.boolean(),
});
export type ApprovalPolicy = z.infer<typeof approvalPolicy>;

/** A person as policies and pickers name them. */
export const personRef = z.strictObject({ id: z.uuid(), name: z.string(), email: z.string() });
export type PersonRef = z.infer<typeof personRef>;

/** One stored version of a policy; never changed, only followed by another. */
export const policyVersionDto = z.strictObject({
  version: z.int(),
  policy: approvalPolicy,
  reason: z.string(),
  setBy: z.string(),
  setAt: moment,
});
export type PolicyVersionDto = z.infer<typeof policyVersionDto>;

/**
 * The policy of an environment for its page. `version` 0: nobody has set one, and the default of the tier applies. `problems`: why it can
 * never be met with the people there are now. `warnings`: who could not get it met, and other things worth knowing.
 */
export const policyDto = z.strictObject({
  environment: z.strictObject({
    id,
    name: z.string(),
    tier: z.string(),
    colour: z.string(),
    sandbox: z.boolean(),
  }),
  version: z.int(),
  policy: approvalPolicy,
  problems: z.array(z.string()),
  warnings: z.array(z.string()),
  history: z.array(policyVersionDto),
  /** Who could be named: everybody active with a role in this environment. */
  people: z.array(z.strictObject({ ...personRef.shape, roles: z.array(z.enum(ROLES)) })),
  openMigrations: z.int(),
  canChange: z.boolean(),
});
export type PolicyDto = z.infer<typeof policyDto>;

/** A new policy for an environment, with the version that the person saw (0: the default). */
export const setPolicyInput = z.strictObject({
  environmentId: idField,
  seenVersion: shown(z.int().min(0)),
  policy: shown(approvalPolicy),
  reason: reasonField,
});
export type SetPolicyInput = z.output<typeof setPolicyInput>;

/* Requests and decisions */

/** Asks the people of the policy to approve one unit of a migration, on the very plan that was seen. Also asks again after an end. */
export const requestApprovalInput = z.strictObject({
  migrationId: idField,
  unit: shown(z.string().min(1).max(64)),
  planHash: planHashField,
  note: noteField,
});
export type RequestApprovalInput = z.output<typeof requestApprovalInput>;

/** One person's decision; the hash is the one that the page showed. A rejection needs its reason. */
export const decideApprovalInput = z.strictObject({
  requestId: idField,
  planHash: planHashField,
  decision: shown(z.enum(["approve", "reject"])),
  reason: noteField,
});
export type DecideApprovalInput = z.output<typeof decideApprovalInput>;

/** The requester takes the request back. */
export const withdrawApprovalInput = z.strictObject({ requestId: idField, reason: noteField });
export type WithdrawApprovalInput = z.output<typeof withdrawApprovalInput>;

/** Goes ahead without the approvals of a unit. `typedPhrase` is the `phrase` of `breakGlassOffer`, exactly. */
export const breakGlassInput = z.strictObject({
  migrationId: idField,
  unit: shown(z.string().min(1).max(64)),
  planHash: planHashField,
  reason: shown(
    z
      .string()
      .trim()
      .min(10, "Say why it cannot wait, in a sentence.")
      .max(2000, "At most 2,000 characters."),
  ),
  typedPhrase: shown(z.string().max(300)),
});
export type BreakGlassInput = z.output<typeof breakGlassInput>;

/** Somebody else's look at a broken glass, afterwards. */
export const reviewBreakGlassInput = z.strictObject({
  breakGlassId: idField,
  verdict: shown(z.enum(["justified", "objected"])),
  note: reasonField,
});
export type ReviewBreakGlassInput = z.output<typeof reviewBreakGlassInput>;

/** Reads the critical values of a request once more, independently of the requester. */
export const recordIndependentReadingInput = z.strictObject({ requestId: idField });
export type RecordIndependentReadingInput = z.output<typeof recordIndependentReadingInput>;

/** How a value that was read again compares with the one that the request showed. */
export const COMPARISONS = ["same", "differs", "unknown"] as const;

/** One look of an approver at the systems, beside what the request showed. */
export const independentReadingDto = z.strictObject({
  id,
  by: z.string(),
  at: moment,
  values: z.array(
    z.strictObject({
      key: z.string(),
      label: z.string(),
      verdict: z.enum(COMPARISONS),
      words: z.string(),
      /** True when both values came from different nodes or views. */
      elsewhere: z.boolean(),
      requested: readingView.nullable(),
      independent: readingView,
    }),
  ),
});
export type IndependentReadingDto = z.infer<typeof independentReadingDto>;

/** One person's decision as the pages show it; `counts` false with the reason in `because`. */
export const decisionDto = z.strictObject({
  personId: id,
  by: z.string(),
  decision: z.enum(["approve", "reject"]),
  reason: z.string(),
  at: moment,
  counts: z.boolean(),
  because: z.string().nullable(),
});
export type DecisionDto = z.infer<typeof decisionDto>;

/** A glass that was broken: the permanent mark, and the review that somebody else owes it. */
export const breakGlassDto = z.strictObject({
  id,
  migrationId: id,
  requestId: id,
  unit: z.string(),
  unitTitle: z.string(),
  by: z.string(),
  byId: id,
  at: moment,
  reason: z.string(),
  /** Everybody whose approval was skipped; all were told. */
  skipped: z.array(personRef),
  review: z
    .strictObject({
      by: z.string(),
      at: moment,
      verdict: z.enum(["justified", "objected"]),
      note: z.string(),
    })
    .nullable(),
  canReview: z.boolean(),
  /** Why the person who looks cannot review it; null when they can, or when it is reviewed. */
  reviewBlockedBecause: z.string().nullable(),
});
export type BreakGlassDto = z.infer<typeof breakGlassDto>;

/** Where two plans differ, for the pages of approvals. */
export type PlanDifference = z.infer<typeof planDifference>;

/** Whether something can be done by the person who looks, and if not why. */
export const offer = z.strictObject({ possible: z.boolean(), because: z.string().nullable() });
export type Offer = z.infer<typeof offer>;

const environment = z.strictObject({ id, name: z.string(), tier: z.string(), colour: z.string() });

/** One request in a list. */
export const approvalSummary = z.strictObject({
  id,
  number: z.int(),
  migrationId: id,
  runbookTitle: z.string(),
  environment,
  service: z.strictObject({ id, name: z.string() }),
  unit: z.string(),
  unitTitle: z.string(),
  danger: z.enum(DANGER_LEVELS),
  planHash: z.string(),
  requestedBy: z.string(),
  requestedAt: moment,
  status: approvalStatus,
  /** The person who looks asked for it. */
  mine: z.boolean(),
  /** The person who looks may decide on it now and has not. */
  waitsForMe: z.boolean(),
});
export type ApprovalSummary = z.infer<typeof approvalSummary>;

/** The inbox: what waits for this person, what they asked for, reviews of broken glass that they can give, and the rest, newest first. */
export const approvalInbox = z.strictObject({
  waitingForMe: z.array(approvalSummary),
  mine: z.array(approvalSummary),
  others: z.array(approvalSummary),
  reviews: z.array(breakGlassDto),
});
export type ApprovalInbox = z.infer<typeof approvalInbox>;

/** Filters of the inbox; absent means all. `ended`: also requests that are over. */
export const inboxFilter = z.strictObject({
  environmentId: z.uuid().optional(),
  migrationId: z.uuid().optional(),
  ended: z.boolean().optional(),
});
export type InboxFilter = z.infer<typeof inboxFilter>;

/** A late-bound value of a plan: the predicate that was approved, and what was found to meet it. */
export const lateBoundDto = z.strictObject({
  name: z.string(),
  predicate: z.string(),
  value: z.string().nullable(),
  /** The step that settled it, and the readings that met the predicate. */
  settledBy: z.string().nullable(),
  readings: z.array(readingView),
});
export type LateBoundDto = z.infer<typeof lateBoundDto>;

/** One step of the unit that is asked for, as planned. */
export const approvalStepDto = z.strictObject({
  id: z.string(),
  number: z.int(),
  title: z.string(),
  purpose: z.string(),
  irreversible: z.boolean(),
  done: z.boolean(),
  operations: z.array(operationView),
  /** What must hold at the moment of execution, each read anew. */
  conditions: z.array(z.string()),
  undo: z.strictObject({ possible: z.boolean(), text: z.string(), leavesBehind: z.array(z.string()) }),
});
export type ApprovalStepDto = z.infer<typeof approvalStepDto>;

/** Everything that an approver must see of one request, and what the person who looks can do with it. */
export const approvalRequestDto = z.strictObject({
  ...approvalSummary.shape,
  note: z.string(),
  /** The plan of the migration now; another than `planHash` voids the request. */
  currentPlanHash: z.string(),
  migrationState: z.string(),
  targets: z.array(z.strictObject({ label: z.string(), value: z.string() })),
  /** Whether the plan says what becomes of each table of a store. */
  movesTables: z.boolean(),
  steps: z.array(approvalStepDto),
  lateBound: z.array(lateBoundDto),
  /** Read when the request was made; each carries its time. */
  readings: z.array(readingView),
  independent: z.array(independentReadingDto),
  blastRadius: z.strictObject({
    nodes: z.array(z.strictObject({ name: z.string(), kind: z.string(), address: z.string() })),
    dependents: z.array(z.strictObject({ name: z.string(), note: z.string() })),
    /** Other services that use the same store or namespace. */
    services: z.array(z.strictObject({ id, name: z.string(), shares: z.string() })),
    summary: z.string(),
  }),
  /** The plan that was approved last for this service and runbook, and the differences; null when there is none. */
  lastApproved: z
    .strictObject({ planHash: z.string(), approvedAt: moment, differences: z.array(planDifference) })
    .nullable(),
  /** Between this request's plan and the migration's plan now; empty while they are the same. */
  changedSince: z.array(planDifference),
  rule: z.strictObject({
    people: z.int(),
    who: z.string(),
    requestMinutes: z.int(),
    executionMinutes: z.int(),
    secondFactor: z.boolean(),
  }),
  decisions: z.array(decisionDto),
  attempts: z.array(
    z.strictObject({ id, state: z.string(), by: z.string(), at: moment, outcome: z.string().nullable() }),
  ),
  consumedAt: moment.nullable(),
  breakGlass: breakGlassDto.nullable(),
  approve: offer,
  reject: offer,
  withdraw: offer,
  readIndependently: offer,
  requestAgain: offer,
});
export type ApprovalRequestDto = z.infer<typeof approvalRequestDto>;

/** What breaking the glass of a unit would mean for the person who looks. */
export const breakGlassOffer = z.strictObject({
  unit: z.string(),
  unitTitle: z.string(),
  danger: z.enum(DANGER_LEVELS),
  planHash: z.string(),
  possible: z.boolean(),
  because: z.string().nullable(),
  /** The exact words to type. */
  phrase: z.string(),
  /** What is skipped, in sentences. */
  skips: z.array(z.string()),
  /** Who will be told. */
  skipped: z.array(personRef),
  executionMinutes: z.int(),
});
export type BreakGlassOffer = z.infer<typeof breakGlassOffer>;
