import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";

import { breakGlassOn, breakGlassPhrase } from "#lib/approvals/break-glass.ts";
import { decideApproval } from "#lib/approvals/decide-approval.ts";
import { expireApprovals } from "#lib/approvals/expire-approvals.ts";
import type { ApprovalPolicy } from "#lib/approvals/schema.ts";
import { makeApprover, policyOf, putPolicy, rule, signedIn } from "#lib/approvals/testing.ts";
import { mayBegin, newest, type Model, type ModelRequest } from "#lib/approvals/testing-oracle.ts";
import {
  advance,
  ask,
  hashOf,
  makeTeam,
  passMinutes,
  unitOf,
  type Team,
} from "#lib/approvals/testing-team.ts";
import { withdrawApproval } from "#lib/approvals/withdraw-approval.ts";
import { database } from "#lib/db/client.ts";
import { recoverMigrations } from "#lib/engine/recover.ts";
import type { Engine } from "#lib/engine/run-context.ts";
import { AppError } from "#lib/errors.ts";
import { loadMigration } from "#lib/migrations/load-migration.ts";
import { replanOn } from "#lib/migrations/replan-migration.ts";
import { press, versionOf, workerContext } from "#lib/migrations/testing.ts";
import { undoStepOn } from "#lib/migrations/undo-step.ts";
import type { Context } from "#lib/people/actor.ts";
import { deactivatePerson } from "#lib/people/deactivate-person.ts";
import { grantRole } from "#lib/people/grant-role.ts";
import { reactivatePerson } from "#lib/people/reactivate-person.ts";
import { revokeRole } from "#lib/people/revoke-role.ts";
import { systemContext, useTestDatabase } from "#lib/people/testing.ts";

/*
 * The model test of approvals: random plan changes, requests, decisions, role changes, clock moves, policies and executions, through the real
 * verbs on a real database with fake systems. Whenever a write of a destructive unit reaches a system, the oracle, which shares no code with
 * lib/approvals, must say that the policy was met on the exact hash at that moment and that the approval was not used before; and whenever
 * the oracle allows it and the systems work, it must happen.
 */

const RUNS = 8;
const UNITS = { "fast-forward": "fast-forward", invalidate: "invalidate-and-forward" } as const;
const PEOPLE = ["avery", "blake", "robin", "olga", "ada"] as const;
type Name = (typeof PEOPLE)[number];
type Fault = "none" | "unreachable" | "lost" | "demoted" | "twice" | "killed";

type Command =
  | {
      readonly kind: "ask" | "withdraw" | "approve" | "reject" | "glass" | "toggle-role" | "toggle-active";
      readonly who: Name;
    }
  | { readonly kind: "clock"; readonly minutes: 10 | 30 }
  | { readonly kind: "policy"; readonly policy: ApprovalPolicy }
  | { readonly kind: "replan"; readonly change: boolean }
  | { readonly kind: "execute"; readonly who: "olga" | "robin"; readonly fault: Fault }
  | { readonly kind: "undo" | "worker" | "drive" };

const glass = { breakGlass: { roles: ["administrator" as const], people: [] } };
/** Clocks end between the moves of the clock, so that the seconds that the test itself takes decide nothing. */
const somePolicy = fc
  .record({
    people: fc.constantFrom(0, 1, 1, 2),
    requestMinutes: fc.constantFrom(35, 155),
    executionMinutes: fc.constantFrom(25, 125),
    glass: fc.boolean(),
  })
  .map(({ people, glass: has, ...clocks }) => policyOf(rule(people, { ...clocks, ...(has ? glass : {}) })));
const approver = fc.constantFrom<Name[]>("avery", "blake", "robin");
const commands = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant("ask"), who: fc.constantFrom<Name[]>("olga", "robin") }),
    },
    { weight: 8, arbitrary: fc.record({ kind: fc.constant("approve"), who: approver }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom("reject", "withdraw"), who: fc.constantFrom(...PEOPLE) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("glass"), who: fc.constantFrom<Name[]>("ada", "avery") }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constantFrom("toggle-role", "toggle-active"), who: approver }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("clock"), minutes: fc.constantFrom(10, 30) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("policy"), policy: somePolicy }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("replan"), change: fc.boolean() }) },
    {
      weight: 7,
      arbitrary: fc.record({
        kind: fc.constant("execute"),
        who: fc.constantFrom("olga", "robin"),
        fault: fc.constantFrom<Fault[]>(
          "none",
          "none",
          "none",
          "unreachable",
          "lost",
          "demoted",
          "twice",
          "killed",
        ),
      }),
    },
    {
      weight: 9,
      arbitrary: fc.record({ kind: fc.constantFrom("undo", "undo", "drive", "drive", "drive", "worker") }),
    },
  ),
  { minLength: 20, maxLength: 30 },
) as fc.Arbitrary<readonly Command[]>;

/** What random commands reach in most runs, and these in every one: an effect where nobody is asked, and a refusal where somebody is. */
const MET_AND_NOT_MET: [ApprovalPolicy, readonly Command[]][] = [0, 1].map((people) => [
  policyOf(rule(people)),
  [{ kind: "execute", who: "olga", fault: "none" }],
]);

