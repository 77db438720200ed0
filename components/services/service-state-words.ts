import type { State } from "#components/ui/state-mark.tsx";
import type { ServiceState, ServiceStatus } from "#lib/inventory/schema.ts";

/** The live states of a service in a few words. */
export const SERVICE_STATE_WORDS: Record<ServiceState, string> = {
  embedded: "embedded",
  timelock: "on TimeLock",
  both: "both can issue",
  neither: "nothing can issue",
  behind: "would go backwards",
  damaged: "damaged bound",
  disagrees: "not as recorded",
  unknown: "unknown",
};

/** How a verdict looks. */
export const STATUS_LOOK: Record<ServiceStatus["level"], State> = {
  pass: "pass",
  warning: "warning",
  blocking: "blocked",
  unknown: "unknown",
};
