import Link from "next/link";

import { EnvironmentName } from "#components/frame/environment-name.tsx";
import { ServicesTable } from "#components/services/services-table.tsx";
import type { EnvironmentDto, ServiceDto } from "#lib/inventory/schema.ts";

interface ServicesByEnvironmentProps {
  environments: readonly EnvironmentDto[];
  services: readonly ServiceDto[];
}

/** All services, under the environment that each belongs to. */
export function ServicesByEnvironment({ environments, services }: ServicesByEnvironmentProps) {
  const groups = environments
    .map((environment) => ({
      environment,
      own: services.filter((service) => service.environment.id === environment.id),
    }))
    .filter(({ own }) => own.length > 0);
  return (
    <section aria-labelledby="services" className="flex flex-col gap-4">
      <h2 id="services" className="-mb-2 text-base font-semibold">
        Services
      </h2>
      {groups.map(({ environment, own }) => (
        <div key={environment.id} className="flex flex-col gap-2">
          <h3>
            <Link href={`/environments/${environment.id}`} className="rounded-md hover:underline">
              <EnvironmentName environment={environment} />
            </Link>
          </h3>
          <ServicesTable services={own} withEnvironment={false} label={`Services of ${environment.name}`} />
        </div>
      ))}
    </section>
  );
}
