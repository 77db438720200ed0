import type { Reader, Tx } from "#lib/db/transact-handle.ts";
import type { PersonFacts } from "#lib/approvals/policy.ts";
import { isRole } from "#lib/people/schema.ts";

/** A person with their address, as approvals judge and name them. */
export type KnownPerson = PersonFacts & { readonly email: string };

/** Everybody who has a role in the environment or on all, deactivated people left out, by name. */
export async function peopleOf(reader: Reader, environmentId: string): Promise<readonly KnownPerson[]> {
  const rows = await reader.person.findMany({
    where: {
      deactivatedAt: null,
      grants: { some: { OR: [{ environmentId }, { environmentId: null }] } },
    },
    include: { grants: { where: { OR: [{ environmentId }, { environmentId: null }] } } },
    orderBy: [{ name: "asc" }, { id: "asc" }],
  });
  return rows.map(factsOf);
}

/** These people as they stand in the environment now, deactivated ones too, by identifier. */
export async function peopleById(
  reader: Reader,
  environmentId: string,
  ids: readonly string[],
): Promise<ReadonlyMap<string, KnownPerson>> {
  if (ids.length === 0) return new Map();
  const rows = await reader.person.findMany({
    where: { id: { in: [...new Set(ids)] } },
    include: { grants: { where: { OR: [{ environmentId }, { environmentId: null }] } } },
  });
  return new Map(rows.map((row) => [row.id, factsOf(row)]));
}

/**
 * Locks people and their grants FOR SHARE until the transaction ends, so that taking a role away waits for what rests on it, or comes
 * before it.
 */
export async function lockPeople(tx: Tx, ids: readonly string[]): Promise<void> {
  const sorted = [...new Set(ids)].toSorted();
  if (sorted.length === 0) return;
  await tx.$queryRaw`SELECT 1 FROM person WHERE id = ANY(${sorted}::uuid[]) ORDER BY id FOR SHARE`;
  await tx.$queryRaw`SELECT 1 FROM role_grant WHERE person_id = ANY(${sorted}::uuid[]) ORDER BY id FOR SHARE`;
}

function factsOf(row: {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly deactivatedAt: Date | null;
  readonly grants: readonly { readonly role: string }[];
}): KnownPerson {
  const { id, name, email, deactivatedAt, grants } = row;
  return {
    id,
    name,
    email,
    active: deactivatedAt === null,
    roles: [...new Set(grants.map((grant) => grant.role).filter(isRole))],
  };
}
