import { ENDPOINTS } from "#lib/api/endpoints.ts";
import { previewMigration } from "#lib/migrations/preview-migration.ts";
import { publicUrl } from "#lib/people/public-url.ts";
import { type ApiRoute, runApi } from "#lib/web/run-api.ts";

export async function POST(request: Request, route: ApiRoute) {
  return runApi(ENDPOINTS.proposeMigration, request, route, async (context, input) => {
    const planAt = new URL(`/migrations/new?service=${input.serviceId}`, publicUrl()).href;
    return { ...(await previewMigration(context, input)), planAt };
  });
}
