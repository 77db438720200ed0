import "server-only";

import { NextResponse } from "next/server";
import type { z } from "zod";

import type { Endpoint } from "#lib/api/endpoints.ts";
import { type Problem, type ProblemCode, PROBLEMS } from "#lib/api/problem.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { authenticateToken } from "#lib/tokens/authenticate-token.ts";
import { spendRate } from "#lib/tokens/spend-rate.ts";
import { refusalOf, refusalOfInput } from "#lib/web/refusal.ts";
import { requestFacts } from "#lib/web/request.ts";

const BODY_MAX_BYTES = 64 * 1024;
const NO_STORE = { "Cache-Control": "no-store" };

/** What a route handler gets beside the request: the parameters of its path. */
export type ApiRoute = { readonly params: Promise<Record<string, string>> };

/**
 * The one shape of a route handler below /api/v1: API token (no cookie counts) → its minute → its scope → `endpoint.input` parses path and
 * query, or the body → `question`, which authorises the read → JSON that nobody may store. Refusals are problems by RFC 9457.
 */
export async function runApi<E extends Endpoint>(
  endpoint: E,
  request: Request,
  route: ApiRoute,
  question: (context: Context, input: z.output<E["input"]>) => Promise<z.input<E["response"]>>,
): Promise<NextResponse> {
  const { requestId, sourceAddress } = requestFacts(request.headers);
  try {
    const holder = await authenticateToken(request.headers.get("authorization"), sourceAddress);
    const rate = await spendRate(holder.actor.id, endpoint.cost);
    if (!rate.allowed) return tooMany(requestId, rate.retryAfterSeconds);
    requireScope(endpoint, holder.scopes);
    const input = endpoint.input.safeParse(await inputOf(endpoint, request, route));
    if (!input.success) return refuse(requestId, refusalOfInput(input.error));
    const context = { actor: holder.actor, sourceAddress, requestId };
    const body = await question(context, asInput<E>(input.data));
    return NextResponse.json(body, {
      headers: { ...NO_STORE, "RateLimit-Remaining": `${rate.left}`, "X-Request-Id": requestId },
    });
  } catch (error) {
    return refuse(requestId, refusalOf(error, requestId));
  }
}

/** Zod cannot say of a generic endpoint that parsing with its schema gives that schema's output; it does. */
function asInput<E extends Endpoint>(parsed: unknown): z.output<E["input"]> {
  return parsed as z.output<E["input"]>;
}

function requireScope({ scope }: Endpoint, scopes: readonly string[]): void {
  if (scopes.includes(scope)) return;
  throw new AppError(
    "forbidden",
    `This needs a token with the scope ${scope}, and this one has ${scopes.join(" and ")}. Make another one in the console.`,
  );
}

async function inputOf({ method }: Endpoint, request: Request, { params }: ApiRoute): Promise<unknown> {
  if (method === "POST") return readBody(request);
  const query = [...new URL(request.url).searchParams];
  const names = query.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new AppError("invalid", "Give each parameter once.", {
      fields: { [twice]: "Given more than once." },
    });
  }
  return { ...Object.fromEntries(query), ...(await params) };
}

async function readBody(request: Request): Promise<unknown> {
  if (!/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) {
    throw new AppError("invalid", "Send the body as application/json.");
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.byteLength;
    if (length > BODY_MAX_BYTES) throw new AppError("invalid", "The body is too long: at most 64 KiB.");
    chunks.push(chunk);
  }
  try {
    return await new Response(Buffer.concat(chunks)).json();
  } catch (cause) {
    throw new AppError("invalid", "The body is no JSON.", { cause });
  }
}

type Refused = Pick<Problem, "code" | "fields"> & { readonly message: string };

function refuse(
  requestId: string,
  refused: Refused,
  headers: Readonly<Record<string, string>> = {},
): NextResponse {
  const { code, message, fields } = refused;
  const { status, title } = PROBLEMS[code satisfies ProblemCode];
  const type = `urn:lockstep:problem:${code}`;
  const body: Problem = { type, title, status, detail: message, code, fields: { ...fields }, requestId };
  return NextResponse.json(body, {
    status,
    headers: {
      ...NO_STORE,
      ...headers,
      ...(status === 401 ? { "WWW-Authenticate": 'Bearer realm="lockstep"' } : {}),
      "Content-Type": "application/problem+json",
      "X-Request-Id": requestId,
    },
  });
}

function tooMany(requestId: string, seconds: number): NextResponse {
  const message = `This token has asked too much within a minute. Nothing was done. Try again in ${seconds} s.`;
  return refuse(requestId, { code: "rate-limited", message, fields: {} }, { "Retry-After": `${seconds}` });
}
