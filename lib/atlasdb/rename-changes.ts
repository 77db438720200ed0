import {
  added,
  check,
  type ConfigurationChange,
  type ConfigurationForm,
  makeForm,
  replaced,
  scalar,
  type Sections,
} from "#lib/atlasdb/changed-files.ts";
import {
  type ClientConfiguration,
  readClientConfiguration,
  storeNamespace,
} from "#lib/atlasdb/client-configuration.ts";
import type { Located } from "#lib/atlasdb/configuration-file.ts";
import { storeNamespaceAdded } from "#lib/atlasdb/forward-changes.ts";
import type { NodeFiles, WantedConfiguration } from "#lib/atlasdb/wanted-configuration.ts";

type Wanted = Pick<WantedConfiguration, "namespace" | "oldNamespace" | "store">;

const FORM = {
  id: "renamed",
  title: "On the new namespace",
  text: "Every place that names the old namespace names the new one; servers, store and credentials stay as they are.",
};

/**
 * What to change in a node's files so that it uses another namespace: `namespace` and `timelock.client`, and what the store needs so that
 * its name still agrees: Cassandra's keyspace, which always equals the namespace, or `keyValueService.namespace` of a DbKVS. Pure.
 * Source: runbooks.md 4, atlasdb-facts B.1, H23
 */
export function renameChanges(files: NodeFiles | null, wanted: Wanted): ConfigurationForm[] {
  return [
    makeForm(FORM, files, (sections) =>
      sections === null ? generalChanges(wanted) : specificChanges(wanted, sections),
    ),
  ];
}

function generalChanges({ namespace, store }: Wanted): ConfigurationChange[] {
  return [
    replaced("namespace", namespace, `Write ${namespace} as the namespace.`),
    replaced(
      "timelock.client",
      namespace,
      `Write ${namespace} as timelock.client, where the file has it: the two must be equal.`,
    ),
    store?.kind === "cassandra"
      ? check(
          "keyValueService.keyspace",
          `The keyspace is the namespace: with ${namespace} AtlasDB opens the keyspace ${namespace}, which must hold the data. Where the file names a keyspace, write ${namespace}.`,
        )
      : replaced(
          "keyValueService.namespace",
          namespace,
          `Write ${namespace} as keyValueService.namespace, unless the database itself is called ${namespace}. The database stays the same.`,
        ),
  ];
}

function specificChanges(wanted: Wanted, { install, runtime }: Sections): ConfigurationChange[] {
  const client = readClientConfiguration(install, runtime);
  return [
    ...topLevel(client, wanted),
    ...named("timelock.client", client.client, wanted),
    ...storeName(client, wanted),
  ];
}

function topLevel(client: ClientConfiguration, wanted: Wanted): ConfigurationChange[] {
  if (client.namespace !== null) return named("namespace", client.namespace, wanted);
  if (client.client !== null) return [];
  return [added("install", "namespace", `namespace: ${scalar(wanted.namespace)}\n`)];
}

/** The new name in place of the old one; any other name is for people to look at. */
function named(
  key: string,
  value: Located | null,
  { namespace, oldNamespace }: Wanted,
): ConfigurationChange[] {
  if (value === null || value.text === namespace) return [];
  if (oldNamespace !== null && value.text !== oldNamespace) {
    const text = `${key} is ${value.text} here, neither the old namespace ${oldNamespace} nor the new one. Find out why before anything is started.`;
    return [check(key, text)];
  }
  return [replaced(key, namespace, `Write ${namespace} in place of ${value.text} as ${key}.`)];
}

function storeName(client: ClientConfiguration, wanted: Wanted): ConfigurationChange[] {
  const { store } = client;
  if (store === null) return [];
  if (store.type?.text === "cassandra") return keyspaceChanges(store.keyspace, wanted);
  const own = storeNamespace(store);
  if (own === null || own.text === wanted.namespace) return [];
  if (store.namespace !== null) return named("keyValueService.namespace", store.namespace, wanted);
  if (client.differentNamespaces?.text !== "true") return [storeNamespaceAdded(own.text, wanted.namespace)];
  return [
    check(
      "keyValueService",
      `The non-standard flag lets the store's namespace ${own.text} differ from ${wanted.namespace}. Nothing has to change, but keyValueService.namespace: ${wanted.namespace} would make the flag superfluous.`,
    ),
  ];
}

function keyspaceChanges(keyspace: Located | null, wanted: Wanted): ConfigurationChange[] {
  return [
    ...named("keyValueService.keyspace", keyspace, wanted),
    check(
      "keyValueService",
      `The keyspace is the namespace: with these files AtlasDB opens the keyspace ${wanted.namespace}, which must hold the moved data.`,
    ),
  ];
}
