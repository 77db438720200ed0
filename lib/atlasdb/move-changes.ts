import {
  block,
  check,
  type ConfigurationChange,
  type ConfigurationForm,
  makeForm,
} from "#lib/atlasdb/changed-files.ts";
import { timelockChanges } from "#lib/atlasdb/forward-changes.ts";
import type { ExpectedStore, NodeFiles, WantedConfiguration } from "#lib/atlasdb/wanted-configuration.ts";

type Wanted = Pick<WantedConfiguration, "namespace" | "timelockServers" | "store" | "embedded">;

const MOVED = {
  id: "moved",
  title: "On the other store",
  text: "Every node uses the other store, in the install file and in the runtime file alike. A node with an old file would write where nobody looks any more.",
};

/**
 * What to change in a node's files so that it uses another store: its key value service, and whatever its timestamps need there. The block
 * with the connection holds secrets and is written by people; what it must say is checked. Pure. Source: runbooks.md 5, atlasdb-facts B.1
 */
export function moveChanges(files: NodeFiles | null, wanted: Wanted): ConfigurationForm[] {
  return [
    makeForm(MOVED, files, (sections) => [
      ...storeChanges(wanted.store),
      ...(wanted.embedded === true ? EMBEDDED : timelockChanges(sections, wanted)),
    ]),
  ];
}

const EMBEDDED: readonly ConfigurationChange[] = [
  check(
    "timelock",
    "No timelock block in the install file and no timelockRuntime block in the runtime file: this service keeps its bound in its store, and starting with one of them would invalidate it.",
  ),
];

function storeChanges(store: ExpectedStore | null): readonly ConfigurationChange[] {
  if (store === null) return [];
  return [
    {
      ...check(
        "keyValueService",
        `Put the block of the new store in the place of the old one. ${wordsOf(store)}`,
      ),
      yaml: yamlOf(store),
    },
    check(
      "keyValueService",
      "Where the runtime file has a keyValueService block, it must be that of the new store as well.",
      "runtime",
    ),
  ];
}

function wordsOf(store: ExpectedStore): string {
  switch (store.kind) {
    case "cassandra":
      return `The keyspace is the namespace: AtlasDB must open the keyspace ${store.keyspace}. Fill in its nodes, credentials and TLS.`;
    case "postgres":
      return "Database and table prefix are those of the new store. Fill in credentials and TLS.";
    case "oracle":
      return "The table prefix is that of the new store. Fill in its connection.";
  }
}

/** Without credentials: only what tells one store from another. */
function yamlOf(store: ExpectedStore): string {
  if (store.kind === "cassandra")
    return block("keyValueService", { type: "cassandra", keyspace: store.keyspace });
  const place =
    store.kind === "postgres" ? { host: store.host, port: store.port, dbName: store.database } : {};
  return block("keyValueService", {
    type: "relational",
    ddl: { type: store.kind, tablePrefix: store.tablePrefix },
    connection: { type: store.kind, ...place },
  });
}
