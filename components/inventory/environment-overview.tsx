import Link from "next/link";

import { ServicesTable } from "#components/services/services-table.tsx";
import { Card, CardBody, CardHeader } from "#components/ui/card.tsx";
import { KeyValues } from "#components/ui/key-values.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import type { EnvironmentDto, ServiceDto } from "#lib/inventory/schema.ts";

interface EnvironmentOverviewProps {
  environment: EnvironmentDto;
  services: readonly ServiceDto[];
  canManage: boolean;
}

/** An environment with what belongs to it. */
export function EnvironmentOverview({ environment, services, canManage }: EnvironmentOverviewProps) {
  const query = `?environment=${environment.id}`;
  return (
    <>
      <Card aria-label="As recorded">
        <CardHeader title="As recorded" />
        <CardBody>
          <KeyValues
            columns={3}
            items={[
              { label: "Tier", value: environment.tier },
              { label: "Quiet window", value: `${environment.quietWindowSeconds} s` },
              { label: "Sandbox", value: environment.sandbox ? "yes: for rehearsals" : "no" },
              { label: "Stores", value: <Count href={`/stores${query}`} count={environment.stores} /> },
              {
                label: "TimeLock clusters",
                value: <Count href={`/clusters${query}`} count={environment.clusters} />,
              },
              {
                label: "Whom to call in an incident",
                value:
                  environment.contact === "" ? (
                    <span className="text-warning">nobody is named</span>
                  ) : (
                    <span className="whitespace-pre-line">{environment.contact}</span>
                  ),
              },
            ]}
          />
        </CardBody>
      </Card>
      <section aria-labelledby="environment-services">
        <h2 id="environment-services" className="mb-2 text-base font-semibold">
          Services
        </h2>
        {services.length === 0 ? (
          <p className="text-ink-muted">
            No service yet. It needs a store, and for the move a TimeLock cluster.
          </p>
        ) : (
          <ServicesTable services={services} withEnvironment={false} />
        )}
        {canManage && environment.archivedAt === null && (
          <div className="mt-3 flex flex-wrap gap-2">
            <LinkButton href={`/clusters/new${query}`}>Add TimeLock cluster</LinkButton>
            <LinkButton href={`/stores/new${query}`}>Add store</LinkButton>
            <LinkButton href={`/services/new${query}`}>Add service</LinkButton>
            <LinkButton href={`/services/import${query}`}>Import from AtlasDB configuration</LinkButton>
          </div>
        )}
      </section>
    </>
  );
}

function Count({ href, count }: { href: string; count: number }) {
  return (
    <Link href={href} className="text-accent hover:underline">
      {count}
    </Link>
  );
}
