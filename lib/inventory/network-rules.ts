import { lookup as systemLookup } from "node:dns/promises";
import { BlockList, isIP, type LookupFunction } from "node:net";

import { AdapterError, AppError } from "#lib/errors.ts";

/** Which addresses the console may connect to: never the denied ones, and where `allowed` is set only what it holds. */
export type NetworkRules = { readonly allowed: BlockList | null; readonly allowedText: string };

/** Resolves a name into all its addresses. */
export type ResolveAll = (
  host: string,
) => Promise<readonly { readonly address: string; readonly family: number }[]>;

const DENIED = blockList([
  "0.0.0.0/8",
  "169.254.0.0/16",
  "224.0.0.0/3",
  "100.100.100.200/32",
  "168.63.129.16/32",
  "192.0.0.192/32",
  "::/128",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
  "fd00:ec2::254/128",
  "fd20:ce::254/128",
  // The same, wrapped for IPv6: IPv4-compatible, NAT64 and 6to4.
  "::169.254.0.0/112",
  "64:ff9b::169.254.0.0/112",
  "64:ff9b::100.100.100.200/128",
  "64:ff9b::168.63.129.16/128",
  "64:ff9b::192.0.0.192/128",
  "2002:a9fe::/32",
]);

/**
 * Reads the optional allow-list, ranges such as `10.0.0.0/8, fd12::/16` separated by commas. Without one, every address is allowed
 * that is not denied. @throws AppError `unavailable` when a range cannot be read
 */
export function readNetworkRules(
  text: string | undefined = process.env["LOCKSTEP_ALLOWED_NETWORKS"],
): NetworkRules {
  const ranges = (text ?? "")
    .split(",")
    .map((range) => range.trim())
    .filter((range) => range !== "");
  return { allowed: ranges.length === 0 ? null : blockList(ranges), allowedText: ranges.join(", ") };
}

/**
 * Says why a literal IP address must not be connected to, as a clause that begins with the address; null when it may.
 * Link-local, multicast, unspecified and cloud metadata addresses are always denied, in every notation, also on the allow-list.
 */
export function addressProblem(rules: NetworkRules, address: string): string | null {
  const [plain = ""] = address.split("%");
  const family = isIP(plain);
  if (family === 0) return `${address} is not an IP address`;
  const kind = family === 4 ? "ipv4" : "ipv6";
  if (DENIED.check(plain, kind))
    return `${address} is a link-local, metadata or unusable address, which Lockstep never connects to`;
  if (rules.allowed === null || rules.allowed.check(plain, kind)) return null;
  return `${address} is outside the networks that LOCKSTEP_ALLOWED_NETWORKS allows (${rules.allowedText})`;
}

/**
 * The addresses of a host that may be connected to, in the resolver's order; what is connected to is one of these very addresses, so a
 * name that changes its mind afterwards gains nothing.
 * @throws AdapterError `address-denied`, effect none, when there is none; what the resolver throws passes through
 */
export async function allowedAddresses(
  rules: NetworkRules,
  host: string,
  resolveAll: ResolveAll = resolveBySystem,
) {
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  const family = isIP(bare);
  const found = family === 0 ? await resolveAll(bare) : [{ address: bare, family }];
  const allowed = found.filter(({ address }) => addressProblem(rules, address) === null);
  if (allowed.length > 0) return allowed;
  const problem = found.map(({ address }) => addressProblem(rules, address)).find((text) => text !== null);
  throw new AdapterError(
    "address-denied",
    "none",
    family === 0 ? `${host} leads nowhere else: ${problem ?? "it has no address"}` : (problem ?? host),
  );
}

/** A look-up hook for sockets that hands out allowed addresses only; it is asked for literal addresses too. */
export function guardedLookup(rules: NetworkRules, resolveAll?: ResolveAll): LookupFunction {
  return (hostname, options, answer) => {
    allowedAddresses(rules, hostname, resolveAll).then(
      (all) => {
        const wanted =
          options.family === 4 || options.family === 6
            ? all.filter(({ family }) => family === options.family)
            : all;
        const [first] = wanted;
        if (first === undefined) answer(noFamily(hostname), "", 4);
        else if (options.all === true) answer(null, [...wanted]);
        else answer(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => answer(error, "", 4),
    );
  };
}

function noFamily(hostname: string): AdapterError {
  return new AdapterError(
    "address-denied",
    "none",
    `${hostname} has no allowed address of the wanted family`,
  );
}

/** Resolves a host name to one allowed address, for drivers that take an address. @throws AdapterError `address-denied` */
export function guardedResolve(
  rules: NetworkRules,
  resolveAll?: ResolveAll,
): (host: string) => Promise<string> {
  return async (host) => {
    try {
      const [first] = await allowedAddresses(rules, host, resolveAll);
      return first?.address ?? host;
    } catch (error) {
      if (!(error instanceof AdapterError)) throw error;
      throw new AdapterError(
        error.code,
        "none",
        `Nothing was sent: ${error.message}. Enter another address.`,
        { cause: error },
      );
    }
  };
}

async function resolveBySystem(host: string) {
  return systemLookup(host, { all: true, verbatim: true });
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) addRange(list, range);
  return list;
}

function addRange(list: BlockList, range: string): void {
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(range);
  const family = isIP(match?.[1] ?? "");
  try {
    if (match?.[1] === undefined || family === 0) throw new TypeError("no IP address");
    const bits = match[2] === undefined ? (family === 4 ? 32 : 128) : +match[2];
    list.addSubnet(match[1], bits, family === 4 ? "ipv4" : "ipv6");
  } catch (cause) {
    const words = `LOCKSTEP_ALLOWED_NETWORKS holds "${range}", which is no range of addresses. Write ranges such as 10.0.0.0/8, separated by commas.`;
    throw new AppError("unavailable", words, { cause });
  }
}
