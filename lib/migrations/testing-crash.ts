import { database } from "#lib/db/client.ts";
import type { Engine, Stage } from "#lib/engine/run-context.ts";
import type { Scenario } from "#lib/migrations/testing.ts";

/** What the process of `dyingAt` dies of. */
export class Killed extends Error {}

/** An engine whose process dies when it reaches a stage for the n-th time. */
export function dyingAt(scenario: Scenario, stage: Stage, nth = 1): Engine {
  let seen = 0;
  return {
    ...scenario.engine,
    reached: async (reached) => {
      if (reached !== stage) return;
      seen += 1;
      if (seen === nth) throw new Killed(`killed at ${stage}`);
    },
  };
}

/** How many attempts of a migration are not settled. */
export async function openAttempts(id: string): Promise<number> {
  return database().migrationAttempt.count({
    where: { migrationId: id, state: { in: ["intended", "uncertain"] } },
  });
}
