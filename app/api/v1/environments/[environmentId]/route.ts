import { ENDPOINTS } from "#lib/api/endpoints.ts";
import { getEnvironment } from "#lib/inventory/get-environment.ts";
import { type ApiRoute, runApi } from "#lib/web/run-api.ts";

export async function GET(request: Request, route: ApiRoute) {
  return runApi(ENDPOINTS.getEnvironment, request, route, async (context, { environmentId }) =>
    getEnvironment(context, environmentId),
  );
}
