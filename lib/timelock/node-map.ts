import { isBehindBalancer, normalAddress, type TimelockConfig } from "#lib/timelock/schema.ts";

/** The nodes of a cluster and the names that they may be called by. */
export type NodeMap = {
  readonly addresses: readonly string[];
  readonly majority: number;
  readonly behindBalancer: boolean;
  /** The node that a `Location` header means, by address or alias; null for anything else, which is never followed. */
  find(location: string): string | null;
  /** The node to lay an answer from this address to: null behind a balancer. */
  label(address: string): string | null;
};

/** Builds the map of a cluster. A Location matches whole, or by its origin where one node alone has that origin. */
export function nodeMap(config: TimelockConfig): NodeMap {
  const names = config.nodes.flatMap((node) => [
    { name: node.url, address: node.url },
    { name: node.alias ?? node.url, address: node.url },
  ]);
  const addresses = config.nodes.map((node) => node.url);
  const behindBalancer = isBehindBalancer(config);

  function find(location: string): string | null {
    const wanted = normalAddress(location);
    const exact = names.find((entry) => entry.name === wanted);
    if (exact !== undefined) return exact.address;
    const origin = URL.parse(location)?.origin;
    const sameOrigin = new Set(
      names.filter((entry) => URL.parse(entry.name)?.origin === origin).map((entry) => entry.address),
    );
    const [only] = sameOrigin;
    return sameOrigin.size === 1 && only !== undefined ? only : null;
  }

  return {
    addresses,
    majority: Math.floor(addresses.length / 2) + 1,
    behindBalancer,
    find,
    label: (address) => (behindBalancer ? null : address),
  };
}
