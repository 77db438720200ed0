import { describe, expect, test } from "vitest";

import { destinationsOf } from "#components/migrations/destinations.ts";
import type { WizardStore } from "#components/migrations/new-migration.tsx";

const SERVICE = { id: "s-orders", name: "orders", storeId: "own" };

function store(id: string, change: Partial<WizardStore> = {}): WizardStore {
  return {
    id,
    name: id,
    environmentId: "e",
    kind: "postgres",
    place: "db:5432/x",
    keyspace: null,
    usedBy: [],
    ...change,
  };
}

const OWN = store("own", { usedBy: [{ id: "s-orders", name: "orders" }] });

describe("stores to move to", () => {
  test("free ones come first, then used ones, then what is not possible", () => {
    const offers = destinationsOf(
      [
        OWN,
        store("a-used", { usedBy: [{ id: "s-billing", name: "billing" }] }),
        store("oracle", { kind: "oracle" }),
        store("z-free", { kind: "cassandra", keyspace: "z" }),
      ],
      SERVICE,
    );
    expect(offers.map(({ store: { id } }) => id)).toEqual(["z-free", "a-used", "oracle", "own"]);
    expect(offers.map(({ impossible }) => impossible === null)).toEqual([true, true, false, false]);
  });

  test("the store that the service is in and Oracle say why not, and the way out", () => {
    const [oracle, own] = destinationsOf([OWN, store("a-oracle", { kind: "oracle" })], SERVICE);
    expect(own?.impossible?.because).toContain("orders is in this store now");
    expect(own?.impossible?.instead).toContain("choose another store");
    expect(oracle?.impossible?.because).toContain("Lockstep never connects");
    expect(oracle?.impossible?.instead).toContain("--setup, --migrate and --validate");
  });

  test("nothing can be chosen for a service that is on Oracle now", () => {
    const offers = destinationsOf([store("own", { kind: "oracle" }), store("free")], SERVICE);
    expect(offers.every(({ impossible }) => impossible !== null)).toBe(true);
    expect(offers.find(({ store: { id } }) => id === "free")?.impossible?.because).toContain(
      "own is on Oracle",
    );
  });

  test("a store of others is flagged with their names, one of the service itself is not", () => {
    const others = [
      { id: "s-1", name: "billing" },
      { id: "s-2", name: "loyalty" },
    ];
    const [first, own] = destinationsOf([store("used", { usedBy: others }), OWN], SERVICE);
    expect(first?.flag).toContain("billing, loyalty keep their data here");
    expect(own?.flag).toBeNull();
  });
});
