import { ENDPOINTS } from "#lib/api/endpoints.ts";
import { getStore } from "#lib/inventory/get-store.ts";
import { type ApiRoute, runApi } from "#lib/web/run-api.ts";

export async function GET(request: Request, route: ApiRoute) {
  return runApi(ENDPOINTS.getStore, request, route, async (context, { storeId }) =>
    getStore(context, storeId),
  );
}
