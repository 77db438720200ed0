import { hostAndPort } from "#lib/atlasdb/import-facts.ts";
import { POSTGRES_DEFAULT_PREFIX } from "#lib/atlasdb/tables.ts";
import { AppError } from "#lib/errors.ts";
import type { DescribedSide, DescribedStore, DescribedTimelock } from "#lib/processes/copy-side.ts";
import { oracleRefusal } from "#lib/processes/refuse-oracle.ts";
import { isLoopback } from "#lib/processes/settings.ts";
import { TLS_MODES, type TlsMode } from "#lib/stores/schema.ts";

/** A Cassandra URL names several hosts, which WHATWG's reader does not take. */
const SHAPE =
  /^(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?:(?<login>[^@/]*)@)?(?<hosts>[^/?#]+)\/(?<name>[^/?#]+)(?:\?(?<query>[^#]*))?$/i;

const ORACLE = /^oracle[a-z0-9+.-]*:\/\//i;

const COMMON = ["timelock", "namespace", "tls"];
const KNOWN = {
  postgres: [...COMMON, "sslmode", "sslrootcert", "sslcert", "sslkey", "schema", "tablePrefix"],
  cassandra: [...COMMON, "dataCentre"],
} as const;

/**
 * Reads a side from a URL: `postgres://user@host:5432/database?sslmode=…` or `cassandra://user@host-1:9042,host-2:9042/keyspace?…`.
 * Oracle is refused with the way out. @throws AppError `invalid`; its words never hold the password
 */
export function readSideUrl(which: "source" | "destination", url: string): DescribedSide {
  if (ORACLE.test(url)) throw oracleRefusal(which);
  const parts = SHAPE.exec(url)?.groups;
  const kind = kindOf(parts?.["scheme"]);
  if (parts === undefined || kind === null) {
    throw wrong(
      which,
      "is none of postgres://USER@HOST:PORT/DATABASE and cassandra://USER@HOST:PORT,HOST:PORT/KEYSPACE",
    );
  }
  const query = readQuery(which, KNOWN[kind], parts["query"] ?? "");
  const hosts = (parts["hosts"] ?? "").split(",").map((host) => hostAndPort(host));
  const login = readLogin(which, parts["login"] ?? "");
  const name = decoded(which, parts["name"] ?? "");
  const tlsMode = readTlsMode(which, query, hosts);
  const store: DescribedStore =
    kind === "cassandra"
      ? {
          kind,
          contactPoints: hosts.map(({ host, port }) => ({ host, port: port === "" ? "9042" : port })),
          keyspace: name,
          ...login,
          tlsMode,
          dataCentre: query.get("dataCentre") ?? null,
        }
      : {
          kind,
          host: onlyHost(which, hosts).host,
          port: onlyHost(which, hosts).port || "5432",
          database: name,
          schema: query.get("schema") ?? null,
          ...login,
          tlsMode,
          tablePrefix: query.get("tablePrefix") ?? POSTGRES_DEFAULT_PREFIX,
        };
  return {
    store,
    timelock: readTimelock(which, query),
    ca: query.get("sslrootcert") ?? null,
    cert: query.get("sslcert") ?? null,
    key: query.get("sslkey") ?? null,
    notes: [],
  };
}

function wrong(which: string, sentence: string): AppError {
  return new AppError("invalid", `The URL of --${which} ${sentence}. Nothing was read or changed.`);
}

function kindOf(scheme: string | undefined): "postgres" | "cassandra" | null {
  if (scheme === "postgres" || scheme === "postgresql") return "postgres";
  return scheme === "cassandra" ? "cassandra" : null;
}

function readQuery(which: string, known: readonly string[], text: string): ReadonlyMap<string, string> {
  const pairs = [...new URLSearchParams(text)];
  const unknown = pairs.find(([key]) => !known.includes(key));
  if (unknown !== undefined)
    throw wrong(which, `has the parameter ${unknown[0]}, which is none of ${known.join(", ")}`);
  return new Map(pairs.filter(([, value]) => value !== ""));
}

function readLogin(which: string, login: string): { readonly user: string; readonly password: string } {
  const colon = login.indexOf(":");
  if (colon < 0) return { user: decoded(which, login), password: "" };
  return { user: decoded(which, login.slice(0, colon)), password: decoded(which, login.slice(colon + 1)) };
}

function decoded(which: string, part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw wrong(which, "holds a % that is not followed by two hexadecimal digits; write it as %25");
  }
}

function onlyHost(which: string, hosts: ReturnType<typeof hostAndPort>[]) {
  const [first, second] = hosts;
  if (first === undefined || second !== undefined) throw wrong(which, "must name one host");
  return first;
}

/** Without a word about it: verified, or plain where the connection does not leave this machine. */
function readTlsMode(
  which: string,
  query: ReadonlyMap<string, string>,
  hosts: readonly { readonly host: string }[],
): TlsMode {
  const given = query.get("tls") ?? query.get("sslmode");
  if (given === undefined) return hosts.every(({ host }) => isLoopback(host)) ? "disable" : "verify-full";
  const known = TLS_MODES.find((mode) => mode === given);
  if (known === undefined)
    throw wrong(which, `asks for TLS as ${given}, which is none of ${TLS_MODES.join(", ")}`);
  return known;
}

function readTimelock(which: string, query: ReadonlyMap<string, string>): DescribedTimelock | null {
  const [servers, namespace] = [query.get("timelock"), query.get("namespace")];
  if (servers === undefined && namespace === undefined) return null;
  if (servers === undefined || namespace === undefined)
    throw wrong(which, "needs both timelock= (addresses, separated by commas) and namespace=, or neither");
  const urls = servers.split(",").map((server) => URL.parse(server.trim()));
  const [first] = urls;
  const paths = new Set(urls.map((url) => url?.pathname));
  if (first === undefined || first === null || urls.some((url) => url === null) || paths.size > 1)
    throw wrong(which, "names TimeLock servers that are no addresses with one and the same path");
  return {
    urls: urls.flatMap((url) => (url === null ? [] : [url.origin])),
    basePath: first.pathname.replace(/\/$/, ""),
    namespace,
  };
}
