import { randomUUID } from "node:crypto";

import { changeRequest } from "#lib/approvals/change-request.ts";
import { closeRequest } from "#lib/approvals/close-request.ts";
import type { ClosedBecause } from "#lib/approvals/judge-approval.ts";
import { tell } from "#lib/approvals/tell.ts";
import { judgeUnit } from "#lib/approvals/unit-status.ts";
import { database } from "#lib/db/client.ts";
import { raiseVersion } from "#lib/engine/record.ts";
import { AppError } from "#lib/errors.ts";
import { loadMigration } from "#lib/migrations/load-migration.ts";
import type { Context } from "#lib/people/actor.ts";
import { requireRole } from "#lib/people/authorise.ts";
import { findRequest } from "#lib/approvals/load-requests.ts";

/** Something that the worker does again and again, beside other things. */
export type ApprovalDuty = {
  readonly name: string;
  readonly everyMs: number;
  readonly run: (signal: AbortSignal) => Promise<void>;
};

/** What the worker does for approvals: notes, once each, which requests have ended by themselves. */
export function approvalDuties(workerId: string): readonly ApprovalDuty[] {
  const context = (): Context => ({
    actor: { kind: "worker", id: workerId },
    sourceAddress: null,
    requestId: randomUUID(),
  });
  return [
    {
      name: "expire approvals",
      everyMs: 5_000,
      run: async (signal) => {
        await expireApprovals(context(), signal);
      },
    },
  ];
}

/**
 * One round: every open request that is over by its clock, by another plan or with its migration is closed as what it is, with its audit row
 * and its notification, exactly once however many workers look. How a unit stands never waits for this: it follows from the rows and the
 * clock. Returns how many were closed.
 */
export async function expireApprovals(ctx: Context, signal?: AbortSignal): Promise<number> {
  const open = await database().approvalRequest.findMany({ where: { closedAt: null }, select: { id: true } });
  let closed = 0;
  for (const { id } of open) {
    if (signal?.aborted === true) break;
    if ((await endOf(id)) === null) continue;
    try {
      closed += (await expireOne(ctx, id)) ? 1 : 0;
    } catch (error) {
      // Somebody else decided on it or closed it just now.
      if (!(error instanceof AppError)) throw error;
    }
  }
  return closed;
}

async function expireOne(ctx: Context, id: string): Promise<boolean> {
  return changeRequest(
    ctx,
    "expire-approval",
    id,
    {},
    {
      allow: async (tx, { request, migration, judged }) => {
        await requireRole(tx, ctx, ["operator"], request.environmentId);
        const state = migration.situation.state;
        if (request.closedAt !== null || byState(judged.status.state, state, request.consumedAt) === null) {
          throw new AppError("conflict", "This request is not over any more.");
        }
        const open = migration.situation.openAttempt;
        if (open !== null && request.uses.some((one) => one.attemptId === open.id)) {
          throw new AppError("conflict", "An attempt is under way under this approval.");
        }
      },
      change: async (tx, { request, migration, judged }) => {
        const because = byState(judged.status.state, migration.situation.state, request.consumedAt) ?? "void";
        const done = await closeRequest(tx, ctx, request.id, because, null);
        if (because === "expired-request" || because === "expired-execution") {
          await tell(tx, ctx, request, {
            kind: "approval-expired",
            once: because,
            people: [request.requesterId, ...request.decisions.map((one) => one.personId)],
            words: null,
          });
        }
        await raiseVersion(tx, migration.id);
        return done;
      },
      conclude: (_done, { judged }) => ({
        outcome: { state: judged.status.state, because: judged.status.reason },
      }),
    },
  );
}

async function endOf(id: string): Promise<ClosedBecause | null> {
  const request = await findRequest(database(), id);
  if (request === null) return null;
  const migration = await loadMigration(database(), request.migrationId);
  const { status } = await judgeUnit(database(), migration, request.unit, request);
  return byState(status.state, migration.situation.state, request.consumedAt);
}

/** What a request in this state has ended as; null while it lives. */
function byState(state: string, migrationState: string, consumedAt: Date | null): ClosedBecause | null {
  if (migrationState !== "open") return consumedAt === null ? "ended" : "consumed";
  if (consumedAt !== null) return null;
  return state === "expired-request" || state === "expired-execution" || state === "void" ? state : null;
}
