import { DELIVERY_WORDS, deliveryLook } from "#components/notifications/notification-words.ts";
import { StateBadge } from "#components/ui/state-mark.tsx";
import type { DeliveryDto } from "#lib/notifications/schema.ts";

/** How far a delivery has come. */
export function DeliveryStateBadge({ delivery }: { delivery: Pick<DeliveryDto, "state" | "lastError"> }) {
  const failedBefore = delivery.state === "waiting" && delivery.lastError !== null;
  return (
    <StateBadge state={deliveryLook(delivery)}>
      {failedBefore ? "Trying again" : DELIVERY_WORDS[delivery.state]}
    </StateBadge>
  );
}
