import type { ClientConfiguration, ServersList } from "#lib/atlasdb/client-configuration.ts";
import type { ConfigurationFinding, Located } from "#lib/atlasdb/configuration-file.ts";

/**
 * The list of TimeLock servers in force: base URLs of this cluster, and a TLS block, which AtlasDB demands even for http.
 * Source: atlasdb-facts B.1 (server list, "Dialogue must be configured with SSL")
 */
export function serverRules(
  client: ClientConfiguration,
  expected: readonly string[],
): ConfigurationFinding[] {
  if (client.timelockLine === null && client.timelockRuntimeLine === null) return [];
  const { servers, shadowed } = client;
  if (servers === null || servers.servers.length === 0) {
    return [
      finding(
        servers,
        "blocking",
        "servers-missing",
        "No TimeLock server is listed (serversList.servers), so the client reaches none. List every node of the cluster.",
      ),
      ...shadowRules(shadowed, servers),
    ];
  }
  return [
    ...shadowRules(shadowed, servers),
    ...urlRules(servers.servers),
    ...clusterRules(servers, expected),
    ...tlsRules(servers),
  ];
}

function shadowRules(shadowed: ServersList | null, servers: ServersList | null): ConfigurationFinding[] {
  if (shadowed === null || servers === null) return [];
  return [
    finding(
      shadowed,
      "warning",
      "servers-shadowed",
      "This list is not used: the list in the runtime file replaces it as a whole, its TLS block included. Keep one of the two.",
    ),
  ];
}

function urlRules(servers: readonly Located[]): ConfigurationFinding[] {
  return servers.flatMap((server): ConfigurationFinding[] => {
    if (baseUrl(server.text) !== null) return [];
    const message = `${withoutUserInfo(server.text)} is not a base URL. AtlasDB needs the scheme too, such as https://host:8421.`;
    return [{ severity: "blocking", code: "server-url", message, file: server.file, line: server.line }];
  });
}

function clusterRules(list: ServersList, expected: readonly string[]): ConfigurationFinding[] {
  const known = new Set(expected.map((url) => baseUrl(url) ?? url));
  const listed = list.servers.map((server) => ({ ...server, url: baseUrl(server.text) ?? server.text }));
  if (known.size === 0 || listed.length === 0) return [];
  const elsewhere = listed.filter(({ url }) => !known.has(url));
  const misdirected = elsewhere.flatMap((server) => misdirection(server, [...known]));
  if (misdirected.length > 0) return misdirected;
  const unknown = elsewhere;
  if (unknown.length === listed.length) {
    return [
      finding(
        list,
        "blocking",
        "another-cluster",
        `None of the listed servers is a known node of this TimeLock cluster (${[...known].join(", ")}). Another cluster would serve another sequence. If these are other names of its nodes, enter them in the inventory.`,
      ),
    ];
  }
  const strangers = unknown.map(({ text, file, line }): ConfigurationFinding => ({
    severity: "warning",
    code: "unknown-server",
    message: `${withoutUserInfo(text)} is no known node of this TimeLock cluster. If it is another name of one, enter it in the inventory; else remove it.`,
    file,
    line,
  }));
  if (strangers.length > 0) return strangers;
  return [
    finding(
      list,
      "pass",
      "servers",
      `${listed.length} listed servers are known nodes of this TimeLock cluster.`,
    ),
  ];
}

/** The right host and port, but with another scheme or path: the client would not get through. */
function misdirection(
  server: Located & { readonly url: string },
  known: readonly string[],
): ConfigurationFinding[] {
  const place = (url: string) => (URL.canParse(url) ? new URL(url).host : url);
  const meant = known.filter((url) => place(url) === place(server.url));
  if (meant.length === 0) return [];
  const message = `${withoutUserInfo(server.text)} leads to a known node with another scheme or path than ${meant.join(" or ")}. The client would not reach TimeLock there.`;
  return [{ severity: "blocking", code: "server-path", message, file: server.file, line: server.line }];
}

function tlsRules(list: ServersList): ConfigurationFinding[] {
  if (list.ssl === null) {
    return [
      finding(
        list,
        "blocking",
        "tls-missing",
        "serversList has no sslConfiguration. AtlasDB demands one for TimeLock, for http:// too. Add it with at least trustStorePath.",
      ),
    ];
  }
  if (list.ssl.trustStorePath === null) {
    const message = "sslConfiguration has no trustStorePath, which is required.";
    return [
      { severity: "blocking", code: "trust-store-missing", message, file: list.file, line: list.ssl.line },
    ];
  }
  return [
    {
      severity: "pass",
      code: "tls",
      message: "The TLS block names a trust store.",
      file: list.file,
      line: list.ssl.line,
    },
  ];
}

/** Scheme, host, port and path in one form; null for what is no http or https URL. */
export function baseUrl(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  return `${url.protocol}//${url.host.toLowerCase()}${url.pathname.replace(/\/+$/, "")}`;
}

function withoutUserInfo(text: string): string {
  return text.replace(/\/\/[^/@]*@/, "//");
}

function finding(
  list: ServersList | null,
  severity: ConfigurationFinding["severity"],
  code: string,
  message: string,
): ConfigurationFinding {
  return { severity, code, message, file: list?.file ?? "install", line: list?.line ?? null };
}
