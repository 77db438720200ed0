import { LinkButton } from "#components/ui/link-button.tsx";
import type { ServiceDto } from "#lib/inventory/schema.ts";

/** Leads to the wizard of the move to TimeLock; it creates nothing yet. */
export function MoveButton({ service }: { service: ServiceDto }) {
  return (
    <LinkButton href={`/migrations/new?service=${service.id}`} variant="primary">
      Move to TimeLock
    </LinkButton>
  );
}
