import { ENDPOINTS } from "#lib/api/endpoints.ts";
import { listMigrations } from "#lib/migrations/list-migrations.ts";
import { type ApiRoute, runApi } from "#lib/web/run-api.ts";

export async function GET(request: Request, route: ApiRoute) {
  return runApi(
    ENDPOINTS.listMigrations,
    request,
    route,
    async (context, { state, service: serviceId, environment: environmentId }) => ({
      items: [...(await listMigrations(context, { state, serviceId, environmentId }))],
    }),
  );
}
