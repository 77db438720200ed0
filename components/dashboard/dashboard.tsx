import { AttentionList } from "#components/dashboard/attention-list.tsx";
import { FirstSteps } from "#components/dashboard/first-steps.tsx";
import { OpenMigrations } from "#components/dashboard/open-migrations.tsx";
import { ServicesByEnvironment } from "#components/dashboard/services-by-environment.tsx";
import type { EnvironmentDto, ServiceDto } from "#lib/inventory/schema.ts";
import type { MigrationSummary } from "#lib/migrations/schema.ts";

interface DashboardProps {
  environments: readonly EnvironmentDto[];
  services: readonly ServiceDto[];
  migrations: readonly MigrationSummary[];
  canAdd: boolean;
}

/** Is anything waiting for me, running, or wrong? */
export function Dashboard({ environments, services, migrations, canAdd }: DashboardProps) {
  if (services.length === 0) return <FirstSteps environments={environments} canAdd={canAdd} />;
  return (
    <div className="flex flex-col gap-8">
      <AttentionList migrations={migrations} services={services.map(({ id, name }) => ({ id, name }))} />
      <OpenMigrations migrations={migrations} />
      <ServicesByEnvironment environments={environments} services={services} />
    </div>
  );
}
