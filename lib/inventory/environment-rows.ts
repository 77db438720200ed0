import type { Reader } from "#lib/db/transact-handle.ts";
import {
  environmentDto,
  type EnvironmentDto,
  environmentRef,
  type EnvironmentRef,
} from "#lib/inventory/schema.ts";

const UNARCHIVED = { where: { archivedAt: null } } as const;

/** Which environments to read: all that are not archived, or by identifier whether archived or not. */
export type EnvironmentScope = {
  readonly ids?: readonly string[];
  readonly includeArchived: boolean;
  readonly q?: string | undefined;
};

/** Environments with the number of unarchived things in each, by tier from production down, then by name. */
export async function findEnvironments(
  reader: Reader,
  scope: EnvironmentScope,
): Promise<readonly EnvironmentDto[]> {
  const rows = await reader.environment.findMany({
    where: {
      ...(scope.ids === undefined ? {} : { id: { in: [...scope.ids] } }),
      ...(scope.includeArchived ? {} : { archivedAt: null }),
      ...(scope.q === undefined || scope.q === ""
        ? {}
        : { name: { contains: scope.q, mode: "insensitive" } }),
    },
    include: { _count: { select: { clusters: UNARCHIVED, stores: UNARCHIVED, services: UNARCHIVED } } },
    orderBy: [{ archivedAt: { sort: "desc", nulls: "first" } }, { name: "asc" }],
  });
  const found = rows.map((row) =>
    environmentDto.parse({
      ...environmentRefOf(row),
      contact: row.contact,
      sandbox: row.sandbox,
      quietWindowSeconds: row.quietWindowSeconds,
      ...row._count,
      archivedAt: row.archivedAt?.toISOString() ?? null,
      version: row.version,
    }),
  );
  return found.toSorted((left, right) => rankOf(left) - rankOf(right));
}

const TIER_RANKS = { production: 0, staging: 1, development: 2 } as const;

function rankOf(environment: EnvironmentDto): number {
  return TIER_RANKS[environment.tier] + (environment.archivedAt === null ? 0 : 10);
}

/** Just enough of an environment's row to name and colour it. */
export function environmentRefOf(row: {
  id: string;
  name: string;
  tier: string;
  colour: string;
}): EnvironmentRef {
  return environmentRef.parse({ id: row.id, name: row.name, tier: row.tier, colour: row.colour });
}
