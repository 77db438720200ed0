import { queryOptions } from "@tanstack/react-query";
import { z } from "zod";

import { AppError } from "#lib/errors.ts";
import { workerView, type WorkerView } from "#lib/health/schema.ts";

/** How often workers say that they live, and so how often a page that shows them asks again. */
export const WORKERS_INTERVAL_MS = 5000;

const refusal = z.object({ message: z.string() });
const workers = z.array(workerView);

/**
 * Every worker process of the last day, read again every five seconds. A failed read keeps the last answer and is shown.
 * @throws AppError in the query when the console refuses or cannot be reached
 */
export function workersQuery() {
  return queryOptions({
    queryKey: ["workers"],
    queryFn: async ({ signal }) => readWorkers(signal),
    refetchInterval: WORKERS_INTERVAL_MS,
  });
}

async function readWorkers(signal: AbortSignal): Promise<readonly WorkerView[]> {
  const response = await fetch("/api/workers", { signal }).catch((cause: unknown) => {
    throw new AppError("unavailable", "The console does not answer.", { cause });
  });
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return workers.parse(body);
  const said = refusal.safeParse(body);
  throw new AppError(
    response.status === 401 ? "unauthenticated" : "unavailable",
    said.success ? said.data.message : `The console answered ${response.status}.`,
  );
}
