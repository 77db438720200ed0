import { LinkButton } from "#components/ui/link-button.tsx";
import type { ServiceDto } from "#lib/inventory/schema.ts";
import type { MigrationSummary } from "#lib/migrations/schema.ts";

interface MoveButtonProps {
  service: ServiceDto;
  migrations: readonly MigrationSummary[];
}

/**
 * Leads to the open migration, or to the wizard of the move to TimeLock, which creates nothing yet. For a service on TimeLock the
 * wizard adopts or repairs, so it is not the first thing to press there.
 */
export function MoveButton({ service, migrations }: MoveButtonProps) {
  const open = migrations.find(({ state }) => state === "open");
  if (open !== undefined) {
    return (
      <LinkButton href={`/migrations/${open.id}`} variant="primary">
        Go to the open migration
      </LinkButton>
    );
  }
  return (
    <LinkButton
      href={`/migrations/new?service=${service.id}`}
      variant={service.timestampSource === "embedded" ? "primary" : "secondary"}
    >
      Move to TimeLock
    </LinkButton>
  );
}
