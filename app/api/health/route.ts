import { database } from "#lib/db/client.ts";
import { getHealth } from "#lib/health/get-health.ts";

export const dynamic = "force-dynamic";

/** Sums up the console's health for people and monitors. Open to everybody: it says nothing that helps a stranger. */
export async function GET(): Promise<Response> {
  const health = await getHealth(database(), process.env["LOCKSTEP_SCHEMA"] ?? null);
  return Response.json(health, {
    status: health.status === "down" ? 503 : 200,
    headers: { "Cache-Control": "no-store" },
  });
}
