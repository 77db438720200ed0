import pg from "pg";

import { makeApprover, policyOf, putPolicy, rule } from "#lib/approvals/testing.ts";
import { decideApproval } from "#lib/approvals/decide-approval.ts";
import { requestApprovalOn } from "#lib/approvals/request-approval.ts";
import type { ApprovalPolicy } from "#lib/approvals/schema.ts";
import { database } from "#lib/db/client.ts";
import type { UnitApproval } from "#lib/engine/unit.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import { makeScenario, open, walkTo, type Scenario, type StepId } from "#lib/migrations/testing.ts";
import type { Context } from "#lib/people/actor.ts";

type Person = Awaited<ReturnType<typeof makeApprover>>;

/** An open migration on fakes with people who can approve it. */
export type Team = {
  readonly scenario: Scenario;
  readonly id: string;
  readonly environmentId: string;
  readonly avery: Person;
  readonly blake: Person;
  readonly ada: Person;
};

/** Two approvers, an administrator and an operator, who opened a migration and walked it to a step under the policy. */
export async function makeTeam(
  options: { readonly policy?: ApprovalPolicy; readonly until?: StepId } = {},
): Promise<Team> {
  const scenario = await makeScenario();
  const { environmentId } = scenario.parts;
  const glass = { breakGlass: { roles: ["administrator" as const], people: [] } };
  await putPolicy(environmentId, options.policy ?? policyOf(rule(2, glass)));
  const avery = await makeApprover("Avery", environmentId);
  const blake = await makeApprover("Blake", environmentId);
  const ada = await makeApprover("Ada", environmentId, ["administrator"]);
  const id = await open(scenario);
  await walkTo(scenario, id, options.until ?? "fast-forward");
  return { scenario, id, environmentId, avery, blake, ada };
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
