import type { WaitingApprovals } from "#components/dashboard/attention.ts";
import { AttentionList } from "#components/dashboard/attention-list.tsx";
import { FirstSteps } from "#components/dashboard/first-steps.tsx";
import { OpenMigrations } from "#components/dashboard/open-migrations.tsx";
import { ServicesByEnvironment } from "#components/dashboard/services-by-environment.tsx";
import { StartsBanner } from "#components/freeze/starts-banner.tsx";
import { Callout } from "#components/ui/callout.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import type { StartsStatus } from "#lib/freeze/schema.ts";
import type { EnvironmentDto, ServiceDto } from "#lib/inventory/schema.ts";
import type { MigrationSummary } from "#lib/migrations/schema.ts";

interface DashboardProps {
  environments: readonly EnvironmentDto[];
  services: readonly ServiceDto[];
  migrations: readonly MigrationSummary[];
  approvals: WaitingApprovals;
  /** Whether new work may start in each environment. */
  starts: readonly { environment: { id: string; name: string }; status: StartsStatus }[];
  canAdd: boolean;
  /** No worker was heard of lately, as far as the person may know. */
  noWorker: boolean;
}

/** Is anything waiting for me, running, or wrong? */
export function Dashboard(props: DashboardProps) {
  const { environments, services, migrations, approvals, starts, canAdd, noWorker } = props;
  if (services.length === 0) return <FirstSteps environments={environments} canAdd={canAdd} />;
  return (
    <div className="flex flex-col gap-8">
      {noWorker && (
        <Callout
          state="blocked"
          title="No worker is alive"
          actions={<LinkButton href="/workers">Look at the workers</LinkButton>}
        >
          Nothing is copied, watched or sent until one is. Nothing is lost meanwhile.
        </Callout>
      )}
      {starts.some(({ status }) => !status.open) && (
        <div className="flex flex-col gap-3">
          {starts.map(({ environment, status }) => (
            <StartsBanner key={environment.id} environment={environment} status={status} />
          ))}
        </div>
      )}
      <AttentionList
        migrations={migrations}
        services={services.map(({ id, name }) => ({ id, name }))}
        approvals={approvals}
      />
      <OpenMigrations migrations={migrations} />
      <ServicesByEnvironment environments={environments} services={services} />
    </div>
  );
}
