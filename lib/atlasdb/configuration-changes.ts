import type { ConfigurationForm } from "#lib/atlasdb/changed-files.ts";
import { forwardChanges } from "#lib/atlasdb/forward-changes.ts";
import { moveChanges } from "#lib/atlasdb/move-changes.ts";
import { renameChanges } from "#lib/atlasdb/rename-changes.ts";
import { reverseChanges } from "#lib/atlasdb/reverse-changes.ts";
import type { ConfiguredRunbook, NodeFiles, WantedConfiguration } from "#lib/atlasdb/wanted-configuration.ts";

/**
 * What to change in one node's files at the configuration step of a runbook, in each form that there is (from-timelock has two). Without
 * `files` in general words and as YAML to paste; with them also as the new files, order and comments kept. The result holds the old files'
 * secrets. Pure. Source: runbooks.md 2 to 5, atlasdb-facts B.1, B.2
 */
export function configurationChanges(
  runbook: ConfiguredRunbook,
  files: NodeFiles | null,
  wanted: WantedConfiguration,
): readonly ConfigurationForm[] {
  switch (runbook) {
    case "to-timelock":
      return forwardChanges(files, wanted);
    case "from-timelock":
      return reverseChanges(files, wanted);
    case "rename-namespace":
      return renameChanges(files, wanted);
    case "move-store":
      return moveChanges(files, wanted);
  }
}
