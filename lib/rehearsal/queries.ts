import { queryOptions } from "@tanstack/react-query";
import { z } from "zod";

import { AppError } from "#lib/errors.ts";
import { type SandboxView, sandboxView } from "#lib/rehearsal/schema.ts";

/** How often the sandbox is read again while somebody looks. */
export const SANDBOX_INTERVAL_MS = 2_000;

const refusal = z.object({ message: z.string() });

/**
 * The sandbox as it is, read again every two seconds. A failed read keeps the last answer and is shown.
 * @throws AppError in the query when the console refuses or cannot be reached
 */
export function sandboxQuery() {
  return queryOptions({
    queryKey: ["sandbox"],
    queryFn: async ({ signal }) => readSandbox(signal),
    refetchInterval: SANDBOX_INTERVAL_MS,
  });
}

async function readSandbox(signal: AbortSignal): Promise<SandboxView> {
  const response = await fetch("/api/sandbox", { signal }).catch((cause: unknown) => {
    throw new AppError("unavailable", "The console does not answer.", { cause });
  });
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return sandboxView.parse(body);
  const said = refusal.safeParse(body);
  throw new AppError(
    response.status === 401 ? "unauthenticated" : "unavailable",
    said.success ? said.data.message : `The console answered ${response.status}.`,
  );
}
