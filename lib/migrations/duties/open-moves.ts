import { database } from "#lib/db/client.ts";
import type { Engine } from "#lib/engine/run-context.ts";
import type { Targets } from "#lib/engine/step.ts";
import type { StoreMove } from "#lib/engine/systems.ts";

/** How long a move is kept open for its next turn, in milliseconds. */
const KEPT_MS = 3_600_000;

/** A move that a job works with, and the versions that the rows of its stores had when it was opened. */
export type OpenMove = { readonly move: StoreMove; readonly versions: string };

type Kept = OpenMove & { readonly job: string; readonly since: number };

/**
 * The moves of this process. One whose turn is over stays open for its next one, with what it has sorted on disk of a hashed cluster; it is
 * opened anew when somebody has changed how one of its stores is reached.
 */
export class OpenMoves {
  readonly #kept = new Map<string, Kept>();

  /** The move of a migration for this job: the one that was kept for it, or a new one. @throws as `openMove` */
  async take(engine: Engine, migrationId: string, targets: Targets, job: string): Promise<OpenMove> {
    // Read before it is opened: a change in between is noticed later, and not missed.
    const versions = await storeVersions(targets);
    const kept = this.#kept.get(migrationId);
    this.#kept.delete(migrationId);
    if (kept?.job === job && kept.versions === versions) return kept;
    await kept?.move.close();
    return { move: await engine.systems.openMove(targets, "long"), versions };
  }

  /** Keeps a move for the next turn of its job in this process. */
  keep(migrationId: string, job: string, { move, versions }: OpenMove): void {
    this.#kept.set(migrationId, { move, versions, job, since: performance.now() });
  }

  /** Closes what nobody will go on with: the job is no longer open, or went elsewhere long ago. */
  async closeOthers(openJobs: readonly string[]): Promise<void> {
    const over = [...this.#kept].filter(
      ([id, { since }]) => !openJobs.includes(id) || performance.now() - since > KEPT_MS,
    );
    // All at once, before anything is waited for: none of them may be taken while it is closed.
    for (const [id] of over) this.#kept.delete(id);
    await Promise.all(over.map(async ([, { move }]) => move.close()));
  }

  /** Closes everything that is kept. */
  async close(): Promise<void> {
    await this.closeOthers([]);
  }
}

/** The versions of the rows of all stores of a migration, as one text: another one when any was changed. */
export async function storeVersions({ stores }: Targets): Promise<string> {
  const rows = await database().store.findMany({
    where: { id: { in: stores.map(({ storeId }) => storeId) } },
    orderBy: { id: "asc" },
    select: { id: true, version: true },
  });
  return rows.map(({ id, version }) => `${id} ${version}`).join("\n");
}
