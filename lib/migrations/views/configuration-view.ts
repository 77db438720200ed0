import { checkConfiguration, type ExpectedConfiguration } from "#lib/atlasdb/configuration.ts";
import type { ExpectedStore } from "#lib/atlasdb/rules-store.ts";
import { describeForwardChanges } from "#lib/atlasdb/forward-changes.ts";
import type { Finding } from "#lib/engine/finding.ts";
import type { ClusterDto, StoreDto } from "#lib/inventory/schema.ts";
import type { StepView } from "#lib/migrations/schema.ts";

/** What the files of every node must say after a migration; aliases of nodes count as their addresses. */
export function wantedConfigurationOf(
  namespace: string,
  cluster: ClusterDto,
  store: StoreDto,
): WantedConfiguration {
  const { host, port, database } = store.connection;
  return {
    namespace,
    oldNamespace: null,
    timelockServers: cluster.nodes.map(({ url }) => `${url}${cluster.basePath}`),
    timelockAliases: cluster.nodes.flatMap(({ alias }) => (alias === null ? [] : [`${alias}${cluster.basePath}`])),
    store: { kind: store.connection.kind, host, port, database, tablePrefix: store.tablePrefix },
    stays: null,
    localServer: null,
  };
}

/** Checks one node's pasted files. An empty runtime file counts as none. */
export function checkFiles(expected: ExpectedConfiguration, install: string, runtime: string): Finding[] {
  const findings = checkConfiguration({
    install: { text: install },
    runtime: runtime.trim() === "" ? null : { text: runtime },
    expected,
  });
  return findings.map(({ severity, code, message, file, line }, index) => ({
    id: `${code}-${index}`,
    level: severity,
    title: message,
    detail: line === null ? `${file} file` : `${file} file, line ${line}`,
    remedy: severity === "blocking" ? "Mend the file on the node, and paste it again." : null,
    readings: [],
    attest: null,
    deferred: false,
  }));
}

/** What to change on every node, in words and as YAML. */
export function instructionsOf(namespace: string, cluster: ClusterDto): StepView["instructions"] {
  const { changes } = describeForwardChanges({
    namespace,
    timelockServers: cluster.nodes.map((node) => `${node.url}${cluster.basePath}`),
  });
  return changes.map(({ file, text, yaml }) => ({
    title: text,
    file: `${file}.yml`,
    before: null,
    after: yaml ?? "",
  }));
}
