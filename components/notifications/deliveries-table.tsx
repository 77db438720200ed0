import Link from "next/link";

import { EnvironmentName } from "#components/frame/environment-name.tsx";
import { Time } from "#components/live/time.tsx";
import { DeliveryStateBadge } from "#components/notifications/delivery-state-badge.tsx";
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from "#components/ui/table.tsx";
import type { DeliveryDto } from "#lib/notifications/schema.ts";

/** What was told to whom, and whether it arrived. */
export function DeliveriesTable({ deliveries }: { deliveries: readonly DeliveryDto[] }) {
  return (
    <Table label="Deliveries, newest first">
      <TableHead>
        <tr>
          <TableHeader>When</TableHeader>
          <TableHeader>Event</TableHeader>
          <TableHeader>Environment</TableHeader>
          <TableHeader>Channel</TableHeader>
          <TableHeader>To</TableHeader>
          <TableHeader>State</TableHeader>
          <TableHeader numeric>Tries</TableHeader>
          <TableHeader>Last error, next try</TableHeader>
        </tr>
      </TableHead>
      <TableBody>
        {deliveries.map((delivery) => (
          <TableRow key={delivery.id}>
            <TableCell className="whitespace-nowrap">
              <Time at={delivery.createdAt} mode="absolute" />
            </TableCell>
            <TableCell>
              <Link
                href={`/notifications/deliveries/${delivery.id}`}
                className="font-medium text-ink hover:underline"
              >
                {delivery.words}
              </Link>
            </TableCell>
            <TableCell>
              {delivery.environment === null ? (
                <span className="text-ink-muted">none</span>
              ) : (
                <EnvironmentName environment={delivery.environment} short />
              )}
            </TableCell>
            <TableCell>
              <Link href={`/notifications/${delivery.channel.id}`} className="hover:underline">
                {delivery.channel.name}
              </Link>
            </TableCell>
            <TableCell className="break-words text-ink-muted">{delivery.target}</TableCell>
            <TableCell className="whitespace-nowrap">
              <DeliveryStateBadge delivery={delivery} />
            </TableCell>
            <TableCell numeric>{delivery.attempts}</TableCell>
            <TableCell className="min-w-56 break-words text-ink-muted">
              {delivery.lastError}
              {delivery.state === "waiting" && delivery.nextTryAt !== null && delivery.attempts > 0 && (
                <span className="block text-ink">
                  Next try <Time at={delivery.nextTryAt} />
                </span>
              )}
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
