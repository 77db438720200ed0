import { ENDPOINTS } from "#lib/api/endpoints.ts";
import { getService } from "#lib/inventory/get-service.ts";
import { type ApiRoute, runApi } from "#lib/web/run-api.ts";

export async function GET(request: Request, route: ApiRoute) {
  return runApi(ENDPOINTS.getService, request, route, async (context, { serviceId }) =>
    getService(context, serviceId),
  );
}
