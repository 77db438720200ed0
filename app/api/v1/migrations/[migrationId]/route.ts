import { ENDPOINTS } from "#lib/api/endpoints.ts";
import { getMigration } from "#lib/migrations/get-migration.ts";
import { type ApiRoute, runApi } from "#lib/web/run-api.ts";

export async function GET(request: Request, route: ApiRoute) {
  return runApi(ENDPOINTS.getMigration, request, route, async (context, { migrationId }) =>
    getMigration(context, migrationId),
  );
}
