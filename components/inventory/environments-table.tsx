import Link from "next/link";

import { EnvironmentName } from "#components/frame/environment-name.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { EnvironmentDto } from "#lib/inventory/schema.ts";

/** All environments with what belongs to them. */
export function EnvironmentsTable({ environments }: { environments: readonly EnvironmentDto[] }) {
  return (
    <Table label="Environments">
      <TableHead>
        <tr>
          <TableHeader>Environment</TableHeader>
          <TableHeader>Tier</TableHeader>
          <TableHeader numeric>Services</TableHeader>
          <TableHeader numeric>Stores</TableHeader>
          <TableHeader numeric>TimeLock clusters</TableHeader>
          <TableHeader numeric>Quiet window</TableHeader>
        </tr>
      </TableHead>
      <TableBody>
        {environments.map((environment) => (
          <TableRow key={environment.id}>
            <TableCell>
              <span className="flex flex-wrap items-center gap-2">
                <Link href={`/environments/${environment.id}`} className="rounded-md hover:underline">
                  <EnvironmentName environment={environment} short />
                </Link>
                {environment.sandbox && <Badge>sandbox</Badge>}
                {environment.archivedAt !== null && <Badge tone="outline">archived</Badge>}
              </span>
            </TableCell>
            <TableCell>{environment.tier}</TableCell>
            <TableCell numeric>{environment.services}</TableCell>
            <TableCell numeric>{environment.stores}</TableCell>
            <TableCell numeric>{environment.clusters}</TableCell>
            <TableCell numeric>{environment.quietWindowSeconds} s</TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
