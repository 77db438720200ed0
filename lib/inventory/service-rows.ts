import type { Reader } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import { environmentRefOf } from "#lib/inventory/environment-rows.ts";
import { LIST_ORDER } from "#lib/inventory/inventory-scope.ts";
import { serviceDto, type ServiceDto } from "#lib/inventory/schema.ts";

/** A condition on services, as Prisma takes it. */
export type ServiceWhere = NonNullable<NonNullable<Parameters<Reader["service"]["findMany"]>[0]>["where"]>;

/** The services that match, with their nodes and dependents in order. */
export async function findServices(reader: Reader, where: ServiceWhere): Promise<readonly ServiceDto[]> {
  const rows = await reader.service.findMany({
    where,
    include: {
      environment: true,
      store: { select: { id: true, name: true, kind: true } },
      cluster: { select: { id: true, name: true } },
      nodes: { orderBy: { position: "asc" } },
      dependents: { orderBy: { position: "asc" } },
    },
    orderBy: [...LIST_ORDER],
  });
  return rows.map((row) =>
    serviceDto.parse({
      id: row.id,
      environment: environmentRefOf(row.environment),
      name: row.name,
      store: row.store,
      timestampSource: row.timestampSource,
      cluster: row.cluster,
      namespace: row.namespace,
      atlasdbVersion: row.atlasdbVersion,
      notes: row.notes,
      nodes: row.nodes.map(({ id, name, address, kind, position }) => ({
        id,
        name,
        address,
        kind,
        position,
      })),
      dependents: row.dependents.map(({ id, name, note, position }) => ({ id, name, note, position })),
      archivedAt: row.archivedAt?.toISOString() ?? null,
      version: row.version,
    }),
  );
}

/** One service, archived or not. @throws AppError `not-found` */
export async function findService(reader: Reader, id: string): Promise<ServiceDto> {
  const [service] = await findServices(reader, { id });
  if (service === undefined) throw new AppError("not-found", "There is no such service.");
  return service;
}
