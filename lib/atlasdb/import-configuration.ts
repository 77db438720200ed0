import {
  type ClientConfiguration,
  readClientConfiguration,
  storeNamespace,
} from "#lib/atlasdb/client-configuration.ts";
import { type Located, parseConfigurationFile, type Section } from "#lib/atlasdb/configuration-file.ts";
import { readImportedCluster } from "#lib/atlasdb/import-cluster.ts";
import { compareNodes } from "#lib/atlasdb/import-compare.ts";
import { FactCollector } from "#lib/atlasdb/import-facts.ts";
import type {
  ImportedNode,
  ImportFact,
  ImportFinding,
  ImportProposal,
  ImportReading,
} from "#lib/atlasdb/import-proposal.ts";
import { clientRules, usesTimelock } from "#lib/atlasdb/import-rules.ts";
import { readImportedStore } from "#lib/atlasdb/import-store.ts";

/** What one node's files say, by themselves. */
export type ReadNode = Omit<ImportProposal, "service"> & {
  readonly node: string;
  readonly timestampSource: "embedded" | "timelock";
  readonly namespace: string;
  readonly address: string;
  readonly serviceFacts: readonly ImportFact[];
};

/**
 * Reads the files of a service's nodes into a proposal for the inventory: the first node's values, each with its line, every rule of
 * AtlasDB on every node, and where the nodes differ in what they must share. Not `ok` where a file cannot be read at all. Pure.
 * Source: atlasdb-facts B.1, B.3
 */
export function readImport(nodes: readonly ImportedNode[]): ImportReading {
  const read = nodes.map((node) => readNode(node));
  const failed = read.flatMap((one) => (one.ok ? [] : one.findings));
  const fine = read.flatMap((one) => (one.ok ? [one.node] : []));
  const [first] = fine;
  if (failed.length > 0 || first === undefined) return { ok: false, findings: failed };
  const name = first.namespace === "" ? "" : first.namespace;
  return {
    ok: true,
    proposal: {
      service: {
        name,
        timestampSource: first.timestampSource,
        namespace: first.namespace,
        nodes: fine.map(({ node, address }) => ({ name: node, address })),
      },
      store: first.store,
      cluster: first.cluster,
      facts: [...first.serviceFacts, ...first.facts],
      findings: sorted([...fine.flatMap(({ findings }) => findings), ...compareNodes(fine)]),
      advice: first.advice,
    },
  };
}

type NodeReading =
  | { readonly ok: true; readonly node: ReadNode }
  | { readonly ok: false; readonly findings: readonly ImportFinding[] };

function readNode({ name: node, files }: ImportedNode): NodeReading {
  const install = parseConfigurationFile("install", files.install.text, files.install.root);
  const path = install.ok ? install.file.path : undefined;
  const runtime =
    files.runtime === null
      ? null
      : parseConfigurationFile("runtime", files.runtime.text, files.runtime.root, path);
  const findings = [...install.findings, ...(runtime?.findings ?? [])].map((one) => ({ ...one, node }));
  if (!install.ok || runtime?.ok === false)
    return { ok: false, findings: findings.filter(({ severity }) => severity === "blocking") };
  const { section } = install.file;
  const runtimeSection = runtime?.ok === true ? runtime.file.section : null;
  return { ok: true, node: readSections(node, section, runtimeSection, findings) };
}

function readSections(
  node: string,
  install: Section,
  runtime: Section | null,
  parsing: readonly ImportFinding[],
): ReadNode {
  const client = readClientConfiguration(install, runtime);
  const namespace = client.client ?? client.namespace ?? ownName(client);
  const store = readImportedStore(node, install, runtime, client.namespace);
  const cluster = readImportedCluster(node, client.servers, serversSsl(install, runtime, client));
  const service = readService(node, client, namespace);
  return {
    node,
    ...service,
    address: client.leader?.localServer?.text ?? "",
    store: store.store,
    cluster: cluster.cluster,
    facts: [...store.facts, ...cluster.facts],
    findings: [
      ...parsing,
      ...clientRules(client, install, runtime).map((finding) => ({ ...finding, node })),
      ...cluster.findings,
    ],
    advice: [...store.advice, ...cluster.advice],
  };
}

function readService(node: string, client: ClientConfiguration, namespace: Located | null) {
  const collector = new FactCollector("service", node);
  const onTimelock = usesTimelock(client);
  const line = client.timelockLine ?? client.timelockRuntimeLine ?? client.leaderLine;
  const file = client.timelockLine === null && client.timelockRuntimeLine !== null ? "runtime" : "install";
  const place = line === null ? null : ({ text: "", line, file } as const);
  collector.put(
    "timestampSource",
    "Timestamps from",
    onTimelock ? "TimeLock" : "its own store",
    place,
    place === null ? "No block for TimeLock, leader or a remote service stands in the files." : null,
  );
  const text = collector.take("namespace", "Namespace", namespace);
  return {
    timestampSource: onTimelock ? ("timelock" as const) : ("embedded" as const),
    namespace: text,
    serviceFacts: collector.facts,
  };
}

/** An embedded client without a namespace is known by its store's. */
function ownName({ store }: ClientConfiguration): Located | null {
  return store === null ? null : storeNamespace(store);
}

/** The TLS block of the server list in force. */
function serversSsl(
  install: Section,
  runtime: Section | null,
  { servers }: ClientConfiguration,
): Section | null {
  const block =
    servers?.file === "runtime" ? runtime?.section("timelockRuntime") : install.section("timelock");
  return block?.section("serversList")?.section("sslConfiguration") ?? null;
}

const RANK = { blocking: 0, warning: 1, pass: 2 } as const;

function sorted(findings: readonly ImportFinding[]): readonly ImportFinding[] {
  return findings.toSorted((a, b) => RANK[a.severity] - RANK[b.severity]);
}
