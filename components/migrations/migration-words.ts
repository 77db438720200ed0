import type { State } from "#components/ui/state-mark.tsx";
import type { MigrationSummary } from "#lib/migrations/schema.ts";

/** How a migration stands, in a state and a word or two; what needs a person comes before everything else. */
export function migrationStanding(migration: MigrationSummary): { state: State | null; words: string } {
  if (migration.openIncidents > 0) {
    const plural = migration.openIncidents === 1 ? "incident" : "incidents";
    return { state: "blocked", words: `${migration.openIncidents} open ${plural}` };
  }
  switch (migration.state) {
    case "done":
      return { state: "pass", words: "done" };
    case "abandoned":
      return { state: null, words: "abandoned" };
    case "watching":
      return { state: "running", words: "watching" };
    case "open":
      break;
  }
  if (migration.step?.state === "uncertain") return { state: "unknown", words: "outcome unknown" };
  if (migration.step?.state === "running") return { state: "running", words: "running" };
  return { state: "warning", words: "waiting for you" };
}
