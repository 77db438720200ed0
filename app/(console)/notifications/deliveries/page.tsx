import { Send } from "lucide-react";

import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { DeliveriesTable } from "#components/notifications/deliveries-table.tsx";
import { DeliveryFilters } from "#components/notifications/delivery-filters.tsx";
import { NotificationNav } from "#components/notifications/notification-nav.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { Pagination } from "#components/ui/pagination.tsx";
import { listEnvironments } from "#lib/inventory/list-environments.ts";
import { listChannels } from "#lib/notifications/list-channels.ts";
import { listDeliveries } from "#lib/notifications/list-deliveries.ts";
import { deliveriesHref, parseDeliveryFilter } from "#lib/notifications/schema.ts";
import { readForPage } from "#lib/web/read-for-page.ts";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata = pageMetadata("Delivery log");

export default async function DeliveriesPage({ searchParams }: PageProps<"/notifications/deliveries">) {
  const { context } = await requirePageContext();
  const filter = parseDeliveryFilter(await searchParams);
  const page = await readForPage(async () => listDeliveries(context, filter));
  const crumbs = [{ label: "Notifications", href: "/notifications" }, { label: "Delivery log" }];
  if (!page.ok)
    return (
      <Page crumbs={crumbs}>
        <PageHeader title="Delivery log" />
        <ErrorState title="You cannot read the delivery log">{page.message}</ErrorState>
      </Page>
    );
  const { deliveries, olderBefore } = page.value;
  const channels = await listChannels(context);
  const environments = await listEnvironments(context, { archived: "yes" });
  const { before, ...chosen } = filter;
  return (
    <Page crumbs={crumbs}>
      <PageHeader title="Delivery log" description="What was told to whom, and whether it arrived." />
      <NotificationNav current="deliveries" readsChannels />
      <DeliveryFilters filter={filter} channels={channels} environments={environments} />
      {deliveries.length > 0 && <DeliveriesTable deliveries={deliveries} />}
      {deliveries.length === 0 && (
        <EmptyState icon={Send} title="No delivery matches">
          Every message that this console sends stands here, with each try. There is none
          {Object.keys(chosen).length > 0 ? " that fits these filters." : " yet."}
        </EmptyState>
      )}
      <Pagination
        label="Deliveries"
        newerHref={before === undefined ? null : deliveriesHref(chosen)}
        newerLabel="Newest"
        olderHref={olderBefore === null ? null : deliveriesHref({ ...chosen, before: olderBefore })}
      />
    </Page>
  );
}
