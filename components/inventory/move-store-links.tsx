import { LinkButton } from "#components/ui/link-button.tsx";
import type { StoreDto } from "#lib/inventory/schema.ts";

/** Leads to the wizard that moves what is in this store elsewhere, or a service into a store that nobody uses yet. */
export function MoveStoreLinks({ store: { id, services } }: { store: Pick<StoreDto, "id" | "services"> }) {
  if (services.length === 0) {
    return (
      <LinkButton href={`/migrations/new?runbook=move-store&destination=${id}`}>
        Move a service here
      </LinkButton>
    );
  }
  return services.map((service) => (
    <LinkButton key={service.id} href={`/migrations/new?service=${service.id}&runbook=move-store`}>
      {services.length === 1 ? "Move to another store" : `Move ${service.name} to another store`}
    </LinkButton>
  ));
}
