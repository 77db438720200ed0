import { database } from "#lib/db/client.ts";
import type { Log } from "#lib/log.ts";
import type { Duty } from "#lib/processes/duty-loop.ts";

/** Everything that the worker does again and again. */
export async function duties(_log: Log): Promise<readonly Duty[]> {
  const db = database();
  await db.$queryRaw`SELECT 1`;
  return [];
}
