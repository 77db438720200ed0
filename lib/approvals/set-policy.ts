import { randomUUID } from "node:crypto";

import { peopleOf } from "#lib/approvals/load-people.ts";
import { currentPolicy } from "#lib/approvals/load-policy.ts";
import { effective, judgeFeasibility, type Feasibility } from "#lib/approvals/policy.ts";
import type { ApprovalPolicy, Approvers, SetPolicyInput } from "#lib/approvals/schema.ts";
import { transact } from "#lib/db/transact.ts";
import type { Tx } from "#lib/db/transact-handle.ts";
import { actorName } from "#lib/engine/run-context.ts";
import { DANGER_LEVELS } from "#lib/engine/unit.ts";
import { AppError } from "#lib/errors.ts";
import { lockRow, requireUnarchived, subjectOf } from "#lib/inventory/locked-rows.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";

/**
 * Gives an environment another approval policy: a new version, the old ones stay. Open migrations keep the strictest that they have seen.
 * Needs an administrator of the environment.
 * @throws AppError `forbidden`, `not-found`, `stale` (another version is in force), `conflict` (archived), `invalid` when nobody could
 *   ever meet it, with the reason, or when it names somebody who does not exist. Returns what is worth knowing about it.
 */
export async function setPolicy(
  ctx: Context,
  input: SetPolicyInput,
): Promise<{ readonly version: number; readonly warnings: readonly string[] }> {
  const { environmentId } = input;
  return transact(
    ctx,
    {
      action: "set-policy",
      ...(await subjectOf("environment", environmentId)),
      input,
      allow: async (tx) => {
        const row = await lockRow(tx, "environment", environmentId);
        await requireRole(tx, ctx, ["administrator"], environmentId);
        requireUnarchived("environment", row);
        const before = await currentPolicy(tx, environmentId);
        if (before.version !== input.seenVersion) {
          throw new AppError(
            "stale",
            "Somebody else has changed this policy since the page was loaded. Nothing was saved. Reload the page, look at the change, then try again.",
          );
        }
        return before;
      },
      conclude: ({ version, warnings }, before) => ({
        outcome: { version, before: before.policy, warnings: [...warnings] },
      }),
    },
    async (tx, before) => {
      const policy = withoutRepetition(input.policy);
      await requireKnownPeople(tx, policy);
      const { problems, warnings } = judgeFeasibility(effective(policy), await peopleOf(tx, environmentId));
      requireFeasible(problems);
      const version = before.version + 1;
      await tx.approvalPolicy.create({
        data: {
          id: randomUUID(),
          environmentId,
          version,
          policy,
          reason: input.reason,
          setById: ctx.actor.id,
          setByName: actorName(ctx),
        },
      });
      return { version, warnings };
    },
  );
}

function requireFeasible(problems: Feasibility["problems"]): void {
  if (problems.length === 0) return;
  throw new AppError("invalid", problems.map(({ words }) => words).join(" "), {
    fields: Object.fromEntries(
      problems.map(({ level, words }) => [`policy.levels.${level}.people`, words] as const),
    ),
  });
}

function withoutRepetition(policy: ApprovalPolicy): ApprovalPolicy {
  const once = ({ roles, people }: Approvers): Approvers => ({
    roles: [...new Set(roles)],
    people: [...new Set(people)],
  });
  const { safe, reversible, destructive } = policy.levels;
  const rule = (one: typeof safe): typeof safe => ({
    ...one,
    approvers: once(one.approvers),
    breakGlass: one.breakGlass === null ? null : once(one.breakGlass),
  });
  return {
    ...policy,
    levels: { safe: rule(safe), reversible: rule(reversible), destructive: rule(destructive) },
  };
}

async function requireKnownPeople(tx: Tx, { levels }: ApprovalPolicy): Promise<void> {
  const named = DANGER_LEVELS.flatMap((level) => [
    ...levels[level].approvers.people,
    ...(levels[level].breakGlass?.people ?? []),
  ]);
  const ids = [...new Set(named)];
  const known = await tx.person.count({ where: { id: { in: ids } } });
  if (known !== ids.length) throw new AppError("invalid", "The policy names somebody who does not exist.");
}
