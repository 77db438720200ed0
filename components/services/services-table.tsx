import Link from "next/link";

import { EnvironmentName } from "#components/frame/environment-name.tsx";
import { ServiceLiveState } from "#components/services/service-live-state.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { ServiceDto } from "#lib/inventory/schema.ts";

interface ServicesTableProps {
  services: readonly ServiceDto[];
  /** Left out where all are of one environment. */
  withEnvironment?: boolean;
  label?: string;
}

/** Services with where their timestamps come from, as recorded and as read now. */
export function ServicesTable({ services, withEnvironment = true, label = "Services" }: ServicesTableProps) {
  return (
    <Table label={label}>
      <TableHead>
        <tr>
          <TableHeader>Service</TableHeader>
          {withEnvironment && <TableHeader>Environment</TableHeader>}
          <TableHeader>Now</TableHeader>
          <TableHeader>Recorded source</TableHeader>
          <TableHeader>Store</TableHeader>
          <TableHeader numeric>Nodes</TableHeader>
        </tr>
      </TableHead>
      <TableBody>
        {services.map((service) => (
          <TableRow key={service.id}>
            <TableCell>
              <Link href={`/services/${service.id}`} className="font-medium text-ink hover:underline">
                {service.name}
              </Link>
            </TableCell>
            {withEnvironment && (
              <TableCell>
                <EnvironmentName environment={service.environment} short />
              </TableCell>
            )}
            <TableCell>
              {service.archivedAt === null ? (
                <ServiceLiveState serviceId={service.id} />
              ) : (
                <Badge tone="outline">archived</Badge>
              )}
            </TableCell>
            <TableCell>
              {service.timestampSource === "embedded" ? "its own store" : "TimeLock"}
              {service.timestampSource === "timelock" && (
                <span className="block font-mono text-xs text-ink-muted">{service.namespace}</span>
              )}
            </TableCell>
            <TableCell>
              <Link href={`/stores/${service.store.id}`} className="text-ink-muted hover:underline">
                {service.store.name}
              </Link>
            </TableCell>
            <TableCell numeric>{service.nodes.length}</TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
