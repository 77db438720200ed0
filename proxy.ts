import { type NextRequest, NextResponse } from "next/server";

import { contentSecurityPolicy, PATH_HEADER, securityHeaders } from "#lib/web/content-security-policy.ts";
import { signInPath } from "#lib/web/sign-in-path.ts";

const OPEN = /^\/(sign-in|setup|api)(\/|$)/;

/**
 * Before every page and route: a content security policy with a fresh nonce, the other security headers, and the path for the
 * pages. Sends visitors without a session cookie to the sign-in page; whether a cookie is good, pages, actions and routes find
 * out themselves.
 */
export function proxy(request: NextRequest): NextResponse {
  const isHttps = (process.env["LOCKSTEP_PUBLIC_URL"] ?? "").startsWith("https:");
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(18))).toString("base64");
  const policy = contentSecurityPolicy(nonce, {
    isDevelopment: process.env.NODE_ENV === "development",
    isHttps,
  });
  const path = `${request.nextUrl.pathname}${request.nextUrl.search}`;
  const response = shouldSignIn(request)
    ? NextResponse.redirect(new URL(signInPath(path), origin(request)))
    : NextResponse.next({ request: { headers: requestHeaders(request, path, policy, nonce) } });
  response.headers.set("Content-Security-Policy", policy);
  for (const [name, value] of Object.entries(securityHeaders(isHttps))) response.headers.set(name, value);
  return response;
}

/** Everything but what the build put there with a hash in its name. */
export const config = { matcher: ["/((?!_next/static|_next/image).*)"] };

function shouldSignIn(request: NextRequest): boolean {
  const { pathname } = request.nextUrl;
  if (request.method !== "GET" || OPEN.test(pathname) || /\.[a-z0-9]+$/i.test(pathname)) return false;
  return !request.cookies.getAll().some(({ name }) => name.endsWith("lockstep.session_token"));
}

function requestHeaders(request: NextRequest, path: string, policy: string, nonce: string): Headers {
  const headers = new Headers(request.headers);
  headers.set(PATH_HEADER, path);
  headers.set("x-nonce", nonce);
  headers.set("Content-Security-Policy", policy);
  return headers;
}

function origin(request: NextRequest): string {
  return process.env["LOCKSTEP_PUBLIC_URL"] ?? request.nextUrl.origin;
}
