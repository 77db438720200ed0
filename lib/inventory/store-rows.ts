import type { Reader } from "#lib/db/transact-handle.ts";
import { AppError } from "#lib/errors.ts";
import { environmentRefOf } from "#lib/inventory/environment-rows.ts";
import { LIST_ORDER } from "#lib/inventory/inventory-scope.ts";
import { markOf } from "#lib/inventory/inventory-secrets.ts";
import { storeDto, type StoreDto } from "#lib/inventory/schema.ts";

/** A condition on stores, as Prisma takes it. */
export type StoreWhere = NonNullable<NonNullable<Parameters<Reader["store"]["findMany"]>[0]>["where"]>;

/** The stores that match, without their secrets. */
export async function findStores(reader: Reader, where: StoreWhere): Promise<readonly StoreDto[]> {
  const rows = await reader.store.findMany({
    where,
    include: {
      environment: true,
      services: { where: { archivedAt: null }, select: { id: true, name: true }, orderBy: { name: "asc" } },
    },
    orderBy: [...LIST_ORDER],
  });
  return rows.map((row) =>
    storeDto.parse({
      id: row.id,
      environment: environmentRefOf(row.environment),
      name: row.name,
      connection: row.connection,
      tablePrefix: row.tablePrefix,
      schema: row.schemaName,
      password: markOf({ sealed: row.passwordSealed, setAt: row.passwordSetAt }),
      clientKey: markOf({ sealed: row.clientKeySealed, setAt: row.clientKeySetAt }),
      identity:
        row.identityPinnedAt === null
          ? null
          : {
              kind: row.kind,
              system: row.identitySystem,
              database: row.identityDatabase,
              schema: row.identitySchema,
              table: row.identityTable,
              tableId: row.identityTableId,
            },
      identityPinnedAt: row.identityPinnedAt?.toISOString() ?? null,
      services: row.services,
      archivedAt: row.archivedAt?.toISOString() ?? null,
      version: row.version,
    }),
  );
}

/** One store, archived or not. @throws AppError `not-found` */
export async function findStore(reader: Reader, id: string): Promise<StoreDto> {
  const [store] = await findStores(reader, { id });
  if (store === undefined) throw new AppError("not-found", "There is no such store.");
  return store;
}
