import { ENDPOINTS } from "#lib/api/endpoints.ts";
import { listAuditEntries } from "#lib/audit/list-audit-entries.ts";
import { type ApiRoute, runApi } from "#lib/web/run-api.ts";

export async function GET(request: Request, route: ApiRoute) {
  return runApi(ENDPOINTS.listAuditEntries, request, route, async (context, filter) =>
    listAuditEntries(context, filter),
  );
}
