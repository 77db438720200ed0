import type { Reader, Tx } from "#lib/db/transact-handle.ts";
import { defaultPolicy, effective, stricter, type EffectivePolicy } from "#lib/approvals/policy.ts";
import { approvalPolicy, type ApprovalPolicy } from "#lib/approvals/schema.ts";

/** The policy of an environment now. `version` 0: nobody has set one, and the default of its tier applies. */
export type CurrentPolicy = { readonly version: number; readonly policy: ApprovalPolicy };

/** The newest policy of an environment, or the default of its tier. */
export async function currentPolicy(reader: Reader, environmentId: string): Promise<CurrentPolicy> {
  const row = await reader.approvalPolicy.findFirst({
    where: { environmentId },
    orderBy: { version: "desc" },
  });
  if (row !== null) return { version: row.version, policy: approvalPolicy.parse(row.policy) };
  const environment = await reader.environment.findUniqueOrThrow({
    where: { id: environmentId },
    select: { tier: true, sandbox: true },
  });
  return { version: 0, policy: defaultPolicy(environment) };
}

/**
 * The policy that applies to a migration: the strictest of the one that it opened under and every one since, so that no change, not even a
 * change and its withdrawal, loosens an open migration.
 */
export async function policyOfMigration(
  reader: Reader,
  migration: { readonly id: string; readonly environmentId: string },
): Promise<EffectivePolicy> {
  const { id, environmentId } = migration;
  const now = await currentPolicy(reader, environmentId);
  const snapshot = await reader.migrationPolicy.findUnique({ where: { migrationId: id } });
  if (snapshot === null) return effective(now.policy);
  const since = await reader.approvalPolicy.findMany({
    where: { environmentId, version: { gt: snapshot.version } },
    orderBy: { version: "asc" },
  });
  return [now.policy, ...since.map((row) => approvalPolicy.parse(row.policy))]
    .map(effective)
    .reduce(stricter, effective(approvalPolicy.parse(snapshot.policy)));
}

/** Keeps, with a migration that opens, the policy of its environment at this moment. */
export async function keepPolicy(tx: Tx, migrationId: string, environmentId: string): Promise<void> {
  const { version, policy } = await currentPolicy(tx, environmentId);
  await tx.migrationPolicy.create({ data: { migrationId, version, policy } });
}
