import { database } from "#lib/db/client.ts";
import { getHealth } from "#lib/health/get-health.ts";

export const dynamic = "force-dynamic";

/** Whether people may be sent here: the database answers and has this build's schema. */
export async function GET(): Promise<Response> {
  const { status } = await getHealth(database(), process.env["LOCKSTEP_SCHEMA"] ?? null);
  const isReady = status !== "down";
  return Response.json(
    { status: isReady ? "ok" : "down" },
    { status: isReady ? 200 : 503, headers: { "Cache-Control": "no-store" } },
  );
}
