import type { InventoryFilter } from "#lib/inventory/schema.ts";
import type { ReadableEnvironments } from "#lib/people/authorise.ts";

/** Conditions on a row that belongs to an environment: what the actor may read and what the page asked for. */
export function scopeOf(readable: ReadableEnvironments, filter: InventoryFilter) {
  return {
    ...(filter.archived === "yes" ? {} : { archivedAt: null }),
    ...(filter.q === undefined || filter.q === ""
      ? {}
      : { name: { contains: filter.q, mode: "insensitive" as const } }),
    AND: [
      readable === "all" ? {} : { environmentId: { in: [...readable] } },
      filter.environment === undefined ? {} : { environmentId: filter.environment },
    ],
  };
}

/** The order of lists: by environment, then by name; archived things last. */
export const LIST_ORDER = [
  { archivedAt: { sort: "desc", nulls: "first" } },
  { environment: { name: "asc" } },
  { name: "asc" },
] as const satisfies readonly object[];
