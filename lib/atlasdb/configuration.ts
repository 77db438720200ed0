import { type ClientConfiguration, readClientConfiguration } from "#lib/atlasdb/client-configuration.ts";
import {
  type ConfigurationFinding,
  type ConfigurationKind,
  parseConfigurationFile,
  type Section,
} from "#lib/atlasdb/configuration-file.ts";
import { embeddedRules } from "#lib/atlasdb/rules-embedded.ts";
import { embeddedNamespaceRules, namespaceRules } from "#lib/atlasdb/rules-namespace.ts";
import { serverRules } from "#lib/atlasdb/rules-servers.ts";
import { storeRules } from "#lib/atlasdb/rules-store.ts";
import { timelockRules } from "#lib/atlasdb/rules-timelock.ts";
import type { ConfiguredRunbook, NodeFiles, WantedConfiguration } from "#lib/atlasdb/wanted-configuration.ts";

/**
 * Every rule of AtlasDB, and of the runbook, on one node's files: what would make the client refuse to start, take its timestamps from the
 * wrong place, or use another sequence or store. The blocking ones first, then in file order. Never quotes a secret.
 * Source: runbooks.md 2 to 5, atlasdb-facts B.1, B.2, B.3
 */
export function checkConfiguration(
  runbook: ConfiguredRunbook,
  { install, runtime }: NodeFiles,
  wanted: WantedConfiguration,
): readonly ConfigurationFinding[] {
  const parsedInstall = parseConfigurationFile("install", install.text, install.root);
  const path = parsedInstall.ok ? parsedInstall.file.path : undefined;
  const parsedRuntime =
    runtime === null ? null : parseConfigurationFile("runtime", runtime.text, runtime.root, path);
  const findings = [...parsedInstall.findings, ...(parsedRuntime?.findings ?? [])];
  if (!parsedInstall.ok || parsedRuntime?.ok === false) return sorted(findings);
  const installSection = parsedInstall.file.section;
  const runtimeSection = parsedRuntime?.ok === true ? parsedRuntime.file.section : null;
  const client = readClientConfiguration(installSection, runtimeSection);
  return sorted([
    ...findings,
    ...keyRules(installSection),
    ...(runtimeSection === null ? [] : keyRules(runtimeSection)),
    ...runbookRules(runbook, client, runtimeSection !== null, wanted),
    ...storeRules(client, wanted.store, runbook === "move-store"),
  ]);
}

function runbookRules(
  runbook: ConfiguredRunbook,
  client: ClientConfiguration,
  hasRuntime: boolean,
  wanted: WantedConfiguration,
): ConfigurationFinding[] {
  if (runbook === "from-timelock" || wanted.embedded === true)
    return [...embeddedRules(client, hasRuntime), ...embeddedNamespaceRules(client)];
  return [
    ...timelockRules(client, hasRuntime),
    ...namespaceRules(client, wanted.namespace, wanted.oldNamespace),
    ...serverRules(client, [...wanted.timelockServers, ...wanted.timelockAliases]),
  ];
}

const RANK = { blocking: 0, warning: 1, pass: 2 } as const;
const ORDER: Readonly<Record<ConfigurationKind, number>> = { install: 0, runtime: 1 };

function sorted(findings: readonly ConfigurationFinding[]): readonly ConfigurationFinding[] {
  return findings.toSorted(
    (a, b) =>
      RANK[a.severity] - RANK[b.severity] || ORDER[a.file] - ORDER[b.file] || (a.line ?? 0) - (b.line ?? 0),
  );
}

/** Where each block belongs; AtlasDB refuses keys that it does not know. */
const BLOCKS: Readonly<Record<ConfigurationKind, readonly string[]>> = {
  install: ["timelock", "leader", "lock", "timestamp", "namespace", "keyValueService", "initializeAsync"],
  runtime: ["timelockRuntime", "keyValueService"],
};

/** Keys that AtlasDB does not know, that belong to the other file, or that stand there without a value. Source: atlasdb-facts B.1 */
export function keyRules(section: Section): ConfigurationFinding[] {
  const own = BLOCKS[section.file];
  const other: ConfigurationKind = section.file === "install" ? "runtime" : "install";
  return section.keys.flatMap(({ name, line }): ConfigurationFinding[] => {
    if (own.includes(name)) return emptyBlock(section, name, line);
    if (name === "<<") {
      const message = "A YAML merge (<<) is not followed by AtlasDB's reader, nor here. Write its keys out.";
      return [{ severity: "blocking", code: "yaml-merge", message, file: section.file, line }];
    }
    if (BLOCKS[other].includes(name)) {
      const message = `${name} belongs to the ${other} file. Here AtlasDB does not know it and refuses to start.`;
      return [{ severity: "blocking", code: "wrong-file", message, file: section.file, line }];
    }
    const meant = [...own, ...BLOCKS[other]].find((known) => plain(known) === plain(name));
    if (meant === undefined) return [];
    const message = `${name} is not a key that AtlasDB knows; ${meant} may be meant. It refuses to start with unknown keys.`;
    return [{ severity: "blocking", code: "misspelt-key", message, file: section.file, line }];
  });
}

function emptyBlock(section: Section, name: string, line: number): ConfigurationFinding[] {
  if (!["timelock", "timelockRuntime"].includes(name) || !section.isEmpty(name)) return [];
  const message = `${name} has no value, which AtlasDB takes for absent. Write what belongs below it, or {}.`;
  return [{ severity: "blocking", code: "empty-block", message, file: section.file, line }];
}

function plain(key: string): string {
  return key.toLowerCase().replace(/[^a-z]/g, "");
}
