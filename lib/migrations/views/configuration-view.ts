import { isDeepStrictEqual } from "node:util";

import type { ConfigurationChange } from "#lib/atlasdb/changed-files.ts";
import { configurationChanges } from "#lib/atlasdb/configuration-changes.ts";
import { checkConfiguration } from "#lib/atlasdb/configuration.ts";
import {
  type ConfiguredRunbook,
  type ExpectedStore,
  type WantedConfiguration,
} from "#lib/atlasdb/wanted-configuration.ts";
import type { Finding } from "#lib/engine/finding.ts";
import type { Targets } from "#lib/engine/step.ts";
import { InvariantError } from "#lib/errors.ts";
import type { ClusterDto, StoreDto } from "#lib/inventory/schema.ts";
import type { Instruction, StepView } from "#lib/migrations/schema.ts";

/** What a migration's namespaces are: the one that the files name after it, and the one that a rename leaves. */
export type ConfiguredNamespaces = Pick<WantedConfiguration, "namespace" | "oldNamespace">;

/**
 * The namespaces of a migration as its files name them: where it has one sequence, its namespace; of two, the new and the old one.
 * @throws InvariantError when it has none, so that its files name no TimeLock
 */
export function namespacesOf({ sequences }: Targets): ConfiguredNamespaces {
  const to = sequences.find(({ role }) => role === "destination");
  const from = sequences.find(({ role }) => role === "source");
  const namespace = (to ?? from)?.namespace;
  if (namespace === undefined) throw new InvariantError("this migration has no sequence");
  return { namespace, oldNamespace: to === undefined ? null : (from?.namespace ?? null) };
}

/** What the files of every node must say after a migration; aliases of nodes count as their addresses. */
export function wantedConfigurationOf(
  { namespace, oldNamespace }: ConfiguredNamespaces,
  cluster: ClusterDto,
  store: StoreDto,
): WantedConfiguration {
  return {
    namespace,
    oldNamespace,
    timelockServers: cluster.nodes.map(({ url }) => `${url}${cluster.basePath}`),
    timelockAliases: cluster.nodes.flatMap(({ alias }) =>
      alias === null ? [] : [`${alias}${cluster.basePath}`],
    ),
    store: expectedStoreOf(store),
    localServer: null,
  };
}

/** What the files must say where the service keeps its own bound before and after its store is moved. */
export function embeddedConfigurationOf(store: StoreDto): WantedConfiguration {
  return {
    namespace: "",
    oldNamespace: null,
    timelockServers: [],
    timelockAliases: [],
    store: expectedStoreOf(store),
    localServer: null,
    embedded: true,
  };
}

/** What the files must say after a migration, of the cluster that its files name. `clusters`: of its sequences. */
export function wantedFor(
  targets: Targets,
  clusters: readonly ClusterDto[],
  store: StoreDto,
): WantedConfiguration {
  const { sequences } = targets;
  const named = sequences.find(({ role }) => role === "destination") ?? sequences[0];
  const cluster = clusters.find(({ id }) => id === named?.clusterId);
  return cluster === undefined
    ? embeddedConfigurationOf(store)
    : wantedConfigurationOf(namespacesOf(targets), cluster, store);
}

function expectedStoreOf({ connection, tablePrefix }: StoreDto): ExpectedStore {
  switch (connection.kind) {
    case "postgres": {
      const { kind, host, port, database } = connection;
      return { kind, host, port, database, tablePrefix };
    }
    case "cassandra":
      return { kind: connection.kind, keyspace: connection.keyspace };
    case "oracle":
      return { kind: connection.kind, tablePrefix };
  }
}

/** Checks one node's pasted files. An empty runtime file counts as none. */
export function checkFiles(
  runbook: ConfiguredRunbook,
  wanted: WantedConfiguration,
  { install, runtime, root = "" }: { install: string; runtime: string; root?: string | undefined },
): Finding[] {
  const files = {
    install: { text: install, root: root === "" ? undefined : root },
    runtime: runtime.trim() === "" ? null : { text: runtime },
  };
  const findings = checkConfiguration(runbook, files, wanted);
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

/** What to change on every node, in words and as YAML: what every form asks for first, then form by form where there is more than one. */
export function instructionsOf(
  runbook: ConfiguredRunbook,
  wanted: WantedConfiguration,
): StepView["instructions"] {
  const forms = configurationChanges(runbook, null, wanted);
  const isCommon = (one: ConfigurationChange) =>
    forms.every(({ changes }) => changes.some((other) => isDeepStrictEqual(other, one)));
  const common = forms[0]?.changes.filter(isCommon) ?? [];
  const own = forms.flatMap(({ title, text, changes }) =>
    changes.filter((one) => !isCommon(one)).map((one) => instructionOf(one, { title, text })),
  );
  return [...common.map((one) => instructionOf(one, null)), ...own];
}

function instructionOf({ file, text, yaml }: ConfigurationChange, form: Instruction["form"]): Instruction {
  return { form, title: text, file: `${file}.yml`, before: null, after: yaml ?? "" };
}

/** Only what is to be written, of a change that is shown as the cure of a block that was lost. */
export function writtenOut(instructions: StepView["instructions"]): StepView["instructions"] {
  return instructions.filter(({ after }) => after !== "");
}
