import { ArchiveControl } from "#components/inventory/archive-control.tsx";
import type { Action } from "#components/live/use-action.ts";
import { MoveButton } from "#components/services/move-button.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import type { ServiceDto } from "#lib/inventory/schema.ts";
import type { MigrationSummary } from "#lib/migrations/schema.ts";

interface ServiceActionsProps {
  service: ServiceDto;
  migrations: readonly MigrationSummary[];
  archive: Action;
  restore: Action;
}

/** What can be done with a service; the primary button comes last. */
export function ServiceActions({ service, migrations, archive, restore }: ServiceActionsProps) {
  const { id, name, version, archivedAt } = service;
  return (
    <>
      <ArchiveControl
        id={id}
        name={name}
        version={version}
        word="service"
        archived={archivedAt !== null}
        archive={archive}
        restore={restore}
      />
      {archivedAt === null && <LinkButton href={`/services/${id}/edit`}>Edit</LinkButton>}
      {archivedAt === null && <MoveButton service={service} migrations={migrations} />}
    </>
  );
}
