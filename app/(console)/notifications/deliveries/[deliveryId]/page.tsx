import { retryDeliveryAction } from "#app/(console)/notifications/actions.ts";
import { Page } from "#components/frame/page.tsx";
import { pageMetadata } from "#components/frame/page-metadata.ts";
import { RefusedPage } from "#components/inventory/refused-page.tsx";
import { DeliveryDetails } from "#components/notifications/delivery-details.tsx";
import { RetryDelivery } from "#components/notifications/retry-delivery.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import { getDelivery } from "#lib/notifications/get-delivery.ts";
import { readForPage } from "#lib/web/read-for-page.ts";
import { requirePageContext } from "#lib/web/session.ts";

export const metadata = pageMetadata("Delivery");

export default async function DeliveryPage({ params }: PageProps<"/notifications/deliveries/[deliveryId]">) {
  const { context } = await requirePageContext();
  const { deliveryId } = await params;
  const answer = await readForPage(async () => getDelivery(context, deliveryId));
  const log = { label: "Delivery log", href: "/notifications/deliveries" };
  if (!answer.ok) return <RefusedPage {...log} message={answer.message} />;
  const delivery = answer.value;
  return (
    <Page
      crumbs={[{ label: "Notifications", href: "/notifications" }, log, { label: delivery.words }]}
      environment={delivery.environment}
    >
      <PageHeader
        title={`${delivery.words} to ${delivery.target}`}
        actions={delivery.canRetry && <RetryDelivery id={delivery.id} action={retryDeliveryAction} />}
      />
      <DeliveryDetails delivery={delivery} />
    </Page>
  );
}
