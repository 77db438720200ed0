import "server-only";

import { refresh } from "next/cache";
import { headers } from "next/headers";
import type { z } from "zod";

import { type Context, VISITOR } from "#lib/people/actor.ts";
import type { CurrentSession } from "#lib/people/current-session.ts";
import { requireOwnOrigin } from "#lib/web/origin.ts";
import { refusalOf, refusalOfInput } from "#lib/web/refusal.ts";
import { requestFacts } from "#lib/web/request.ts";
import type { ActionResult } from "#lib/web/schema.ts";
import { requireSignedIn } from "#lib/web/session.ts";

/**
 * The one shape of a server action: own origin → signed in → `schema` parses what came → `verb` (which authorises on the rows
 * that it locks) → the page is read anew, whether it worked or not, so that a stale one shows how things stand.
 * Expected refusals come back as values; redirects pass through.
 */
export async function runAction<S extends z.ZodType, T>(
  schema: S,
  raw: unknown,
  verb: (context: Context, input: z.output<S>, session: CurrentSession) => Promise<T>,
): Promise<ActionResult<T>> {
  const { requestId } = requestFacts(new Headers(await headers()));
  try {
    requireOwnOrigin(new Headers(await headers()));
    const { context, session } = await requireSignedIn({ counts: true });
    const input = schema.safeParse(raw);
    if (!input.success) return { ok: false, ...refusalOfInput(input.error) };
    const value = await verb(context, input.data, session);
    refresh();
    return { ok: true, value };
  } catch (error) {
    if (isNavigation(error)) throw error;
    const refusal = refusalOf(error, requestId);
    if (refusal.code !== "unauthenticated") refresh();
    return { ok: false, ...refusal };
  }
}

/**
 * The same for what somebody does before they are signed in: own origin → parse → `verb`, which gets the request's facts and
 * acts for a visitor without any role.
 */
export async function runPublicAction<S extends z.ZodType, T>(
  schema: S,
  raw: unknown,
  verb: (context: Context, input: z.output<S>, userAgent: string | null) => Promise<T>,
): Promise<ActionResult<T>> {
  const incoming = new Headers(await headers());
  const { requestId, sourceAddress, userAgent } = requestFacts(incoming);
  try {
    requireOwnOrigin(incoming);
    const input = schema.safeParse(raw);
    if (!input.success) return { ok: false, ...refusalOfInput(input.error) };
    const context = { actor: VISITOR, sourceAddress, requestId };
    return { ok: true, value: await verb(context, input.data, userAgent) };
  } catch (error) {
    if (isNavigation(error)) throw error;
    return { ok: false, ...refusalOf(error, requestId) };
  }
}

/** `redirect` and `notFound` work by throwing; Next marks their errors with a digest. */
function isNavigation(error: unknown): boolean {
  return error instanceof Error && "digest" in error && String(error.digest).startsWith("NEXT_");
}
