import { expect, it } from "vitest";

import { exampleLive, exampleMigration } from "#components/migrations/testing.ts";
import { migrationLive, migrationView } from "#lib/migrations/schema.ts";

const AT = "2026-11-21T14:00:00.000Z";

it("keeps the examples of the pages within the contract with the engine", () => {
  const view = exampleMigration(AT);
  expect(migrationView.parse(view)).toEqual(view);
  const live = exampleLive(view, AT);
  expect(migrationLive.parse(live)).toEqual(live);
});
