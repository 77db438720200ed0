import type { MoveOperation } from "#lib/engine/operation.ts";
import type { OperationView } from "#lib/migrations/schema.ts";

type Command = OperationView["commands"][number];

/** AtlasDB's own migrator with all four files: a side without its runtime file falls back to its embedded bound. Source: atlasdb-facts G.1, H32 */
const MIGRATE = [
  "./bin/atlasdb-cli --offline migrate \\",
  "  --fromConfig from.yml --fromRuntimeConfig fromRuntime.yml \\",
  "  --migrateConfig to.yml --migrateRuntimeConfig toRuntime.yml \\",
].join("\n");

const NOTES = {
  "--setup":
    "It drops every table of the destination before it looks at the source's metadata, and does not notice when both files name one store: compare from.yml and to.yml first.",
  "--migrate":
    "It takes a start and a commit timestamp of its own from the destination, in every invocation. It also rolls back what it finds uncommitted in the source, so it needs to write there.",
  "--validate":
    "It ends with exit code 0 also where the stores differ. It has passed only where its output says “Validation complete.” and nowhere “Validation failed.”",
} as const;

/**
 * The command of AtlasDB's own command line that does what an operation of a move does. None for the commit of S: every invocation makes its
 * own. Source: atlasdb-facts G.1, G.2, 0.9
 */
export function moveCommands(operation: MoveOperation): Command[] {
  switch (operation.kind) {
    case "move.set-up":
      return [command("--setup")];
    case "move.copy":
      return [command("--migrate")];
    case "move.validate":
      return [command("--validate")];
    case "move.commit-start":
      return [];
  }
}

function command(stage: keyof typeof NOTES): Command {
  return {
    tool: "atlasdb-cli",
    label: "where the service's AtlasDB command line is",
    text: `${MIGRATE}\n  ${stage}`,
    note: NOTES[stage],
  };
}
