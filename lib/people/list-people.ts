import { database } from "#lib/db/client.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead } from "#lib/people/authorise.ts";
import { OIDC_PROVIDER } from "#lib/people/oidc-settings.ts";
import { isRole, type PersonDto } from "#lib/people/schema.ts";

/**
 * Everybody, by name, with grants and how many sessions are open; deactivated people last.
 * @throws AppError `forbidden` for anybody but administrators and auditors of all environments
 */
export async function listPeople(ctx: Context): Promise<readonly PersonDto[]> {
  await authoriseRead(ctx, null, ["administrator", "auditor"]);
  const people = await database().person.findMany({
    orderBy: [{ deactivatedAt: { sort: "asc", nulls: "first" } }, { name: "asc" }, { id: "asc" }],
    include: {
      grants: { orderBy: [{ role: "asc" }, { grantedAt: "asc" }] },
      sessions: { select: { lastSeenAt: true }, orderBy: { lastSeenAt: "desc" } },
      accounts: { select: { providerId: true } },
      totp: { select: { confirmedAt: true } },
      passkeys: { select: { id: true }, take: 1 },
    },
  });
  return people.map((person) => ({
    id: person.id,
    name: person.name,
    email: person.email,
    sandbox: person.sandbox,
    hasPassword: person.accounts.some(({ providerId }) => providerId === "credential"),
    hasProvider: person.accounts.some(({ providerId }) => providerId === OIDC_PROVIDER),
    hasSecondFactor: person.passkeys.length > 0 || person.totp?.confirmedAt != null,
    deactivatedAt: person.deactivatedAt?.toISOString() ?? null,
    createdAt: person.createdAt.toISOString(),
    lastSeenAt: person.sessions[0]?.lastSeenAt.toISOString() ?? null,
    sessions: person.sessions.length,
    grants: person.grants.flatMap(({ id, role, environmentId, source, grantedAt }) =>
      isRole(role)
        ? [{ id, role, environmentId, fromProvider: source === "oidc", grantedAt: grantedAt.toISOString() }]
        : [],
    ),
  }));
}
