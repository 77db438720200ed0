import { migrationFilter, type MigrationFilter } from "#lib/migrations/list-migrations.ts";

/** The filter that the list's address asks for; whatever cannot be understood filters nothing. */
export function parseMigrationFilter(
  params: Readonly<Record<string, string | readonly string[] | undefined>>,
): MigrationFilter {
  const { state, serviceId, environmentId } = migrationFilter.shape;
  const asked = {
    state: state.safeParse(params["state"]).data,
    serviceId: serviceId.safeParse(params["serviceId"]).data,
    environmentId: environmentId.safeParse(params["environmentId"]).data,
  };
  return {
    ...(asked.state !== undefined && { state: asked.state }),
    ...(asked.serviceId !== undefined && { serviceId: asked.serviceId }),
    ...(asked.environmentId !== undefined && { environmentId: asked.environmentId }),
  };
}
