import { expect, it } from "vitest";

import { migrationStanding } from "#components/migrations/migration-words.ts";
import { exampleMigration } from "#components/migrations/testing.ts";
import type { MigrationSummary } from "#lib/migrations/schema.ts";

const { id, runbookTitle, service, environment, startedAt, startedBy } =
  exampleMigration("2026-11-21T14:00:00Z");
const OPEN: MigrationSummary = {
  id,
  runbookTitle,
  service,
  environment,
  state: "open",
  step: { number: 5, of: 11, title: "Fast-forward", state: "current" },
  openIncidents: 0,
  startedAt,
  startedBy,
};

it("lets an incident speak before everything else, also in a finished migration", () => {
  expect(migrationStanding({ ...OPEN, state: "done", openIncidents: 2 })).toEqual({
    state: "blocked",
    words: "2 open incidents",
  });
});

it("tells an unknown outcome from waiting and from running", () => {
  const at = (state: "current" | "running" | "uncertain") =>
    migrationStanding({ ...OPEN, step: { number: 5, of: 11, title: "Fast-forward", state } }).state;
  expect(at("current")).toBe("warning");
  expect(at("running")).toBe("running");
  expect(at("uncertain")).toBe("unknown");
});

it("never shows an abandoned migration as passed", () => {
  expect(migrationStanding({ ...OPEN, state: "abandoned" }).state).toBeNull();
});
