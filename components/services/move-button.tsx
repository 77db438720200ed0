import { LinkButton } from "#components/ui/link-button.tsx";
import type { ServiceDto } from "#lib/inventory/schema.ts";
import type { MigrationSummary } from "#lib/migrations/schema.ts";

interface MoveButtonProps {
  service: ServiceDto;
  migrations: readonly MigrationSummary[];
}

/**
 * Leads to the open migration, or to the wizard of each that fits the service, which creates nothing yet. For a service on TimeLock the
 * wizard of the move there adopts or repairs, so none of the four is the first thing to press.
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
  const wizard = `/migrations/new?service=${service.id}`;
  if (service.timestampSource === "embedded") {
    return (
      <>
        <LinkButton href={`${wizard}&runbook=move-store`}>Move to another store</LinkButton>
        <LinkButton href={`${wizard}&runbook=to-timelock`} variant="primary">
          Move to TimeLock
        </LinkButton>
      </>
    );
  }
  return (
    <>
      <LinkButton href={`${wizard}&runbook=to-timelock`}>Move to TimeLock</LinkButton>
      <LinkButton href={`${wizard}&runbook=move-store`}>Move to another store</LinkButton>
      <LinkButton href={`${wizard}&runbook=rename-namespace`}>Rename the namespace</LinkButton>
      <LinkButton href={`${wizard}&runbook=from-timelock`}>Move back to embedded</LinkButton>
    </>
  );
}
