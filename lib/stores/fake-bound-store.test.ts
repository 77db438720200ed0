import { describe, expect, test } from "vitest";

import {
  type BoundStoreHarness,
  CASSANDRA_SCOPE,
  describeBoundStoreContract,
  POSTGRES_SCOPE,
} from "#lib/stores/bound-store-contract.ts";
import { FakeBoundStore } from "#lib/stores/fake-bound-store.ts";
import type { BoundState } from "#lib/stores/schema.ts";

const start: BoundState = { state: "readable", bound: 1n };

async function harnessOf(store: FakeBoundStore): Promise<BoundStoreHarness> {
  return {
    store,
    place: async (state) => store.place(state),
    recreate: async (state) => store.place(state, { recreated: true }),
    // The answer that a write timed out tells no more than a lost one.
    breakNext: async (kind) =>
      void store.faults.push({ kind: kind === "write-timeout" ? "lost-answer" : kind }),
    stop: async () => undefined,
  };
}

describeBoundStoreContract("fake Postgres", () => harnessOf(new FakeBoundStore(start)), POSTGRES_SCOPE);
describeBoundStoreContract(
  "fake Cassandra",
  () => harnessOf(new FakeBoundStore(start, { kind: "cassandra" })),
  CASSANDRA_SCOPE,
);

// An Oracle table has the states of a Postgres one; the real store is worked on by hand and has no adapter to hold to this.
describeBoundStoreContract(
  "fake Oracle",
  () => harnessOf(new FakeBoundStore(start, { kind: "oracle" })),
  POSTGRES_SCOPE,
);

describe("beyond the contract", () => {
  test("somebody else's change between reading and writing is refused", async () => {
    const store = new FakeBoundStore(start);
    const { identity, state } = await store.readBound();
    store.faults.push({ kind: "during-write", change: { state: "readable", bound: 1_000_001n } });
    expect(await store.invalidate({ identity, expected: state })).toMatchObject({ reason: "state-changed" });
  });

  test("an embedded client creates 10000 where there is nothing, and fails on an invalidated bound", () => {
    const store = new FakeBoundStore({ state: "no-table" });
    expect(store.embeddedBound()).toBe(10_000n);
    store.raiseEmbedded(10_000n, 1_010_001n);
    expect(store.embeddedBound()).toBe(1_010_001n);
    expect(() => store.raiseEmbedded(10_000n, 2n)).toThrow(/1010001/);
    store.place({ state: "invalidated", kept: 5n });
    expect(() => store.embeddedBound()).toThrow(/invalidated/);
  });
});
