import { setImmediate as turn } from "node:timers/promises";

/** How long work may go on before timers, sockets and other lanes get their turn. */
const STRETCH_MS = 20;

/**
 * Lets a loop that may always have something ready give way: heartbeats are timers, and who does not hear them for a while takes a shard over.
 */
export class Breather {
  #since = performance.now();

  /** Gives way when it is time. */
  async breathe(): Promise<void> {
    if (performance.now() - this.#since < STRETCH_MS) return;
    await turn();
    this.#since = performance.now();
  }
}
