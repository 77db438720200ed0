import type { Tx } from "#lib/db/transact-handle.ts";
import { database } from "#lib/db/client.ts";
import { AppError } from "#lib/errors.ts";
import { type Actor, type Context, VISITOR } from "#lib/people/actor.ts";
import { refuseTokens } from "#lib/people/refuse-tokens.ts";
import type { Role } from "#lib/people/schema.ts";

type Machine = Extract<Actor, { kind: "worker" | "system" }>;

/**
 * What the machine's own actors may do everywhere, without grants. The worker does an operator's duties (recovery, watch);
 * the system (first start, launcher, command line on the host) also an administrator's. No machine ever approves.
 */
const STANDING_ROLES = {
  worker: ["viewer", "operator"],
  system: ["viewer", "operator", "auditor", "administrator"],
} as const satisfies Readonly<Record<Machine["kind"], readonly Role[]>>;

/** Which environments a person may read: all of them, or these. */
export type ReadableEnvironments = "all" | ReadonlySet<string>;

/**
 * Makes sure, inside the transaction that acts, that the actor holds one of the roles on the environment, or on all. With
 * `environmentId` null (people, the audit log as a whole) only a grant on all environments counts. No role implies another,
 * but every role lets read: pass all of them, or `authoriseRead`. The person's row and the grants stay locked FOR SHARE until
 * the transaction ends, so that a revocation waits for it or comes before it. API tokens never pass, whoever owns them.
 * @throws AppError `forbidden` otherwise, also for a person who was deactivated meanwhile
 */
export async function requireRole(
  tx: Tx,
  ctx: Context,
  roles: readonly Role[],
  environmentId: string | null,
): Promise<void> {
  refuseTokens(ctx.actor);
  if (ctx.actor.kind === "worker" || ctx.actor.kind === "system") return requireStanding(ctx.actor, roles);
  const active = await tx.$queryRaw<unknown[]>`
    SELECT 1 FROM person WHERE id = ${ctx.actor.id}::uuid AND deactivated_at IS NULL FOR SHARE`;
  const grants = await tx.$queryRaw<{ role: string }[]>`
    SELECT role FROM role_grant
    WHERE person_id = ${ctx.actor.id}::uuid AND role = ANY(${[...roles]}::text[])
      AND (environment_id IS NULL OR environment_id = ${environmentId}::uuid)
    FOR SHARE`;
  if (active.length === 0 || grants.length === 0) throw refusal(roles, environmentId);
}

/**
 * Makes sure that the actor may read what belongs to the environment (null: what belongs to none), outside a transaction.
 * Every role reads its environments; `roles` narrows it, as for the audit log.
 * @throws AppError `forbidden` otherwise
 */
export async function authoriseRead(
  ctx: Context,
  environmentId: string | null,
  roles?: readonly Role[],
): Promise<void> {
  const readable = await readableEnvironments(ctx, roles);
  if (readable === "all" || (environmentId !== null && readable.has(environmentId))) return;
  throw refusal(roles ?? ["viewer"], environmentId);
}

/**
 * The environments whose things the actor may read, for lists that show only those; an empty set for a person without
 * grants. Every role reads; `roles` narrows it to grants of those. An API token reads what its owner may read at this moment, and of
 * that only its own environments.
 */
export async function readableEnvironments(
  ctx: Context,
  roles?: readonly Role[],
): Promise<ReadableEnvironments> {
  const { actor } = ctx;
  switch (actor.kind) {
    case "person":
      return grantedTo(actor.id, roles);
    case "token":
      return narrowed(await grantedTo(actor.owner.id, roles), actor.environmentIds);
    case "worker":
    case "system":
      return standingRoles(actor).some((role) => roles?.includes(role) ?? true) ? "all" : new Set();
  }
}

async function grantedTo(
  personId: string,
  roles: readonly Role[] | undefined,
): Promise<ReadableEnvironments> {
  const grants = await database().roleGrant.findMany({
    where: {
      personId,
      person: { deactivatedAt: null },
      ...(roles === undefined ? {} : { role: { in: [...roles] } }),
    },
    select: { environmentId: true },
  });
  const ids = grants.map((grant) => grant.environmentId);
  return ids.includes(null) ? "all" : new Set(ids.filter((id) => id !== null));
}

function narrowed(readable: ReadableEnvironments, limit: readonly string[] | null): ReadableEnvironments {
  if (limit === null) return readable;
  return new Set(limit.filter((id) => readable === "all" || readable.has(id)));
}

/**
 * Whether the actor holds one of the roles there; for pages that show or hide a button. Verbs use `requireRole`. Never for an API token,
 * which holds no role.
 */
export async function hasRole(
  ctx: Context,
  roles: readonly Role[],
  environmentId: string | null,
): Promise<boolean> {
  if (ctx.actor.kind === "token") return false;
  const readable = await readableEnvironments(ctx, roles);
  return readable === "all" || (environmentId !== null && readable.has(environmentId));
}

function requireStanding(actor: Machine, roles: readonly Role[]): void {
  const standing = standingRoles(actor);
  if (!roles.some((role) => standing.includes(role))) throw refusal(roles, null);
}

function standingRoles(actor: Machine): readonly Role[] {
  return actor.id === VISITOR.id ? [] : STANDING_ROLES[actor.kind];
}

function refusal(roles: readonly Role[], environmentId: string | null): AppError {
  const where = environmentId === null ? "on all environments" : "in this environment";
  return new AppError(
    "forbidden",
    `This needs the role ${roles.join(" or ")} ${where}. Nothing was changed. Ask an administrator for it.`,
  );
}
