import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { z } from "zod";

import { AppError } from "#lib/errors.ts";
import { migrationLive, type MigrationLive } from "#lib/migrations/schema.ts";
import { copyView, type CopyView, differencesPage, type DifferencesPage } from "#lib/mover/copy-view.ts";
import { moveTables, type MoveTables } from "#lib/mover/schema.ts";

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

/** How often the page of a copy or comparison asks again while something moves. */
export const COPY_INTERVAL_MS = 2000;

/**
 * A copy or comparison as it stands, asked again every two seconds until it has ended. A failed read keeps the last answer and is shown.
 * @throws AppError in the query when the console refuses or cannot be reached
 */
export function copyQuery(migrationId: string, kind: CopyView["kind"]) {
  return queryOptions({
    queryKey: ["migration-copy", migrationId, kind],
    queryFn: async ({ signal }): Promise<CopyView> =>
      copyView.parse(await read(`/api/migrations/${encodeURIComponent(migrationId)}/copy/${kind}`, signal)),
    refetchInterval: ({ state }) => (isOver(state.data) ? false : COPY_INTERVAL_MS),
  });
}

/**
 * One page of what the newest comparison found, after the difference with this place; "0" is the first page.
 * @throws AppError in the query when the console refuses or cannot be reached
 */
export function differencesQuery(migrationId: string, after: string) {
  return queryOptions({
    queryKey: ["migration-differences", migrationId, after],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }): Promise<DifferencesPage> =>
      differencesPage.parse(
        await read(
          `/api/migrations/${encodeURIComponent(migrationId)}/differences?after=${encodeURIComponent(after)}`,
          signal,
        ),
      ),
  });
}

/** What becomes of each table of a move: pinned when it opened, so it is read once for each of its versions. */
export function moveTablesQuery(migrationId: string, version: number) {
  return queryOptions({
    queryKey: ["move-tables", migrationId, version],
    placeholderData: keepPreviousData,
    staleTime: "static",
    queryFn: async ({ signal }): Promise<MoveTables | null> =>
      moveTables
        .nullable()
        .parse(await read(`/api/migrations/${encodeURIComponent(migrationId)}/tables`, signal)),
  });
}

function isOver(view: CopyView | undefined): boolean {
  return view?.state === "complete" || view?.state === "cancelled";
}

async function readLive(migrationId: string, signal: AbortSignal): Promise<MigrationLive> {
  return migrationLive.parse(await read(`/api/migrations/${encodeURIComponent(migrationId)}/live`, signal));
}

async function read(path: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(path, { signal }).catch((cause: unknown) => {
    throw new AppError("unavailable", "The console does not answer.", { cause });
  });
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body;
  const said = refusal.safeParse(body);
  throw new AppError(
    response.status === 401 ? "unauthenticated" : "unavailable",
    said.success ? said.data.message : `The console answered ${response.status}.`,
  );
}
