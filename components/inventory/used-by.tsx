import Link from "next/link";

import type { InventoryRef } from "#lib/inventory/schema.ts";

/** The services that use a thing. */
export function UsedBy({ services }: { services: readonly InventoryRef[] }) {
  if (services.length === 0) return <span className="text-ink-muted">No service yet</span>;
  return (
    <ul className="flex flex-wrap gap-x-3 gap-y-1">
      {services.map(({ id, name }) => (
        <li key={id}>
          <Link href={`/services/${id}`} className="text-accent hover:underline">
            {name}
          </Link>
        </li>
      ))}
    </ul>
  );
}
