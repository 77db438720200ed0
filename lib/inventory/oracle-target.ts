import { AppError } from "#lib/errors.ts";
import type { StoreDto } from "#lib/inventory/schema.ts";
import type { OracleTarget } from "#lib/stores/oracle/target.ts";

/** Where sqlplus would connect to; no secret. @throws AppError `invalid` for a store of another kind */
export function oracleTargetOf({ name, connection, tablePrefix, schema }: StoreDto): OracleTarget {
  if (connection.kind !== "oracle") throw new AppError("invalid", `The store ${name} is no Oracle schema.`);
  const { host, port, naming, database, user } = connection;
  return { name, host, port, naming, database, user, tablePrefix, schema };
}
