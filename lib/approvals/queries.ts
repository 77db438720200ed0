import { queryOptions } from "@tanstack/react-query";
import { z } from "zod";

import { AppError } from "#lib/errors.ts";

/** How often the number beside the inbox is read again. */
export const WAITING_INTERVAL_MS = 20_000;

const waiting = z.strictObject({ waiting: z.int() });

/**
 * How many approval requests wait for the person who looks; reads the console's own database alone. A failed read keeps the last number.
 * @throws AppError in the query when the console refuses or cannot be reached
 */
export function waitingApprovalsQuery() {
  return queryOptions({
    queryKey: ["approvals-waiting"],
    queryFn: async ({ signal }) => readWaiting(signal),
    refetchInterval: WAITING_INTERVAL_MS,
    staleTime: WAITING_INTERVAL_MS / 2,
  });
}

async function readWaiting(signal: AbortSignal): Promise<number> {
  const response = await fetch("/api/approvals/waiting", { signal }).catch((cause: unknown) => {
    throw new AppError("unavailable", "The console does not answer.", { cause });
  });
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return waiting.parse(body).waiting;
  throw new AppError(
    response.status === 401 ? "unauthenticated" : "unavailable",
    `The console answered ${response.status}.`,
  );
}
