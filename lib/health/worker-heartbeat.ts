import type { Database } from "#lib/db/client.ts";

/** How often a worker says that it lives, and after how long it is taken for gone. */
export const HEARTBEAT_EVERY_MS = 5_000;
export const HEARTBEAT_GONE_AFTER_SECONDS = 30;
const SWEEP_AFTER_SECONDS = 24 * 60 * 60;

/** Says that a worker lives, by the database's clock; sweeps rows of workers that have been gone for a day. */
export async function beat(
  db: Database,
  worker: { readonly id: string; readonly host: string },
): Promise<void> {
  await db.$executeRaw`
    INSERT INTO worker_heartbeat (id, host) VALUES (${worker.id}::uuid, ${worker.host})
    ON CONFLICT (id) DO UPDATE SET seen_at = now()`;
  await db.$executeRaw`
    DELETE FROM worker_heartbeat WHERE seen_at < now() - make_interval(secs => ${SWEEP_AFTER_SECONDS})`;
}

/** Takes a worker that ends in order off the list. */
export async function endBeat(db: Database, id: string): Promise<void> {
  await db.$executeRaw`DELETE FROM worker_heartbeat WHERE id = ${id}::uuid`;
}
