import { ENDPOINTS } from "#lib/api/endpoints.ts";
import { readServiceStatus } from "#lib/inventory/read-service-status.ts";
import { type ApiRoute, runApi } from "#lib/web/run-api.ts";

export async function GET(request: Request, route: ApiRoute) {
  return runApi(ENDPOINTS.getServiceStatus, request, route, async (context, { serviceId }) =>
    readServiceStatus(context, serviceId),
  );
}
