import { ENDPOINTS } from "#lib/api/endpoints.ts";
import { getApprovalRequest } from "#lib/approvals/get-approval-request.ts";
import { type ApiRoute, runApi } from "#lib/web/run-api.ts";

export async function GET(request: Request, route: ApiRoute) {
  return runApi(ENDPOINTS.getApproval, request, route, async (context, { requestId }) =>
    getApprovalRequest(context, requestId),
  );
}
