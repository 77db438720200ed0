import { ENDPOINTS } from "#lib/api/endpoints.ts";
import { getMigrationLive } from "#lib/migrations/get-migration-live.ts";
import { type ApiRoute, runApi } from "#lib/web/run-api.ts";

export async function GET(request: Request, route: ApiRoute) {
  return runApi(ENDPOINTS.getMigrationLive, request, route, async (context, { migrationId }) =>
    getMigrationLive(context, migrationId),
  );
}
