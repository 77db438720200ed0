import { runAuthRoute } from "#lib/web/run-auth-route.ts";

export async function GET(request: Request) {
  return runAuthRoute(request);
}

export async function POST(request: Request) {
  return runAuthRoute(request);
}
