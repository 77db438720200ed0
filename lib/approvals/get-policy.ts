import { z } from "zod";

import { peopleOf } from "#lib/approvals/load-people.ts";
import { currentPolicy } from "#lib/approvals/load-policy.ts";
import { effective, judgeFeasibility } from "#lib/approvals/policy.ts";
import { approvalPolicy, type PolicyDto } from "#lib/approvals/schema.ts";
import { database } from "#lib/db/client.ts";
import { AppError } from "#lib/errors.ts";
import { environmentRefOf } from "#lib/inventory/environment-rows.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead, hasRole } from "#lib/people/authorise.ts";

const uuid = z.uuid();

/**
 * The approval policy of an environment with its history, and whether it can be met by the people there are now.
 * @throws AppError `forbidden`, `not-found`
 */
export async function getPolicy(ctx: Context, environmentId: string): Promise<PolicyDto> {
  const known = uuid.safeParse(environmentId).success;
  const row = known ? await database().environment.findUnique({ where: { id: environmentId } }) : null;
  if (row === null) throw new AppError("not-found", "There is no such environment.");
  await authoriseRead(ctx, environmentId);
  const [{ version, policy }, people, versions, openMigrations, canChange] = await Promise.all([
    currentPolicy(database(), environmentId),
    peopleOf(database(), environmentId),
    database().approvalPolicy.findMany({ where: { environmentId }, orderBy: { version: "desc" } }),
    database().migration.count({ where: { environmentId, state: "open" } }),
    hasRole(ctx, ["administrator"], environmentId),
  ]);
  const { problems, warnings } = judgeFeasibility(effective(policy), people);
  return {
    environment: { ...environmentRefOf(row), sandbox: row.sandbox },
    version,
    policy,
    problems: problems.map(({ words }) => words),
    warnings: [...warnings],
    history: versions.map((one) => ({
      version: one.version,
      policy: approvalPolicy.parse(one.policy),
      reason: one.reason,
      setBy: one.setByName,
      setAt: one.setAt.toISOString(),
    })),
    people: people.map(({ id, name, email, roles }) => ({ id, name, email, roles: [...roles] })),
    openMigrations,
    canChange: canChange && row.archivedAt === null,
  };
}
