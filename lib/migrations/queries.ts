import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { z } from "zod";

import { AppError } from "#lib/errors.ts";
import { migrationLive, type MigrationLive } from "#lib/migrations/schema.ts";

/** How often the systems behind an open migration are read again while somebody looks. */
export const LIVE_INTERVAL_MS = 5000;

/** Past this age live readings are too old for any step to run from the page. Source: runbooks section 1, look.md */
export const LIVE_AGE_MS_MAX = 15_000;

const refusal = z.object({ message: z.string() });

/**
 * The live part of one migration, read again every five seconds while `watch` is set; nothing is allocated by reading it.
 * A new version of the migration reads at once; until then the last answer stays, told apart by its own `version`.
 * A failed read keeps the last answer and is shown, never retried in secret.
 * @throws AppError in the query when the console refuses or cannot be reached
 */
export function migrationLiveQuery(migrationId: string, version: number, watch: boolean) {
  return queryOptions({
    queryKey: ["migration-live", migrationId, version],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => readLive(migrationId, signal),
    refetchInterval: watch ? LIVE_INTERVAL_MS : false,
    enabled: watch,
  });
}

async function readLive(migrationId: string, signal: AbortSignal): Promise<MigrationLive> {
  const response = await fetch(`/api/migrations/${encodeURIComponent(migrationId)}/live`, { signal }).catch(
    (cause: unknown) => {
      throw new AppError("unavailable", "The console does not answer.", { cause });
    },
  );
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return migrationLive.parse(body);
  const said = refusal.safeParse(body);
  throw new AppError(
    response.status === 401 ? "unauthenticated" : "unavailable",
    said.success ? said.data.message : `The console answered ${response.status}.`,
  );
}
