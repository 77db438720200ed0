import { ENDPOINTS } from "#lib/api/endpoints.ts";
import { listServices } from "#lib/inventory/list-services.ts";
import { type ApiRoute, runApi } from "#lib/web/run-api.ts";

export async function GET(request: Request, route: ApiRoute) {
  return runApi(ENDPOINTS.listServices, request, route, async (context, filter) => ({
    items: [...(await listServices(context, filter))],
  }));
}
