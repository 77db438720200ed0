import { ENDPOINTS } from "#lib/api/endpoints.ts";
import { listStores } from "#lib/inventory/list-stores.ts";
import { type ApiRoute, runApi } from "#lib/web/run-api.ts";

export async function GET(request: Request, route: ApiRoute) {
  return runApi(ENDPOINTS.listStores, request, route, async (context, filter) => ({
    items: [...(await listStores(context, filter))],
  }));
}
