import type { ClientConfiguration, LeaderSection } from "#lib/atlasdb/client-configuration.ts";
import type { ConfigurationFinding } from "#lib/atlasdb/configuration-file.ts";
import { FILL_IN_ADDRESS } from "#lib/atlasdb/reverse-changes.ts";
import { asynchronous } from "#lib/atlasdb/rules-timelock.ts";

/**
 * For a service that goes back to the bound in its store: nothing of TimeLock may be left on any node, since one start with it invalidates
 * the bound again; a leader block may name this node alone.
 * Source: runbooks.md 3; atlasdb-facts B.1, B.4, 0.13, H15
 */
export function embeddedRules(client: ClientConfiguration, hasRuntime: boolean): ConfigurationFinding[] {
  const left = leftOfTimelock(client);
  return [
    ...left,
    ...remoteBlocks(client),
    ...(hasRuntime ? [] : [RUNTIME_NOT_GIVEN]),
    ...(client.leaderLine === null ? [] : leaderRules(client.leader, client.leaderLine)),
    ...(left.length > 0 ? [] : [EMBEDDED]),
    ...asynchronous(client),
  ];
}

const EMBEDDED: ConfigurationFinding = {
  severity: "pass",
  code: "embedded",
  message: "Nothing of TimeLock is left: the client takes its timestamps from the bound in its store.",
  file: "install",
  line: null,
};

const RUNTIME_NOT_GIVEN: ConfigurationFinding = {
  severity: "warning",
  code: "runtime-not-given",
  message:
    "No runtime file was given. If this node has one, check it too: timelockRuntime alone sends the client to TimeLock, and its start invalidates the bound again.",
  file: "runtime",
  line: null,
};

function leftOfTimelock(client: ClientConfiguration): ConfigurationFinding[] {
  const blocks = [
    ["install", "timelock", client.timelockLine],
    ["runtime", "timelockRuntime", client.timelockRuntimeLine],
  ] as const;
  return blocks.flatMap(([file, name, line]): ConfigurationFinding[] => {
    if (line === null) return [];
    const message = `The block ${name} is left: on its start this client would invalidate the bound and take timestamps from TimeLock again. Remove it.`;
    return [{ severity: "blocking", code: `${name}-left`, message, file, line }];
  });
}

function remoteBlocks(client: ClientConfiguration): ConfigurationFinding[] {
  const blocks = [
    ["lock", client.lockLine],
    ["timestamp", client.timestampLine],
  ] as const;
  return blocks.flatMap(([name, line]): ConfigurationFinding[] => {
    if (line === null) return [];
    const message = `The block ${name} makes the client ask another service instead of the bound in its own store. Remove it.`;
    return [{ severity: "blocking", code: `${name}-block`, message, file: "install", line }];
  });
}

/**
 * What AtlasDB asks of a leader block: one member, and this node is it. Source: atlasdb-facts 0.13 (LeaderConfig)
 */
export function leaderRules(leader: LeaderSection | null, line: number): ConfigurationFinding[] {
  if (leader === null) {
    const message = "leader is no mapping. It needs quorumSize, localServer and leaders, or has to go.";
    return [{ severity: "blocking", code: "leader-incomplete", message, file: "install", line }];
  }
  const { quorumSize, localServer, leaders } = leader;
  const at = (code: string, message: string, of = leader.line): ConfigurationFinding => ({
    severity: "blocking",
    code,
    message,
    file: "install",
    line: of,
  });
  const findings: ConfigurationFinding[] = [];
  if (quorumSize?.text !== "1")
    findings.push(
      at("leader-quorum", "leader.quorumSize must be 1: AtlasDB accepts no other.", quorumSize?.line),
    );
  if (leaders.length !== 1)
    findings.push(
      at(
        "leader-members",
        `leader.leaders names ${leaders.length} members, and AtlasDB accepts exactly one: only one node may run on embedded timestamps.`,
        leaders[0]?.line,
      ),
    );
  if (localServer === null)
    findings.push(
      at("leader-local", "leader.localServer is missing: this node's own address, as in leaders."),
    );
  else if (leaders.length > 0 && !leaders.some(({ text }) => text === localServer.text))
    findings.push(
      at(
        "leader-local",
        "leader.localServer is not the member in leaders; they must be equal.",
        localServer.line,
      ),
    );
  else if (localServer.text === FILL_IN_ADDRESS)
    findings.push(
      at("leader-fill-in", "Write this node's own address in place of the mark.", localServer.line),
    );
  return findings;
}
