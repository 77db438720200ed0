import { queryOptions } from "@tanstack/react-query";
import { z } from "zod";

import { AppError } from "#lib/errors.ts";
import { serviceStatus, type ServiceStatus } from "#lib/inventory/schema.ts";

/** How often one service is read while a person looks at it, and each of many in a list. */
export const STATUS_INTERVAL_MS = 5_000;
export const LIST_INTERVAL_MS = 15_000;

const refusal = z.object({ message: z.string() });

/**
 * Where a service's timestamps come from, read live; nothing is allocated by reading it. A failed read keeps the last answer and is
 * shown, never retried in secret.
 * @throws AppError in the query when the console refuses or cannot be reached
 */
export function serviceStatusQuery(serviceId: string, intervalMs: number = STATUS_INTERVAL_MS) {
  return queryOptions({
    queryKey: ["service-status", serviceId],
    queryFn: async ({ signal }) => readStatus(serviceId, signal),
    refetchInterval: intervalMs,
    staleTime: intervalMs / 2,
  });
}

async function readStatus(serviceId: string, signal: AbortSignal): Promise<ServiceStatus> {
  const response = await fetch(`/api/inventory/services/${encodeURIComponent(serviceId)}/status`, {
    signal,
  }).catch((cause: unknown) => {
    throw new AppError("unavailable", "The console does not answer.", { cause });
  });
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return serviceStatus.parse(body);
  const said = refusal.safeParse(body);
  const words = said.success ? said.data.message : `The console answered ${response.status}.`;
  throw new AppError(response.status === 401 ? "unauthenticated" : "unavailable", words);
}
