import { randomUUID } from "node:crypto";

import { NOBODY_ASKED_POLICY } from "#lib/approvals/policy.ts";
import type { ApprovalPolicy, LevelRule } from "#lib/approvals/schema.ts";
import { database } from "#lib/db/client.ts";
import type { Context } from "#lib/people/actor.ts";
import { makePerson } from "#lib/people/testing.ts";
import type { Role } from "#lib/people/schema.ts";

/** A level that asks this many approvers, with clocks of an hour. */
export function rule(people: number, change: Partial<LevelRule> = {}): LevelRule {
  return {
    people,
    approvers: { roles: ["approver"], people: [] },
    requestMinutes: 60,
    executionMinutes: 60,
    breakGlass: null,
    ...change,
  };
}

/** A policy whose destructive level is this. */
export function policyOf(destructive: LevelRule, change: Partial<ApprovalPolicy> = {}): ApprovalPolicy {
  return { ...NOBODY_ASKED_POLICY, levels: { ...NOBODY_ASKED_POLICY.levels, destructive }, ...change };
}

/** Puts a policy in force without asking whether it can be met. */
export async function putPolicy(
  environmentId: string,
  policy: ApprovalPolicy = NOBODY_ASKED_POLICY,
): Promise<void> {
  const version = await database().approvalPolicy.count({ where: { environmentId } });
  await database().approvalPolicy.create({
    data: {
      id: randomUUID(),
      environmentId,
      version: version + 1,
      policy,
      reason: "test",
      setById: "test",
      setByName: "test",
    },
  });
}

/** The same person in a session in which they have just proved who they are. */
export async function signedIn<C extends Context>(ctx: C): Promise<C> {
  const session = await database().session.create({
    data: {
      token: randomUUID(),
      userId: ctx.actor.id,
      expiresAt: new Date(Date.now() + 3_600_000),
      confirmedAt: new Date(),
    },
  });
  return { ...ctx, sessionId: session.id };
}

/** A person with these roles in the environment, freshly signed in. */
export async function makeApprover(
  name: string,
  environmentId: string,
  roles: readonly Role[] = ["approver"],
): Promise<Awaited<ReturnType<typeof makePerson>>> {
  return signedIn(
    await makePerson(
      name,
      roles.map((role) => ({ role, environmentId })),
    ),
  );
}
