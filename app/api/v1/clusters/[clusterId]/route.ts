import { ENDPOINTS } from "#lib/api/endpoints.ts";
import { getCluster } from "#lib/inventory/get-cluster.ts";
import { type ApiRoute, runApi } from "#lib/web/run-api.ts";

export async function GET(request: Request, route: ApiRoute) {
  return runApi(ENDPOINTS.getCluster, request, route, async (context, { clusterId }) =>
    getCluster(context, clusterId),
  );
}
