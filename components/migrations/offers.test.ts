import { expect, test } from "vitest";

import type { WizardRunbook } from "#components/migrations/new-migration.tsx";
import { offersFor } from "#components/migrations/offers.ts";
import { RUNBOOKS } from "#lib/runbooks/registry.ts";

const OFFERED = RUNBOOKS.map(({ id, title, summary, asks, offeredTo, mends }): WizardRunbook => ({
  id,
  title,
  description: summary,
  asks,
  offeredTo,
  mends: mends ?? null,
}));

test("an embedded service is first led to TimeLock, or to another store", () => {
  expect(offersFor(OFFERED, "embedded").map(({ id }) => id)).toEqual(["to-timelock", "move-store"]);
});

test("a service on TimeLock is not first led to where it is: that only mends, and says so", () => {
  const offers = offersFor(OFFERED, "timelock");
  expect(offers.map(({ id }) => id)).toEqual([
    "move-store",
    "rename-namespace",
    "rename-and-move",
    "from-timelock",
    "to-timelock",
  ]);
  expect(offers.at(-1)?.description).toMatch(/^Only to mend: the service is on TimeLock already/);
});
