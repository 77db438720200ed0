import { AppError } from "#lib/errors.ts";
import type { BoundStore } from "#lib/stores/bound-store.ts";
import type { ConnectionReport } from "#lib/stores/schema.ts";

/**
 * An Oracle store as the engine meets it: nothing is ever sent to it. Every reading and every write throws `unavailable` and names the
 * manual way, so that a step takes pasted readings where it takes them at all. There is no driver here: no Oracle server was at hand to
 * try one on, and untried code must not write a bound.
 */
export function oracleBoundStore(name: string): BoundStore {
  const byHand = async (): Promise<never> => {
    throw new AppError("unavailable", oracleByHand(name));
  };
  return {
    kind: "oracle",
    readBound: byHand,
    readBack: byHand,
    readPunch: byHand,
    readTransactionsMark: byHand,
    readSessions: byHand,
    readRights: byHand,
    testConnection: async () => NOT_TRIED,
    invalidate: byHand,
    restore: byHand,
    repair: byHand,
  };
}

/** Says that and why an Oracle store is worked on by hand. */
export function oracleByHand(name: string): string {
  return `${name} is an Oracle store, which Lockstep never connects to. Nothing was sent to it. Run the rendered sqlplus command and paste its whole output.`;
}

const NOT_TRIED: ConnectionReport = {
  ok: false,
  stages: [
    {
      stage: "connection",
      verdict: "warning",
      code: "not-tried",
      message:
        "Not tried: Lockstep never connects to an Oracle database. Its statements are run by hand with sqlplus and their output is pasted.",
    },
  ],
  identity: null,
  facts: [],
};
