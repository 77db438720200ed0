import { ENDPOINTS } from "#lib/api/endpoints.ts";
import { listApprovals } from "#lib/approvals/list-approvals.ts";
import { type ApiRoute, runApi } from "#lib/web/run-api.ts";

export async function GET(request: Request, route: ApiRoute) {
  return runApi(
    ENDPOINTS.listApprovals,
    request,
    route,
    async (context, { environment, migration, ended }) => {
      const filter = { environmentId: environment, migrationId: migration, ended: ended === "yes" };
      const { waitingForMe, mine, others, reviews } = await listApprovals(context, filter);
      const all = [...waitingForMe, ...mine, ...others];
      return { items: all.map(({ mine: _mine, waitsForMe: _waitsForMe, ...item }) => item), reviews };
    },
  );
}
