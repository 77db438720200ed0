import type { TimestampSource } from "#lib/engine/step.ts";
import type { Scenario } from "#lib/migrations/testing.ts";
import type { FakeBoundStore } from "#lib/stores/fake-bound-store.ts";
import { ALLOCATION_BUFFER } from "#lib/timestamps/long.ts";

/** Timestamps that were given to the service's clients, from the first to the last of one request. */
export type Issued = { readonly first: bigint; readonly last: bigint };

/** An embedded AtlasDB client on the fake store: it serves from its bound without a write, and raises it by the buffer. Source: atlasdb-facts A.5 */
class EmbeddedClient {
  readonly #store: FakeBoundStore;
  #bound: bigint;
  #counter: bigint;

  /** @throws AdapterError where an embedded client would not start */
  constructor(store: FakeBoundStore) {
    this.#store = store;
    this.#bound = store.embeddedBound();
    this.#counter = this.#bound;
  }

  /** The next `count` timestamps. @throws AdapterError when the bound is not what the client remembers */
  allocate(count: bigint): Issued {
    const last = this.#counter + count;
    if (last > this.#bound) {
      this.#store.raiseEmbedded(this.#bound, last + ALLOCATION_BUFFER);
      this.#bound = last + ALLOCATION_BUFFER;
    }
    const first = this.#counter + 1n;
    this.#counter = last;
    return { first, last };
  }
}

/**
 * All clients of the service of a scenario. They are started on the source that their files name, and do what AtlasDB does then: on TimeLock
 * the automated migrator invalidates the store's bound and forwards the namespace to what it keeps. Source: atlasdb-facts B.4
 */
export class Clients {
  readonly issued: Issued[] = [];
  #scenario: Scenario;
  #allocate: ((count: number) => Issued) | null = null;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  /** Their files name another store. */
  use(scenario: Scenario): void {
    this.#scenario = scenario;
  }

  get running(): boolean {
    return this.#allocate !== null;
  }

  /** True when they run then. */
  async start(source: TimestampSource): Promise<boolean> {
    this.stop();
    const { store, control, engine } = this.#scenario;
    if (source.source === "timelock") {
      const { namespace } = source;
      const { state } = store;
      if (state.state === "readable") store.place({ state: "invalidated", kept: state.bound });
      const kept = store.state.state === "invalidated" ? store.state.kept : null;
      const timelock = await engine.systems.openTimelock("", "long");
      // AtlasDB tries again until it is answered; a fast-forward is a maximum.
      if (kept !== null)
        await timelock.fastForward(namespace, kept).catch(async () => timelock.fastForward(namespace, kept));
      this.#allocate = (count) => {
        const last = control.allocateElsewhere(namespace, count);
        return { first: last - BigInt(count) + 1n, last };
      };
      return true;
    }
    try {
      const client = new EmbeddedClient(store);
      this.#allocate = (count) => client.allocate(BigInt(count));
      return true;
    } catch {
      return false;
    }
  }

  stop(): void {
    this.#allocate = null;
  }

  /** They take timestamps, commit with the last and punch it; nothing while they are stopped. They die when their bound was taken from them. */
  take(count: number): void {
    if (this.#allocate === null) return;
    try {
      const issued = this.#allocate(count);
      this.issued.push(issued);
      this.#scenario.store.punch = {
        found: "punch",
        timestamp: issued.last,
        wallMillis: 1n,
        rawRow: "0x",
        rawValue: "0x",
      };
    } catch {
      this.stop();
    }
  }
}