let testDatabase: Awaited<ReturnType<typeof useTestDatabase>>;
beforeAll(async () => {
  testDatabase = await useTestDatabase();
});
afterAll(async () => testDatabase.close());

type World = {
  readonly team: Team;
  readonly model: Model;
  readonly people: Map<Name, Context>;
  done: number;
  refused: number;
};

async function makeWorld(policy: ApprovalPolicy): Promise<World> {
  const team = await makeTeam({ policy });
  const robin = await makeApprover("Robin", team.environmentId, ["operator", "approver"]);
  const people = new Map<Name, Context>([
    ["avery", team.avery],
    ["blake", team.blake],
    ["robin", robin],
    ["olga", team.scenario.operator],
    ["ada", team.ada],
  ]);
  const roles: Readonly<Record<Name, string[]>> = {
    avery: ["approver"],
    blake: ["approver"],
    robin: ["operator", "approver"],
    olga: ["operator"],
    ada: ["administrator"],
  };
  const model: Model = {
    now: 0,
    hash: await hashOf(team.id),
    policies: [policy],
    people: new Map(PEOPLE.map((name) => [name, { active: true, roles: new Set(roles[name]) }])),
    requests: [],
  };
  return { team, model, people, done: 0, refused: 0 };
}

/** Runs a verb; a refusal is fine and says that nothing happened. */
async function tried<T>(verb: () => Promise<T>): Promise<T | null> {
  try {
    return await verb();
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

function personOf(world: World, name: Name): Context {
  const found = world.people.get(name);
  if (found === undefined) throw new Error(`nobody is called ${name}`);
  return found;
}

async function currentUnit({
  team,
}: World): Promise<{ readonly step: keyof typeof UNITS; readonly unit: string } | null> {
  const step = await advance(team);
  return step === "fast-forward" || step === "invalidate" ? { step, unit: UNITS[step] } : null;
}

async function requestOn(
  world: World,
): Promise<{ readonly id: string; readonly request: ModelRequest } | null> {
  const current = await currentUnit(world);
  if (current === null) return null;
  const { requestId } = await unitOf(world.team, current.unit);
  const request = newest(world.model, current.unit);
  return requestId === null || request === null ? null : { id: requestId, request };
}

async function run(world: World, command: Command): Promise<void> {
  const { team, model } = world;
  switch (command.kind) {
    case "ask": {
      const current = await currentUnit(world);
      if (current === null) return;
      const made = await tried(async () => ask(team, current.unit, personOf(world, command.who)));
      if (made === null) return;
      model.requests.push({
        unit: current.unit,
        hash: model.hash,
        requester: command.who,
        at: model.now,
        approvals: [],
        glass: null,
        ended: false,
        used: false,
      });
      return;
    }
    case "approve":
    case "reject": {
      const found = await requestOn(world);
      if (found === null) return;
      const planHash = await hashOf(team.id);
      const input = { requestId: found.id, planHash, decision: command.kind, reason: "because" };
      const status = await tried(async () => decideApproval(personOf(world, command.who), input));
      if (status === null) return;
      if (command.kind === "approve") found.request.approvals.push({ by: command.who, at: model.now });
      else found.request.ended = true;
      return;
    }
    case "withdraw": {
      const found = await requestOn(world);
      if (found === null) return;
      const input = { requestId: found.id, reason: "" };
      const done = await tried(async () => {
        await withdrawApproval(personOf(world, command.who), input);
        return true;
      });
      if (done === true) found.request.ended = true;
      return;
    }
    case "glass":
      return breakOne(world, command.who);
    case "toggle-role":
      return toggleRole(world, command.who);
    case "toggle-active":
      return toggleActive(world, command.who);
    case "clock":
      model.now += command.minutes;
      return passMinutes(testDatabase.superuserUrl, command.minutes);
    case "policy":
      model.policies.push(command.policy);
      return putPolicy(team.environmentId, command.policy);
    case "replan":
      return replan(world, command.change);
    case "execute":
      return execute(world, command.who, command.fault);
    case "drive":
      return drive(world);
    case "undo":
      return undo(world);
    case "worker":
      await expireApprovals(workerContext);
      return;
  }
}

async function breakOne(world: World, who: Name): Promise<void> {
  const { team, model } = world;
  const current = await currentUnit(world);
  if (current === null) return;
  const before = (await unitOf(team, current.unit)).requestId;
  const typedPhrase = breakGlassPhrase(await loadMigration(database(), team.id));
  const input = {
    migrationId: team.id,
    unit: current.unit,
    planHash: model.hash,
    reason: "it cannot wait",
    typedPhrase,
  };
  const broken = await tried(async () =>
    breakGlassOn(team.scenario.engine.systems, personOf(world, who), input),
  );
  if (broken === null) return;
  const after = (await unitOf(team, current.unit)).requestId;
  if (after !== before) {
    model.requests.push({
      unit: current.unit,
      hash: model.hash,
      requester: who,
      at: model.now,
      approvals: [],
      glass: null,
      ended: false,
      used: false,
    });
  }
  const request = newest(model, current.unit);
  if (request !== null) request.glass = { by: who, at: model.now };
}

async function toggleRole({ team, model, people }: World, who: Name): Promise<void> {
  const person = model.people.get(who);
  const id = people.get(who)?.actor.id;
  if (person === undefined || id === undefined) return;
  const grant = await database().roleGrant.findFirst({ where: { personId: id, role: "approver" } });
  if (grant === null) {
    await grantRole(systemContext, { personId: id, role: "approver", environmentId: team.environmentId });
    person.roles.add("approver");
    return;
  }
  await revokeRole(systemContext, { grantId: grant.id });
  person.roles.delete("approver");
}

async function toggleActive({ model, people }: World, who: Name): Promise<void> {
  const person = model.people.get(who);
  const context = people.get(who);
  if (person === undefined || context === undefined) return;
  const personId = context.actor.id;
  if (person.active) {
    await deactivatePerson(systemContext, { personId });
  } else {
    await reactivatePerson(systemContext, { personId });
    people.set(who, await signedIn(context));
  }
  person.active = !person.active;
}

/** What people would do who want to get on: so that the random commands also start from where something was done. */
async function drive(world: World): Promise<void> {
  await run(world, { kind: "ask", who: "olga" });
  await run(world, { kind: "approve", who: "avery" });
  await run(world, { kind: "approve", who: "blake" });
  await run(world, { kind: "execute", who: "olga", fault: "none" });
}

async function replan(world: World, change: boolean): Promise<void> {
  const { team, model } = world;
  const { store } = team.scenario;
  if (change) store.place(store.state, { recreated: true });
  const seenVersion = await versionOf(team.id);
  const input = { migrationId: team.id, seenVersion, reason: "again" };
  const planned = await tried(async () =>
    replanOn(team.scenario.engine.systems, team.scenario.operator, input),
  );
  if (planned === null) return;
  expect(planned.changed).toBe(planned.planHash !== model.hash);
  if (!planned.changed) return;
  model.hash = planned.planHash;
  for (const request of model.requests) request.ended = true;
}

async function undo({ team, model }: World): Promise<void> {
  const input = {
    migrationId: team.id,
    stepId: "invalidate",
    seenVersion: await versionOf(team.id),
    reason: "again",
  };
  const undone = await tried(async () => undoStepOn(team.scenario.engine, team.scenario.operator, input));
  if (undone === null) return;
  for (const request of model.requests) if (request.used) request.ended = true;
}

/** Executes the current destructive unit, lets the worker settle what is left, and holds what reached the systems against the oracle. */
async function execute(world: World, who: "olga" | "robin", fault: Fault): Promise<void> {
  const { team, model } = world;
  const current = await currentUnit(world);
  if (current === null) return;
  const scenario = { ...team.scenario, operator: personOf(world, who) };
  const { systems } = team.scenario.engine;
  const request = newest(model, current.unit);
  const active = model.people.get(who)?.active === true;
  team.faults.next = fault === "unreachable" || fault === "lost" ? fault : null;
  let demoted = false;
  const engine: Engine = {
    systems,
    reached: async (stage) => {
      if (fault === "demoted" && stage === "read" && !demoted) {
        demoted = true;
        await toggleRole(world, "avery");
      }
      if (fault === "killed" && stage === "performed") throw new Error("killed");
    },
  };
  const from = team.effects.length;
  const presses = fault === "twice" ? 2 : 1;
  await Promise.allSettled(
    Array.from({ length: presses }, async () => press(scenario, team.id, current.step, { engine })),
  );
  await database()
    .$executeRaw`UPDATE lease SET expires_at = clock_timestamp() - interval '1 second' WHERE expires_at > clock_timestamp()`;
  team.faults.next = null;
  await recoverMigrations({ systems }, workerContext);
  const allowed = active && mayBegin(model, current.unit);
  const effects = team.effects.slice(from).filter((effect) => effect === current.step);
  expect(effects.length, "effects of one press, or of two at once").toBeLessThanOrEqual(1);
  if (effects.length > 0) {
    expect(allowed, `${current.step} took effect although the policy was not met`).toBe(true);
    world.done += 1;
    if (request !== null) request.used = true;
    return;
  }
  if (allowed && (fault === "none" || fault === "twice")) {
    const after = (await unitOf(team, current.unit)).status;
    const isVerified = (await advance(team)) !== current.step;
    expect(isVerified, `${current.step} was refused although the policy was met: ${after.reason}`).toBe(true);
    if (request !== null) request.ended = true;
  }
  if (!allowed) world.refused += 1;
}

test("a destructive unit never takes effect without the policy met on its exact hash at that moment, and never twice", async () => {
  let done = 0;
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(somePolicy, commands, async (policy, sequence) => {
      const world = await makeWorld(policy);
      for (const command of sequence) await run(world, command);
      done += world.done;
      refused += world.refused;
    }),
    { numRuns: RUNS + MET_AND_NOT_MET.length, endOnFailure: true, examples: MET_AND_NOT_MET },
  );
  expect(done, "some effects happened").toBeGreaterThan(0);
  expect(refused, "some executions were refused").toBeGreaterThan(0);
}, 900_000);
