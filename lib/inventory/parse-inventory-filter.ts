import { inventoryFilter, type InventoryFilter } from "#lib/inventory/schema.ts";

/** The filter that a page's address asks for; whatever cannot be understood filters nothing. */
export function parseInventoryFilter(
  params: Readonly<Record<string, string | readonly string[] | undefined>>,
): InventoryFilter {
  const fields = inventoryFilter.shape;
  const one = (key: string) =>
    typeof params[key] === "string" && params[key] !== "" ? params[key] : undefined;
  const environment = fields.environment.safeParse(one("environment"));
  const q = fields.q.safeParse(one("q"));
  const archived = fields.archived.safeParse(one("archived"));
  return {
    ...(environment.data === undefined ? {} : { environment: environment.data }),
    ...(q.data === undefined ? {} : { q: q.data }),
    ...(archived.data === undefined ? {} : { archived: archived.data }),
  };
}

/** Whether a filter hides anything by name or environment. */
export function isFiltered(filter: InventoryFilter): boolean {
  return filter.environment !== undefined || (filter.q ?? "") !== "";
}
