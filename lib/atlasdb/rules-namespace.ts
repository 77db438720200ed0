import { type ClientConfiguration, storeNamespace } from "#lib/atlasdb/client-configuration.ts";
import type { ConfigurationFinding, Located } from "#lib/atlasdb/configuration-file.ts";
import { namespaceProblem } from "#lib/atlasdb/namespace.ts";

/**
 * The names must agree: TimeLock's client, the top-level namespace, the store's namespace, and the namespace of the migration. A client
 * that asks for another namespace is served from another sequence, from 1. `expected` null: only as among themselves. Source: atlasdb-facts A.3, B.1
 */
export function namespaceRules(
  client: ClientConfiguration,
  expected: string | null,
  old: string | null = null,
): ConfigurationFinding[] {
  const used = client.client ?? client.namespace;
  if (used === null) {
    return [
      at(
        null,
        "blocking",
        "namespace-missing",
        `Neither namespace nor timelock.client is set, so AtlasDB refuses to start with TimeLock.${expected === null ? "" : ` Add namespace: ${expected}.`}`,
      ),
    ];
  }
  return [
    ...topLevelRules(client),
    ...storeNamespaceRules(client, used),
    ...expectedRules(used, expected, old),
  ];
}

/**
 * The names of a client without TimeLock: a top-level namespace must equal the store's, and without one the store needs its own. A
 * Cassandra keyspace is either. Source: atlasdb-facts B.1
 */
export function embeddedNamespaceRules(client: ClientConfiguration): ConfigurationFinding[] {
  const { namespace, store } = client;
  if (namespace !== null) return storeNamespaceRules(client, namespace);
  if (store === null || storeNamespace(store) !== null) return [];
  const message =
    "Neither a top-level namespace nor a name of the store's own (keyspace, keyValueService.namespace or database) is set. AtlasDB refuses to start.";
  return [{ ...at(null, "blocking", "store-namespace-missing", message), line: store.line }];
}

function topLevelRules({ namespace, client }: ClientConfiguration): ConfigurationFinding[] {
  if (namespace === null || client === null || namespace.text === client.text) return [];
  return [
    at(
      client,
      "blocking",
      "client-differs",
      `timelock.client is ${client.text}, but namespace is ${namespace.text}. AtlasDB refuses to start: they must be equal.`,
    ),
  ];
}

function storeNamespaceRules(configuration: ClientConfiguration, used: Located): ConfigurationFinding[] {
  const { store, namespace, differentNamespaces } = configuration;
  if (store === null) return [];
  const own = storeNamespace(store);
  const cassandra = store.type?.text === "cassandra";
  const allowed = differentNamespaces?.text === "true" && !cassandra;
  if (own === null) {
    if (namespace !== null) return [];
    return [
      at(
        used,
        "blocking",
        "store-namespace-missing",
        "Without a top-level namespace the store needs a keyspace or database of its own. AtlasDB refuses to start.",
      ),
    ];
  }
  const reference = namespace ?? used;
  if (own.text === reference.text) return [];
  if (allowed) {
    return [
      at(
        own,
        "warning",
        "different-namespaces",
        `The store's namespace is ${own.text} and TimeLock's is ${reference.text}. The non-standard flag allows it; take care that nobody else uses either.`,
      ),
    ];
  }
  const cure = cassandra
    ? "The keyspace must equal the namespace."
    : `Set keyValueService.namespace to ${reference.text}; the database stays the same.`;
  return [
    at(
      own,
      "blocking",
      "store-namespace-differs",
      `The store's namespace is ${own.text}, but the client's is ${reference.text}. AtlasDB refuses to start. ${cure}`,
    ),
  ];
}

function expectedRules(used: Located, expected: string | null, old: string | null): ConfigurationFinding[] {
  const problem = namespaceProblem(used.text);
  if (problem !== null) return [at(used, "blocking", "namespace-invalid", problem)];
  if (expected === null || used.text === expected) {
    return [at(used, "pass", "namespace", `The client uses the namespace ${used.text}.`)];
  }
  if (used.text === old) {
    const message = `The client would still use the old namespace ${old}. Its timestamps go on from there, and ${expected} with its own: the sequence would be split. Write ${expected}.`;
    return [at(used, "blocking", "old-namespace", message)];
  }
  return [
    at(
      used,
      "blocking",
      "namespace-differs",
      `The client would use the namespace ${used.text}, but this migration forwarded ${expected}. It would be served from another sequence, with timestamps that were issued before.`,
    ),
  ];
}

function at(
  value: Located | null,
  severity: ConfigurationFinding["severity"],
  code: string,
  message: string,
): ConfigurationFinding {
  return { severity, code, message, file: value?.file ?? "install", line: value?.line ?? null };
}
