import type { ClientConfiguration } from "#lib/atlasdb/client-configuration.ts";
import type { ConfigurationFinding } from "#lib/atlasdb/configuration-file.ts";

/**
 * For a service that goes to TimeLock: it must be configured for it, and no block for embedded or remote timestamps may be left.
 * Source: atlasdb-facts B.1, B.2; H32 for command lines without the runtime file
 */
export function timelockRules(client: ClientConfiguration, hasRuntime: boolean): ConfigurationFinding[] {
  return [...leftOvers(client), ...usesTimelock(client, hasRuntime), ...asynchronous(client)];
}

function leftOvers(client: ClientConfiguration): ConfigurationFinding[] {
  const blocks = [
    ["leader", client.leaderLine, "embedded timestamps with leader election"],
    ["lock", client.lockLine, "a remote lock service"],
    ["timestamp", client.timestampLine, "a remote timestamp service"],
  ] as const;
  return blocks.flatMap(([name, line, meaning]): ConfigurationFinding[] =>
    line === null
      ? []
      : [
          {
            severity: "blocking",
            code: `${name}-block`,
            message: `The block ${name} configures ${meaning} and must go: beside TimeLock AtlasDB refuses to start, without TimeLock it would not use it.`,
            file: "install",
            line,
          },
        ],
  );
}

function usesTimelock(client: ClientConfiguration, hasRuntime: boolean): ConfigurationFinding[] {
  const { timelockLine, timelockRuntimeLine } = client;
  if (timelockLine === null && timelockRuntimeLine === null) {
    const message = hasRuntime
      ? "Neither a timelock block in the install file nor a timelockRuntime block in the runtime file: this client would use embedded timestamps, and fail on the invalidated bound. Add one."
      : "No timelock block in the install file, and no runtime file was given: this client would use embedded timestamps, and fail on the invalidated bound. Add a timelock block, or give the runtime file.";
    return [{ severity: "blocking", code: "embedded", message, file: "install", line: null }];
  }
  if (timelockLine === null) {
    return [
      {
        severity: "warning",
        code: "timelock-runtime-only",
        message:
          "Only the runtime file says that TimeLock is used. A command line that is started without the runtime file would use embedded timestamps. A timelock block in the install file prevents that.",
        file: "runtime",
        line: timelockRuntimeLine,
      },
    ];
  }
  const message = "The client is configured for TimeLock.";
  return [{ severity: "pass", code: "uses-timelock", message, file: "install", line: timelockLine }];
}

/** A client with this flag starts without its timestamps; the log says whether it got them. */
export function asynchronous({ initializeAsync }: ClientConfiguration): ConfigurationFinding[] {
  if (initializeAsync?.text !== "true") return [];
  const message =
    "initializeAsync is on: the process starts even if AtlasDB cannot reach TimeLock or the store. Look into its log, not only at the process.";
  return [
    {
      severity: "warning",
      code: "initialize-async",
      message,
      file: initializeAsync.file,
      line: initializeAsync.line,
    },
  ];
}
