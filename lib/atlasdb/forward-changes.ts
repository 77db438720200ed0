import { stringify } from "yaml";

import {
  type ClientConfiguration,
  readClientConfiguration,
  storeNamespace,
} from "#lib/atlasdb/client-configuration.ts";
import {
  type ConfigurationFile,
  type ConfigurationFinding,
  type ConfigurationKind,
  parseConfigurationFile,
  type Section,
} from "#lib/atlasdb/configuration-file.ts";
import type { PastedFile } from "#lib/atlasdb/configuration.ts";
import { type DiffLine, diffLines } from "#lib/atlasdb/line-diff.ts";
import { editSection, type SectionEdit } from "#lib/atlasdb/yaml-edit.ts";

/** The TLS block of the client towards TimeLock. No password: a key store's password is written as a mark to be filled in. */
export type TimelockTls = {
  readonly trustStorePath: string;
  readonly keyStorePath?: string | undefined;
  readonly keyStorePassword?: string | undefined;
  readonly trustStoreType?: string | undefined;
  readonly keyStoreType?: string | undefined;
};

/** What a migration to TimeLock asks of a node. Without old files only words and snippets are made. */
export type ForwardChangesInput = {
  readonly namespace: string;
  readonly timelockServers: readonly string[];
  readonly tls?: TimelockTls | undefined;
  readonly install?: PastedFile | undefined;
  readonly runtime?: PastedFile | undefined;
};

/** One thing to do, in words; `yaml` is what to write, where there is something. */
export type ConfigurationChange = {
  readonly file: ConfigurationKind;
  readonly action: "remove" | "add" | "check";
  readonly key: string;
  readonly text: string;
  readonly yaml: string | null;
};

/** A new file made from an old one. Holds the old one's secrets: redact before storing. */
export type ChangedFile = {
  readonly file: ConfigurationKind;
  readonly before: string;
  readonly after: string;
  readonly diff: readonly DiffLine[];
};

/** `problems` say why an old file could not be read or rewritten; the words in `changes` still hold then. */
export type ConfigurationChanges = {
  readonly changes: readonly ConfigurationChange[];
  readonly files: readonly ChangedFile[];
  readonly problems: readonly ConfigurationFinding[];
};

const TRUST_STORE = "var/security/truststore.jks";

/**
 * What to change in a node's files so that it uses TimeLock: blocks of embedded or remote timestamps out; namespace, timelock block and the
 * servers with their TLS block in; the store as it is. With the old files, also the new ones, with order and comments kept, and the
 * difference line by line. Pure. Source: atlasdb-facts B.1, B.2; H32 (the install file says it too)
 */
export function describeForwardChanges(input: ForwardChangesInput): ConfigurationChanges {
  if (input.install === undefined) return { changes: generalChanges(input), files: [], problems: [] };
  const install = parseConfigurationFile("install", input.install.text, input.install.root);
  const runtime =
    input.runtime === undefined
      ? null
      : parseConfigurationFile("runtime", input.runtime.text, input.runtime.root);
  const problems = [...install.findings, ...(runtime?.findings ?? [])].filter(
    ({ severity }) => severity !== "pass",
  );
  if (!install.ok || runtime?.ok === false) return { changes: generalChanges(input), files: [], problems };
  const runtimeFile = runtime?.ok === true ? runtime.file : null;
  const client = readClientConfiguration(install.file.section, runtimeFile?.section ?? null);
  const changes = specificChanges(input, install.file.section, runtimeFile?.section ?? null, client);
  const installFile = rewrite(install.file, changes);
  const changedRuntime = runtimeFile === null ? null : rewrite(runtimeFile, changes);
  return {
    changes,
    files: [installFile, changedRuntime].filter((file) => file !== null && "diff" in file),
    problems: [installFile, changedRuntime].filter((file) => file !== null && "code" in file),
  };
}

function generalChanges(input: ForwardChangesInput): ConfigurationChange[] {
  return [
    ...["leader", "lock", "timestamp"].map((key) => removed(key)),
    added("install", "namespace", `namespace: ${scalar(input.namespace)}\n`),
    added("install", "timelock", timelockBlock(input, null, true)),
    check(
      "keyValueService",
      "Leave the store as it is: keyspace, database and table prefix must not change with the timestamps.",
    ),
  ];
}

function specificChanges(
  input: ForwardChangesInput,
  install: Section,
  runtime: Section | null,
  client: ClientConfiguration,
): ConfigurationChange[] {
  const hasRuntime = runtime !== null;
  const tls = input.tls ?? tlsOf(install);
  return [
    ...["leader", "lock", "timestamp"]
      .filter((key) => install.lineOf(key) !== null)
      .map((key) => removed(key)),
    ...(install.isEmpty("timelock") ? [removed("timelock")] : []),
    ...namespaceChanges(input, client),
    ...(client.timelockLine === null
      ? [added("install", "timelock", timelockBlock(input, tls, !hasRuntime))]
      : []),
    ...(runtime?.isEmpty("timelockRuntime") === true ? [removed("timelockRuntime", "runtime")] : []),
    ...(hasRuntime && client.timelockRuntimeLine === null
      ? [
          added(
            "runtime",
            "timelockRuntime",
            block("timelockRuntime", serversList(input.timelockServers, tls)),
          ),
        ]
      : []),
    ...existingBlocks(client),
  ];
}

