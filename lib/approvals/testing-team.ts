import pg from "pg";

import { makeApprover, policyOf, putPolicy, rule } from "#lib/approvals/testing.ts";
import { decideApproval } from "#lib/approvals/decide-approval.ts";
import { requestApprovalOn } from "#lib/approvals/request-approval.ts";
import type { ApprovalPolicy } from "#lib/approvals/schema.ts";
import { database } from "#lib/db/client.ts";
import type { Systems } from "#lib/engine/systems.ts";
import type { UnitApproval } from "#lib/engine/unit.ts";
import { AdapterError } from "#lib/errors.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import {
  makeScenario,
  open,
  prepare,
  press,
  STEPS,
  walkTo,
  type Scenario,
  type StepId,
} from "#lib/migrations/testing.ts";
import type { Context } from "#lib/people/actor.ts";
import type { BoundStore } from "#lib/stores/bound-store.ts";

type Person = Awaited<ReturnType<typeof makeApprover>>;

/** An open migration on fakes with people who can approve it. */
export type Team = {
  readonly scenario: Scenario;
  readonly id: string;
  readonly environmentId: string;
  readonly avery: Person;
  readonly blake: Person;
  readonly ada: Person;
  /** Every write that reached a system, in order: what the model of the policy is held against. */
  readonly effects: Effect[];
  /** What goes wrong with the next write; taken away by it. */
  readonly faults: { next: "unreachable" | "lost" | null };
};

/** One write on a system; what certainly changed nothing is not one. */
export type Effect = "fast-forward" | "invalidate" | "restore";

/** Two approvers, an administrator and an operator, who opened a migration and walked it to a step under the policy. */
export async function makeTeam(
  options: { readonly policy?: ApprovalPolicy; readonly until?: StepId } = {},
): Promise<Team> {
  const made = await makeScenario();
  const effects: Effect[] = [];
  const faults: Team["faults"] = { next: null };
  const scenario = { ...made, engine: { systems: watched(made.engine.systems, effects, faults) } };
  const { environmentId } = scenario.parts;
  const glass = { breakGlass: { roles: ["administrator" as const], people: [] } };
  await putPolicy(environmentId, options.policy ?? policyOf(rule(2, glass)));
  const avery = await makeApprover("Avery", environmentId);
  const blake = await makeApprover("Blake", environmentId);
  const ada = await makeApprover("Ada", environmentId, ["administrator"]);
  const id = await open(scenario);
  await walkTo(scenario, id, options.until ?? "fast-forward");
  return { scenario, id, environmentId, avery, blake, ada, effects, faults };
}

/** The same systems, which note every write that may have had an effect, and fail as they are told. */
function watched(systems: Systems, effects: Effect[], faults: Team["faults"]): Systems {
  const noting = async <T extends object>(effect: Effect, write: () => Promise<T>): Promise<T> => {
    const fault = faults.next;
    faults.next = null;
    if (fault === "unreachable") throw new AdapterError("unreachable", "none", "The fake is away.");
    const outcome = await write();
    if (!("outcome" in outcome) || outcome.outcome === "applied") effects.push(effect);
    if (fault === "lost") throw new AdapterError("time-out", "unknown", "The fake's answer is lost.");
    return outcome;
  };
  return {
    openMove: async (targets, patience) => systems.openMove(targets, patience),
    openTimelock: async (id, patience) => {
      const timelock = await systems.openTimelock(id, patience);
      return {
        ...timelock,
        fastForward: async (namespace, to) =>
          noting("fast-forward", async () => timelock.fastForward(namespace, to)),
      };
    },
    openStore: async (id, patience) => {
      const store = await systems.openStore(id, patience);
      return {
        kind: store.kind,
        testConnection: async () => store.testConnection(),
        readBound: async () => store.readBound(),
        readBack: async () => store.readBack(),
        readPunch: async () => store.readPunch(),
        readTransactionsMark: async () => store.readTransactionsMark(),
        readSessions: async () => store.readSessions(),
        readRights: async () => store.readRights(),
        invalidate: async (guard) => noting("invalidate", async () => store.invalidate(guard)),
        repair: async (guard, leave) => store.repair(guard, leave),
        restore: async (guard, to) => noting("restore", async () => store.restore(guard, to)),
      } satisfies BoundStore;
    },
  };
}

/** The plan hash of the migration now. */
export async function hashOf(id: string): Promise<string> {
  const { planHash } = await database().migration.findUniqueOrThrow({
    where: { id },
    select: { planHash: true },
  });
  return planHash;
}

/** Asks for a unit as the operator, or as somebody else. */
export async function ask(team: Team, unit = "fast-forward", by: Context = team.scenario.operator) {
  const input = { migrationId: team.id, unit, planHash: await hashOf(team.id), note: "" };
  return (await requestApprovalOn(team.scenario.engine.systems, by, input)).id;
}

/** Walks on through the steps that need no approval; returns the step where it stops, or null when nothing is left to do. */
export async function advance(team: Team): Promise<string | null> {
  for (let pressed = 0; pressed < STEPS.length * 2; pressed += 1) {
    const view = await getMigration(team.scenario.operator, team.id);
    const step = STEPS.find((one) => one === view.currentStep);
    if (step === undefined || !FREE_STEPS.has(step)) return view.currentStep;
    await prepare(team.scenario, team.id, step);
    const after = await getMigration(team.scenario.operator, team.id);
    if (after.currentStep === step) await press(team.scenario, team.id, step);
  }
  return null;
}

const FREE_STEPS: ReadonlySet<StepId> = new Set(["assess", "stop", "claim", "take-ts"]);

/** Approves as a person. */
export async function approve(team: Team, requestId: string, by: Context) {
  return decideApproval(by, { requestId, planHash: await hashOf(team.id), decision: "approve", reason: "" });
}

/** Rejects as a person. */
export async function reject(team: Team, requestId: string, by: Context) {
  const planHash = await hashOf(team.id);
  return decideApproval(by, { requestId, planHash, decision: "reject", reason: "not now" });
}

/** How a unit stands, as the page of the migration shows it. */
export async function unitOf(team: Team, unit = "fast-forward"): Promise<UnitApproval> {
  const view = await getMigration(team.scenario.operator, team.id);
  const found = view.approvals.find((one) => one.unit === unit);
  if (found === undefined) throw new Error(`no unit ${unit}`);
  return found;
}

/** Everything of a request happened so many minutes earlier: the clocks move on. Goes around the triggers that keep rows as they are. */
export async function passMinutes(superuserUrl: string, minutes: number): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    const by = `interval '${minutes} minutes'`;
    await client.query(`
      SET session_replication_role = replica;
      UPDATE approval_request SET requested_at = requested_at - ${by}, completed_at = completed_at - ${by};
      UPDATE approval_decision SET decided_at = decided_at - ${by};
      UPDATE approval_break_glass SET broken_at = broken_at - ${by};`);
  } finally {
    await client.end();
  }
}
