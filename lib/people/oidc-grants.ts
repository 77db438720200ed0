import type { Tx } from "#lib/db/transact-handle.ts";
import { countAdministrators } from "#lib/people/administrators.ts";
import type { WantedGrant } from "#lib/people/oidc-rules.ts";

/** What bringing grants up to date changed, for the audit row. */
export type OidcGrantChange = {
  readonly granted: readonly string[];
  readonly revoked: readonly string[];
  /** The rules would have taken the last administrator away, so that grant was left. */
  readonly keptLastAdministrator: boolean;
};

type Row = { readonly id: string; readonly role: string; readonly environmentId: string | null };

/**
 * Makes the person's grants from the provider those that the rules give now. Grants of administrators stay as they are, and the
 * last administrator stays one. Needs `lockAdministrators`, and the person's account of the provider has to be there already.
 */
export async function refreshOidcGrants(
  tx: Tx,
  personId: string,
  wanted: readonly WantedGrant[],
): Promise<OidcGrantChange> {
  const current: readonly Row[] = await tx.roleGrant.findMany({
    where: { personId, source: "oidc" },
    select: { id: true, role: true, environmentId: true },
  });
  const added = wanted.filter((grant) => !current.some((one) => isSame(one, grant)));
  await tx.roleGrant.createMany({ data: added.map((grant) => ({ ...grant, personId, source: "oidc" })) });
  const surplus = current.filter((grant) => !wanted.some((one) => isSame(one, grant)));
  const { revoked, keptLastAdministrator } = await revokeOidcGrants(tx, surplus);
  return { granted: added.map(wordsOf), revoked, keptLastAdministrator };
}

/** Takes grants of the provider away, except one without which nobody could administrate. Needs `lockAdministrators`. */
export async function revokeOidcGrants(
  tx: Tx,
  grants: readonly Row[],
): Promise<Pick<OidcGrantChange, "revoked" | "keptLastAdministrator">> {
  const revoked: string[] = [];
  let keptLastAdministrator = false;
  for (const grant of grants) {
    const row = await tx.roleGrant.delete({ where: { id: grant.id } });
    const isLast =
      grant.role === "administrator" && grant.environmentId === null && (await countAdministrators(tx)) === 0;
    if (isLast) await tx.roleGrant.create({ data: row });
    else revoked.push(wordsOf(grant));
    keptLastAdministrator ||= isLast;
  }
  return { revoked, keptLastAdministrator };
}

function isSame(one: WantedGrant | Row, other: WantedGrant | Row): boolean {
  return one.role === other.role && one.environmentId === other.environmentId;
}

function wordsOf({ role, environmentId }: WantedGrant | Row): string {
  return `${role} on ${environmentId ?? "all environments"}`;
}
