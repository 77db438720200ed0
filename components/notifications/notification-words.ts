import type { State } from "#components/ui/state-mark.tsx";
import type { ChannelKind, DeliveryState, SmtpTlsMode, TryOutcome } from "#lib/notifications/schema.ts";

/** What the kinds of channels are called. */
export const CHANNEL_WORDS = {
  email: "E-mail",
  webhook: "Webhook, signed",
  slack: "Slack and compatible",
} as const satisfies Record<ChannelKind, string>;

export const TLS_WORDS = {
  starttls: "STARTTLS, required (usually port 587)",
  tls: "TLS from the first byte (usually port 465)",
  none: "None: only for a mail server on this machine, or without sign-in",
} as const satisfies Record<SmtpTlsMode, string>;

export const DELIVERY_WORDS = {
  waiting: "Waiting",
  sending: "Sending",
  delivered: "Delivered",
  "given-up": "Given up",
} as const satisfies Record<DeliveryState, string>;

export const OUTCOME_LOOK = {
  delivered: { state: "pass", words: "Delivered" },
  refused: { state: "blocked", words: "Not delivered" },
  unclear: { state: "unknown", words: "May have arrived" },
} as const satisfies Record<TryOutcome, { state: State; words: string }>;

/** How a delivery looks: one that failed before and waits for its next try is a warning. */
export function deliveryLook(delivery: {
  readonly state: DeliveryState;
  readonly lastError: string | null;
}): State {
  switch (delivery.state) {
    case "delivered":
      return "pass";
    case "given-up":
      return "blocked";
    case "sending":
      return "running";
    case "waiting":
      return delivery.lastError === null ? "running" : "warning";
  }
}
