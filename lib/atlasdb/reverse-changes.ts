import {
  added,
  block,
  check,
  type ConfigurationChange,
  type ConfigurationForm,
  makeForm,
  removed,
  type Sections,
} from "#lib/atlasdb/changed-files.ts";
import { readClientConfiguration } from "#lib/atlasdb/client-configuration.ts";
import type { NodeFiles, WantedConfiguration } from "#lib/atlasdb/wanted-configuration.ts";

/** What stands for a node's own address until somebody fills it in; the check refuses it. */
export const FILL_IN_ADDRESS = "https://FILL-IN:8080";

const NO_BLOCK = {
  id: "no-block",
  title: "No block",
  text: "Nothing says who leads: AtlasDB takes its timestamps from the bound in the store. The plainest form, for a service that runs as one process.",
};
const LEADER_BLOCK = {
  id: "leader-block",
  title: "A leader block with one member",
  text: "The same with a leader block that names this node alone. For services whose deployment expects the block; AtlasDB accepts no second member.",
};

type Wanted = Pick<WantedConfiguration, "localServer">;

/**
 * What to change in a node's files so that it uses the bound in its own store again: `timelock` and `timelockRuntime` out, on every node,
 * since one forgotten block invalidates the bound again. Two forms: no block at all, or a leader block with this one member. Pure.
 * Source: runbooks.md 3; atlasdb-facts B.2, 0.13, H15
 */
export function reverseChanges(files: NodeFiles | null, wanted: Wanted): ConfigurationForm[] {
  return [
    makeForm(NO_BLOCK, files, (sections) => [
      ...outOfTimelock(sections),
      ...leaderGone(sections),
      ...GENERAL,
    ]),
    makeForm(LEADER_BLOCK, files, (sections) => [
      ...outOfTimelock(sections),
      ...leaderAlone(sections, wanted),
      ...GENERAL,
    ]),
  ];
}

function outOfTimelock(sections: Sections | null): ConfigurationChange[] {
  if (sections === null) return [removed("timelock"), removed("timelockRuntime", "runtime")];
  const { install, runtime } = sections;
  return [
    ...["timelock", "lock", "timestamp"]
      .filter((key) => install.lineOf(key) !== null)
      .map((key) => removed(key)),
    ...(runtime !== null && runtime.lineOf("timelockRuntime") !== null
      ? [removed("timelockRuntime", "runtime")]
      : []),
    ...(runtime === null
      ? [
          check(
            "timelockRuntime",
            "If this node has a runtime file, take timelockRuntime out of it too: alone it sends the client back to TimeLock.",
            "runtime",
          ),
        ]
      : []),
  ];
}

function leaderGone(sections: Sections | null): ConfigurationChange[] {
  return sections?.install.lineOf("leader") == null ? [] : [removed("leader")];
}

function leaderAlone(sections: Sections | null, { localServer }: Wanted): ConfigurationChange[] {
  const leader = sections === null ? null : readClientConfiguration(sections.install, null).leader;
  const address = localServer ?? leader?.localServer?.text ?? FILL_IN_ADDRESS;
  const yaml = block("leader", { quorumSize: 1, localServer: address, leaders: [address] });
  const written =
    address === FILL_IN_ADDRESS
      ? "Add a leader block with this node as its only member; write its own address in both places."
      : "Add a leader block with this node as its only member.";
  return [...leaderGone(sections), added("install", "leader", yaml, written)];
}

const GENERAL: readonly ConfigurationChange[] = [
  check(
    "leader",
    "Only one node may run from now on. Change the files of the others too, and keep them switched off: with its old files one would invalidate the bound again.",
  ),
  check(
    "keyValueService",
    "Leave the store as it is: namespace, keyspace, database and table prefix must not change with the timestamps.",
  ),
];
