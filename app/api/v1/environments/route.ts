import { ENDPOINTS } from "#lib/api/endpoints.ts";
import { listEnvironments } from "#lib/inventory/list-environments.ts";
import { type ApiRoute, runApi } from "#lib/web/run-api.ts";

export async function GET(request: Request, route: ApiRoute) {
  return runApi(ENDPOINTS.listEnvironments, request, route, async (context, filter) => ({
    items: [...(await listEnvironments(context, filter))],
  }));
}
