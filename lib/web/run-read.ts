import "server-only";

import { headers } from "next/headers";
import { NextResponse } from "next/server";
import type { z } from "zod";

import type { AppErrorCode } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { type Refusal, refusalOf, refusalOfInput } from "#lib/web/refusal.ts";
import { requestFacts } from "#lib/web/request.ts";
import { requireSignedIn } from "#lib/web/session.ts";

const STATUS: Readonly<Record<AppErrorCode | "unexpected", number>> = {
  unauthenticated: 401,
  "fresh-sign-in-required": 403,
  forbidden: 403,
  "not-found": 404,
  invalid: 422,
  conflict: 409,
  stale: 409,
  unavailable: 503,
  unexpected: 500,
};

/**
 * The one shape of a GET route handler: signed in → `schema` parses parameters and query → `question`, which authorises the
 * read → JSON that nobody may store. Refusals are `{ code, message, fields }` with the status of their code. Being asked is
 * no sign of life for the session, and a question never allocates.
 */
export async function runRead<S extends z.ZodType>(
  schema: S,
  raw: unknown,
  question: (context: Context, input: z.output<S>) => Promise<unknown>,
): Promise<NextResponse> {
  const { requestId } = requestFacts(new Headers(await headers()));
  try {
    const { context } = await requireSignedIn({ counts: false });
    const input = schema.safeParse(raw);
    if (!input.success) return refuse(refusalOfInput(input.error));
    return answer(200, await question(context, input.data));
  } catch (error) {
    return refuse(refusalOf(error, requestId));
  }
}

function refuse(refusal: Refusal): NextResponse {
  return answer(STATUS[refusal.code], refusal);
}

function answer(status: number, body: unknown): NextResponse {
  return NextResponse.json(body, { status, headers: { "Cache-Control": "no-store" } });
}
