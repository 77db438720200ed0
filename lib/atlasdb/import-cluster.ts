import type { ServersList } from "#lib/atlasdb/client-configuration.ts";
import type { Section } from "#lib/atlasdb/configuration-file.ts";
import { FactCollector } from "#lib/atlasdb/import-facts.ts";
import type {
  ImportFact,
  ImportFinding,
  KeyStoreAdvice,
  ProposedCluster,
} from "#lib/atlasdb/import-proposal.ts";
import { keyStoreAdvice } from "#lib/atlasdb/key-store-advice.ts";
import { baseUrl } from "#lib/atlasdb/rules-servers.ts";

/** A cluster as read; `cluster` null where the files name no TimeLock server. */
export type ReadCluster = {
  readonly cluster: ProposedCluster | null;
  readonly facts: readonly ImportFact[];
  readonly findings: readonly ImportFinding[];
  readonly advice: readonly KeyStoreAdvice[];
};

/**
 * The TimeLock cluster of one node's files: the servers in force, their addresses apart from the path before TimeLock's own. All of them
 * must have the same path. Source: atlasdb-facts A.1, B.1
 */
export function readImportedCluster(
  node: string,
  list: ServersList | null,
  ssl: Section | null,
): ReadCluster {
  const collector = new FactCollector("cluster", node);
  const servers = (list?.servers ?? []).flatMap((server) => {
    const url = baseUrl(server.text);
    if (url === null) return [];
    const { origin, pathname } = new URL(url);
    return [{ server, origin, path: pathname === "/" ? "" : pathname }];
  });
  const [first] = servers;
  if (first === undefined) return { cluster: null, facts: [], findings: [], advice: [] };
  const unique = servers.filter(({ origin }, at) => servers.findIndex((one) => one.origin === origin) === at);
  for (const [index, { server, origin }] of unique.entries())
    collector.put(`nodes.${index}.url`, `Node ${index + 1}`, origin, server);
  const note = first.path === "" ? "The addresses have no path." : null;
  collector.put("basePath", "Base path", first.path, first.server, note);
  return {
    cluster: {
      name: new URL(first.origin).hostname,
      basePath: first.path,
      urls: unique.map(({ origin }) => origin),
    },
    facts: collector.facts,
    findings: [...pathFindings(node, first.path, servers), ...repeated(node, servers, unique)],
    advice: keyStoreAdvice("cluster", node, ssl),
  };
}

type Server = {
  readonly server: ServersList["servers"][number];
  readonly origin: string;
  readonly path: string;
};

function pathFindings(node: string, path: string, servers: readonly Server[]): ImportFinding[] {
  return servers.flatMap((one): ImportFinding[] =>
    one.path === path
      ? []
      : [
          {
            severity: "blocking",
            code: "base-paths-differ",
            message: `This server has the path ${one.path || "(none)"}, the first one ${path || "(none)"}. Lockstep knows one base path a cluster: find out which is right.`,
            file: one.server.file,
            line: one.server.line,
            node,
          },
        ],
  );
}

function repeated(node: string, all: readonly Server[], unique: readonly Server[]): ImportFinding[] {
  return all
    .filter((one) => !unique.includes(one))
    .map(({ server, origin }) => ({
      severity: "warning",
      code: "server-twice",
      message: `${origin} stands in the list more than once; it is taken once.`,
      file: server.file,
      line: server.line,
      node,
    }));
}
