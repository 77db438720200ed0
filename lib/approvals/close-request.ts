import type { Tx } from "#lib/db/transact-handle.ts";
import type { ClosedBecause } from "#lib/approvals/judge-approval.ts";
import { actorName } from "#lib/engine/run-context.ts";
import type { Context } from "#lib/people/actor.ts";

/** Ends a request for good, unless it has ended already; its decisions stay. True when this call ended it. */
export async function closeRequest(
  tx: Tx,
  ctx: Context,
  id: string,
  because: ClosedBecause,
  note: string | null,
): Promise<boolean> {
  const closed = await tx.$executeRaw`
    UPDATE approval_request
    SET closed_at = clock_timestamp(), closed_because = ${because}, closed_by = ${actorName(ctx)}, closed_note = ${note}
    WHERE id = ${id}::uuid AND closed_at IS NULL`;
  return closed === 1;
}

/**
 * Ends every open request of a migration: what was begun counts as used, the rest as `because`. For a new plan, and for migrations that are
 * over.
 */
export async function closeRequestsOf(
  tx: Tx,
  ctx: Context,
  migrationId: string,
  because: "void" | "ended",
): Promise<void> {
  await tx.$executeRaw`
    UPDATE approval_request
    SET closed_at = clock_timestamp(), closed_by = ${actorName(ctx)},
      closed_because = CASE WHEN consumed_at IS NULL THEN ${because} ELSE 'consumed' END
    WHERE migration_id = ${migrationId}::uuid AND closed_at IS NULL`;
}
