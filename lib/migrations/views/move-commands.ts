import type { MoveOperation } from "#lib/engine/operation.ts";
import type { OperationView } from "#lib/migrations/schema.ts";

type Command = OperationView["commands"][number];

/** AtlasDB's own migrator with all four files: a side without its runtime file falls back to its embedded bound. Source: atlasdb-facts G.1, H32 */
const MIGRATE = [
  "./bin/atlasdb-cli --offline migrate \\",
  "  --fromConfig from.yml --fromRuntimeConfig fromRuntime.yml \\",
  "  --migrateConfig to.yml --migrateRuntimeConfig toRuntime.yml \\",
  "  --setup --migrate --validate",
].join("\n");

const NOTE = [
  "This does the setup, the copy and a comparison at once; Lockstep takes S and C above it and compares every cell again. It drops every table of the destination before it looks at the source's metadata, and does not notice when both files name one store: compare from.yml and to.yml first.",
  "It writes to the source: it rolls back what it finds uncommitted, punches timestamps, and raises an embedded bound. Lockstep may open an incident while it runs; close it with that note. It cannot be resumed: after an interruption run it again from its setup on.",
  "It ends with exit code 0 also where the stores differ. It has passed only where its output says “Validation complete.” and nowhere “Validation failed.”: paste the whole output here.",
].join(" ");

/**
 * The command of AtlasDB's own command line that moves the data by hand: one for the setup, the copy and its comparison, since every
 * invocation takes and commits an S and C of its own. Source: atlasdb-facts G.1, G.2, 0.9, atlasdb-observed (its migrator)
 */
export function moveCommands(operation: Pick<MoveOperation, "kind">): Command[] {
  if (operation.kind !== "move.set-up") return [];
  return [
    { tool: "atlasdb-cli", label: "where the service's AtlasDB command line is", text: MIGRATE, note: NOTE },
  ];
}

/** Why nobody does an operation of a move by hand, and what leads on without Lockstep; null where there is a command, or it is no such operation. */
export function withoutHands({ kind }: { readonly kind: string }): string | null {
  switch (kind) {
    case "move.take-start":
    case "move.commit-start":
      return `There is no command for this step: AtlasDB's own migrator takes and commits an S and C of its own. ${WAY_OUT}`;
    case "move.copy":
    case "move.validate":
      return `There is no command for this step alone: AtlasDB's own migrator copies at timestamps of its own. ${WAY_OUT}`;
    default:
      return null;
  }
}

const WAY_OUT =
  "Where Lockstep cannot do it, plan this migration again and run the command of the step that sets the destination up: it does the setup, the copy and a comparison at once.";
