import Link from "next/link";

import { EnvironmentName } from "#components/frame/environment-name.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { ClusterDto } from "#lib/inventory/schema.ts";

/** TimeLock clusters with their nodes and who uses them. */
export function ClustersTable({ clusters }: { clusters: readonly ClusterDto[] }) {
  return (
    <Table label="TimeLock clusters">
      <TableHead>
        <tr>
          <TableHeader>Cluster</TableHeader>
          <TableHeader>Environment</TableHeader>
          <TableHeader>Nodes</TableHeader>
          <TableHeader numeric>Services</TableHeader>
        </tr>
      </TableHead>
      <TableBody>
        {clusters.map((cluster) => (
          <TableRow key={cluster.id}>
            <TableCell>
              <Link href={`/clusters/${cluster.id}`} className="font-medium text-ink hover:underline">
                {cluster.name}
              </Link>
              {cluster.archivedAt !== null && (
                <Badge tone="outline" className="ml-2">
                  archived
                </Badge>
              )}
            </TableCell>
            <TableCell>
              <EnvironmentName environment={cluster.environment} short />
            </TableCell>
            <TableCell className="font-mono break-all text-ink-muted">
              {cluster.nodes.map((node) => (
                <span key={node.id} className="block">
                  {node.url}
                  {cluster.basePath}
                </span>
              ))}
            </TableCell>
            <TableCell numeric>{cluster.services.length}</TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
