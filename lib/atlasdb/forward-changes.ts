import {
  added,
  block,
  check,
  type ConfigurationChange,
  type ConfigurationForm,
  makeForm,
  removed,
  scalar,
  type Sections,
} from "#lib/atlasdb/changed-files.ts";
import {
  type ClientConfiguration,
  readClientConfiguration,
  storeNamespace,
} from "#lib/atlasdb/client-configuration.ts";
import type { Section } from "#lib/atlasdb/configuration-file.ts";
import type { NodeFiles, WantedConfiguration } from "#lib/atlasdb/wanted-configuration.ts";

/** The TLS block of the client towards TimeLock. No password: a key store's password is written as a mark to be filled in. */
export type TimelockTls = {
  readonly trustStorePath: string;
  readonly keyStorePath?: string | undefined;
  readonly keyStorePassword?: string | undefined;
  readonly trustStoreType?: string | undefined;
  readonly keyStoreType?: string | undefined;
};

const TRUST_STORE = "var/security/truststore.jks";

type Wanted = Pick<WantedConfiguration, "namespace" | "timelockServers">;

/**
 * What to change in a node's files so that it uses TimeLock: blocks of embedded or remote timestamps out; namespace, timelock block and the
 * servers with their TLS block in; the store as it is. With the old files, also the new ones, with order and comments kept, and the
 * difference line by line. Pure. Source: atlasdb-facts B.1, B.2; H32 (the install file says it too)
 */
export function forwardChanges(
  files: NodeFiles | null,
  wanted: Wanted,
  tls?: TimelockTls,
): ConfigurationForm[] {
  const form = {
    id: "timelock",
    title: "On TimeLock",
    text: "Every node takes its timestamps from TimeLock.",
  };
  return [
    makeForm(form, files, (sections) =>
      sections === null ? generalChanges(wanted, tls) : specificChanges(wanted, sections, tls),
    ),
  ];
}

/** The same changes as `forwardChanges`, but for the store, which is another one. */
export function timelockChanges(sections: Sections | null, wanted: Wanted): readonly ConfigurationChange[] {
  return sections === null
    ? generalChanges(wanted, undefined).filter(({ key }) => key !== "keyValueService")
    : specificChanges(wanted, sections, undefined);
}

function generalChanges(wanted: Wanted, tls: TimelockTls | undefined): ConfigurationChange[] {
  return [
    ...["leader", "lock", "timestamp"].map((key) => removed(key)),
    added("install", "namespace", `namespace: ${scalar(wanted.namespace)}\n`),
    added("install", "timelock", timelockBlock(wanted, tls, true)),
    check(
      "keyValueService",
      "Leave the store as it is: keyspace, database and table prefix must not change with the timestamps.",
    ),
  ];
}

function specificChanges(
  wanted: Wanted,
  { install, runtime }: Sections,
  given: TimelockTls | undefined,
): ConfigurationChange[] {
  const client = readClientConfiguration(install, runtime);
  const hasRuntime = runtime !== null;
  const tls = given ?? tlsOf(install);
  return [
    ...["leader", "lock", "timestamp"]
      .filter((key) => install.lineOf(key) !== null)
      .map((key) => removed(key)),
    ...(install.isEmpty("timelock") ? [removed("timelock")] : []),
    ...namespaceChanges(wanted, client),
    ...(client.timelockLine === null
      ? [added("install", "timelock", timelockBlock(wanted, tls, !hasRuntime))]
      : []),
    ...(runtime?.isEmpty("timelockRuntime") === true ? [removed("timelockRuntime", "runtime")] : []),
    ...(hasRuntime && client.timelockRuntimeLine === null
      ? [
          added(
            "runtime",
            "timelockRuntime",
            block("timelockRuntime", serversList(wanted.timelockServers, tls)),
          ),
        ]
      : []),
    ...existingBlocks(client),
  ];
}

function namespaceChanges({ namespace }: Wanted, client: ClientConfiguration): ConfigurationChange[] {
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
    changes.push(storeNamespaceAdded(own.text, namespace));
  }
  return changes;
}

/** The name that lets a DbKVS whose database is called otherwise use a namespace. Source: atlasdb-facts B.1 */
export function storeNamespaceAdded(database: string, namespace: string): ConfigurationChange {
  return added(
    "install",
    "keyValueService.namespace",
    `namespace: ${scalar(namespace)}\n`,
    `Add namespace to keyValueService: the database is named ${database}, and without it AtlasDB refuses a namespace of another name. The database stays the same.`,
  );
}

function existingBlocks(client: ClientConfiguration): ConfigurationChange[] {
  const blocks = [
    ["install", "timelock", client.timelockLine],
    ["runtime", "timelockRuntime", client.timelockRuntimeLine],
  ] as const;
  return blocks.flatMap(([file, key, line]): ConfigurationChange[] => {
    if (line === null) return [];
    const text = `${key} is there already, in line ${line}: compare its servers and its client with this migration's.`;
    return [check(key, text, file)];
  });
}

function timelockBlock(wanted: Wanted, tls: TimelockTls | null | undefined, withServers: boolean): string {
  const servers = withServers ? serversList(wanted.timelockServers, tls) : {};
  return block("timelock", { client: wanted.namespace, ...servers });
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
