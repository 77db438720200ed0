import { randomUUID } from "node:crypto";

import { recoverMigrations } from "#lib/engine/recover.ts";
import type { Engine } from "#lib/engine/run-context.ts";
import { inventorySystems } from "#lib/engine/systems.ts";
import { FORGET_EVERY_MS, forgetCopies } from "#lib/migrations/duties/forget-copies.ts";
import { watchAfterStart } from "#lib/migrations/duties/watch-after-start.ts";
import { watchStoppedClients } from "#lib/migrations/duties/watch-stopped-clients.ts";
import type { Context } from "#lib/people/actor.ts";

/** Something that the worker does again and again, beside other things. */
export type MigrationDuty = {
  readonly name: string;
  readonly everyMs: number;
  readonly run: (signal: AbortSignal) => Promise<void>;
};

/**
 * What the worker does for migrations: settles what dead runs left open, keeps the stop proof, and watches after the start. Several
 * workers may do the same: leases and unique rows keep them apart.
 */
export function migrationDuties(
  workerId: string,
  engine: Engine = { systems: inventorySystems },
): readonly MigrationDuty[] {
  const context = (): Context => ({
    actor: { kind: "worker", id: workerId },
    sourceAddress: null,
    requestId: randomUUID(),
  });
  return [
    {
      name: "recover attempts",
      everyMs: 5_000,
      run: async () => {
        await recoverMigrations(engine, context());
      },
    },
    {
      name: "watch stopped clients",
      everyMs: 10_000,
      run: async (signal) => watchStoppedClients(engine, context(), signal),
    },
    {
      name: "watch after start",
      everyMs: 15_000,
      run: async (signal) => watchAfterStart(engine, context(), signal),
    },
    { name: "forget copies", everyMs: FORGET_EVERY_MS, run: async () => forgetCopies(engine) },
  ];
}
