import { changeRequest, requireNoOpenAttempt, requirePerson } from "#lib/approvals/change-request.ts";
import { closeRequest } from "#lib/approvals/close-request.ts";
import type { WithdrawApprovalInput } from "#lib/approvals/schema.ts";
import { tell } from "#lib/approvals/tell.ts";
import { raiseVersion } from "#lib/engine/record.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";

/**
 * The requester takes the request back; approvals given so far end with it.
 * @throws AppError `forbidden` for anybody else, `not-found`, `conflict` (ended, used, or an attempt is under way)
 */
export async function withdrawApproval(ctx: Context, input: WithdrawApprovalInput): Promise<void> {
  await changeRequest(ctx, "withdraw-approval", input.requestId, input, {
    allow: async (tx, locked) => {
      const { request, judged } = locked;
      if (requirePerson(ctx).id !== request.requesterId) {
        throw new AppError(
          "forbidden",
          "Only whoever asked for this approval can withdraw the request. Nothing was changed.",
        );
      }
      if (request.closedAt !== null || request.consumedAt !== null) {
        throw new AppError("conflict", `Nothing was withdrawn: ${judged.status.reason}`);
      }
      await requireNoOpenAttempt(tx, locked);
    },
    change: async (tx, { request, migration }) => {
      await closeRequest(tx, ctx, request.id, "withdrawn", input.reason === "" ? null : input.reason);
      await tell(tx, ctx, request, {
        kind: "withdrawn",
        once: "withdrawn",
        people: request.decisions.map((one) => one.personId),
        words: input.reason === "" ? null : input.reason,
      });
      await raiseVersion(tx, migration.id);
    },
  });
}
