import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "#lib/log.ts";

/** A thing that the worker does again and again. `run` should end soon after its signal is aborted. */
export interface Duty {
  readonly name: string;
  readonly everyMs: number;
  run(signal: AbortSignal): Promise<void>;
}

/** Running duties. */
export interface DutyLoop {
  /** Begins no new round and waits for the rounds that run; after `limitMs` they are left behind. True when all ended. */
  drain(limitMs: number): Promise<boolean>;
}

const FAILURE_WAIT_MAX_MS = 60_000;

/**
 * Runs every duty in rounds: one round of a duty at a time, the next one `everyMs` after the last ended, duties beside each
 * other. A round that fails is logged and tried again, after a wait that doubles up to a minute.
 */
export function startDuties(duties: readonly Duty[], log: Log): DutyLoop {
  const stop = new AbortController();
  const loops = duties.map(async (duty) => runRounds(duty, stop.signal, log));
  return {
    drain: async (limitMs) => {
      stop.abort();
      const limit = new AbortController();
      const late = sleep(limitMs, false, { signal: limit.signal }).catch(() => false);
      const done = await Promise.race([Promise.all(loops).then(() => true), late]);
      limit.abort();
      return done;
    },
  };
}

async function runRounds(duty: Duty, signal: AbortSignal, log: Log): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await duty.run(signal);
      failures = 0;
    } catch (error) {
      failures += 1;
      if (!signal.aborted) log.error({ duty: duty.name, failures, err: error }, "a round failed");
    }
    const waitMs =
      failures === 0 ? duty.everyMs : Math.min(duty.everyMs * 2 ** failures, FAILURE_WAIT_MAX_MS);
    await sleep(waitMs, undefined, { signal }).catch(() => {});
  }
}