function namespaceChanges(
  { namespace }: ForwardChangesInput,
  client: ClientConfiguration,
): ConfigurationChange[] {
  const changes: ConfigurationChange[] = [];
  if (client.namespace === null)
    changes.push(added("install", "namespace", `namespace: ${scalar(namespace)}\n`));
  else if (client.namespace.text !== namespace) {
    changes.push(
      check(
        "namespace",
        `namespace is ${client.namespace.text} here, but this migration works on ${namespace}. Find out which is right before anything is started.`,
      ),
    );
  }
  const own = client.store === null ? null : storeNamespace(client.store);
  if (own === null || own.text === namespace || client.differentNamespaces?.text === "true") return changes;
  if (client.store?.type?.text === "cassandra" || client.store?.namespace !== null) {
    changes.push(
      check(
        "keyValueService",
        `The store's namespace is ${own.text}, which differs from ${namespace}: AtlasDB refuses to start so.`,
      ),
    );
  } else {
    changes.push({
      file: "install",
      action: "add",
      key: "keyValueService.namespace",
      text: `Add namespace to keyValueService: the database is named ${own.text}, and without it AtlasDB refuses a namespace of another name. The database stays the same.`,
      yaml: `namespace: ${scalar(namespace)}\n`,
    });
  }
  return changes;
}

function existingBlocks(client: ClientConfiguration): ConfigurationChange[] {
  const blocks = [
    ["install", "timelock", client.timelockLine],
    ["runtime", "timelockRuntime", client.timelockRuntimeLine],
  ] as const;
  return blocks.flatMap(([file, key, line]): ConfigurationChange[] =>
    line === null
      ? []
      : [
          {
            ...check(
              key,
              `${key} is there already, in line ${line}: compare its servers and its client with this migration's.`,
            ),
            file,
          },
        ],
  );
}

function removed(key: string, file: ConfigurationKind = "install"): ConfigurationChange {
  return {
    file,
    action: "remove",
    key,
    text: `Remove the block ${key}, with everything indented below it.`,
    yaml: null,
  };
}

function added(file: ConfigurationKind, key: string, yaml: string): ConfigurationChange {
  return { file, action: "add", key, text: `Add ${key} to AtlasDB's section of the ${file} file.`, yaml };
}

function check(key: string, text: string): ConfigurationChange {
  return { file: "install", action: "check", key, text, yaml: null };
}

function timelockBlock(input: ForwardChangesInput, tls: TimelockTls | null, withServers: boolean): string {
  const servers = withServers ? serversList(input.timelockServers, input.tls ?? tls) : {};
  return block("timelock", { client: input.namespace, ...servers });
}

function serversList(servers: readonly string[], tls: TimelockTls | null | undefined) {
  const { trustStorePath, trustStoreType, keyStorePath, keyStorePassword, keyStoreType } = tls ?? {
    trustStorePath: TRUST_STORE,
  };
  return {
    serversList: {
      servers: [...servers],
      sslConfiguration: {
        trustStorePath,
        ...(trustStoreType === undefined ? {} : { trustStoreType }),
        ...(keyStorePath === undefined
          ? {}
          : { keyStorePath, keyStorePassword: keyStorePassword ?? "FILL IN" }),
        ...(keyStoreType === undefined ? {} : { keyStoreType }),
      },
    },
  };
}

function block(key: string, value: unknown): string {
  return stringify({ [key]: value }, { lineWidth: 0 });
}

function scalar(text: string): string {
  return stringify(text, { lineWidth: 0 }).trimEnd();
}

/** The TLS settings that the client used towards its old timestamp services, if it had any. */
function tlsOf(install: Section): TimelockTls | null {
  for (const key of ["leader", "lock", "timestamp"]) {
    const ssl = install.section(key)?.section("sslConfiguration") ?? null;
    const trustStorePath = ssl?.value("trustStorePath")?.text;
    if (ssl === null || trustStorePath === undefined) continue;
    return {
      trustStorePath,
      trustStoreType: ssl.value("trustStoreType")?.text,
      keyStorePath: ssl.value("keyStorePath")?.text,
      keyStorePassword: ssl.value("keyStorePassword")?.text,
      keyStoreType: ssl.value("keyStoreType")?.text,
    };
  }
  return null;
}

function rewrite(
  file: ConfigurationFile,
  changes: readonly ConfigurationChange[],
): ChangedFile | ConfigurationFinding {
  const edits = changes
    .filter((change) => change.file === file.kind)
    .flatMap(({ action, key, yaml }): SectionEdit[] => {
      if (action === "remove") return [{ kind: "remove", key }];
      if (action === "check" || yaml === null) return [];
      const [within, inner] = key.split(".");
      return inner === undefined ? [{ kind: "add", key, yaml }] : [{ kind: "add", key: inner, yaml, within }];
    });
  const after = editSection(file, edits);
  if (after === null) {
    return {
      severity: "warning",
      code: "not-rewritable",
      message:
        "This file is written in a way that cannot be changed line by line (braces, or keys that share a line). Make the changes by hand.",
      file: file.kind,
      line: file.section.line,
    };
  }
  return { file: file.kind, before: file.text, after, diff: diffLines(file.text, after) };
}
