import { runOidcCallback } from "#lib/web/run-oidc-callback.ts";

export async function GET(request: Request) {
  return runOidcCallback(request);
}
