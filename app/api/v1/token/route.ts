import { ENDPOINTS } from "#lib/api/endpoints.ts";
import { getOwnToken } from "#lib/tokens/list-tokens.ts";
import { type ApiRoute, runApi } from "#lib/web/run-api.ts";

export async function GET(request: Request, route: ApiRoute) {
  return runApi(ENDPOINTS.getToken, request, route, async (context) => getOwnToken(context));
}
