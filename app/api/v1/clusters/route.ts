import { ENDPOINTS } from "#lib/api/endpoints.ts";
import { listClusters } from "#lib/inventory/list-clusters.ts";
import { type ApiRoute, runApi } from "#lib/web/run-api.ts";

export async function GET(request: Request, route: ApiRoute) {
  return runApi(ENDPOINTS.listClusters, request, route, async (context, filter) => ({
    items: [...(await listClusters(context, filter))],
  }));
}
