import { createHash } from "node:crypto";

/** The cluster's identity: its name and the ids of all its nodes, digested where they are too many to be kept. */
export function systemText(name: string, hostIds: readonly (string | null)[]): string {
  const ids = hostIds
    .map((hostId) => hostId ?? "unknown")
    .toSorted()
    .join(",");
  const digest = () =>
    `sha256 of ${hostIds.length} host ids ${createHash("sha256").update(ids).digest("hex")}`;
  return `${name.slice(0, 300)}: ${ids.length > 3_500 ? digest() : ids}`;
}

/** The host ids in a cluster's identity; none where it holds their digest or was hidden. */
export function hostIdsOf(system: string | null): readonly string[] {
  const ids = system?.slice(system.lastIndexOf(": ") + 2).split(",") ?? [];
  return ids.filter((id) => /^[0-9a-f-]{36}$/.test(id));
}
