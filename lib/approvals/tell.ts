import type { Tx } from "#lib/db/transact-handle.ts";
import type { NotificationEvent } from "#lib/notifications/event.ts";
import { notify } from "#lib/notifications/notify.ts";
import type { Context } from "#lib/people/actor.ts";

/** What a notification about a request is about. */
export type Told = {
  readonly id: string;
  readonly environmentId: string;
  readonly migrationId: string;
  readonly planHash: string;
  readonly unit: string;
};

/** Writes down that people are to be told of what happened to a request. `once` names the occurrence among those of the request. */
export async function tell(
  tx: Tx,
  ctx: Context,
  request: Told,
  what: {
    readonly kind: NotificationEvent["kind"];
    readonly once: string;
    readonly people: readonly string[];
    readonly roles?: NotificationEvent["addressed"]["roles"];
    readonly words: string | null;
  },
): Promise<void> {
  const { id, environmentId, migrationId, planHash, unit } = request;
  await notify(tx, {
    key: `request:${id}:${what.once}`,
    kind: what.kind,
    environmentId,
    migrationId,
    planHash,
    unit,
    stepId: null,
    subjectId: id,
    actor: ctx.actor,
    addressed: { people: [...what.people], roles: [...(what.roles ?? [])] },
    words: what.words,
  });
}
