import "server-only";

import { NextResponse } from "next/server";

import { auth } from "#lib/people/auth.ts";
import { requireOwnOrigin } from "#lib/web/origin.ts";
import { refusalOf } from "#lib/web/refusal.ts";
import { requestFacts } from "#lib/web/request.ts";

/**
 * The paths of better-auth that the outside may call. None: signing in and out, second factors, passkeys and sessions go through
 * server actions, whose verbs write the audit log and count failures; the answer of a provider has a route of its own
 * (`lib/web/run-oidc-callback.ts`).
 */
const OPEN_PATHS: readonly string[] = [];

/** Answers better-auth's own routes: what changes something needs our origin, and every path that is not open is not there. */
export async function runAuthRoute(request: Request): Promise<Response> {
  const { requestId } = requestFacts(request.headers);
  try {
    if (request.method !== "GET") requireOwnOrigin(request.headers);
  } catch (error) {
    return refuse(403, refusalOf(error, requestId));
  }
  const path = new URL(request.url).pathname.replace(/^\/api\/auth/, "");
  if (OPEN_PATHS.includes(path)) return auth().handler(request);
  return refuse(404, { code: "not-found", message: "There is nothing at this address.", fields: {} });
}

function refuse(status: number, body: unknown): NextResponse {
  return NextResponse.json(body, { status, headers: { "Cache-Control": "no-store" } });
}
