import { types } from "cassandra-driver";

import { toHex } from "#lib/atlasdb/encoding.ts";
import { InvariantError } from "#lib/errors.ts";
import type { Row } from "#lib/stores/cassandra/connection.ts";

/** A text, UUID or address as its text; null where the cell is empty. */
export function optionalText(row: Row | undefined, name: string): string | null {
  const value = row?.[name];
  if (value === undefined || value === null) return null;
  if (typeof value === "string") return value;
  if (value instanceof types.Uuid || value instanceof types.InetAddress) return value.toString();
  if (typeof value === "number" || typeof value === "bigint") return value.toString();
  throw new InvariantError(`the query gave no text as ${name}`);
}

/** A text that the server cannot leave empty. @throws InvariantError otherwise */
export function text(row: Row | undefined, name: string): string {
  const value = optionalText(row, name);
  if (value === null) throw new InvariantError(`the query gave no ${name}`);
  return value;
}

/** A blob as hexadecimal digits without prefix; null where the cell is empty. */
export function optionalHex(row: Row, name: string): string | null {
  const value = row[name];
  if (value === undefined || value === null) return null;
  if (!(value instanceof Uint8Array)) throw new InvariantError(`the query gave no blob as ${name}`);
  return toHex(value);
}

/** A `bigint` column; null where the cell is empty. */
export function optionalLong(row: Row, name: string): bigint | null {
  const value = row[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== "bigint") throw new InvariantError(`the query gave no bigint as ${name}`);
  return value;
}

/** A time as ISO 8601 in UTC. @throws InvariantError where there is none */
export function isoTime(row: Row | undefined, name: string): string {
  const value = row?.[name];
  if (!(value instanceof Date)) throw new InvariantError(`the query gave no time as ${name}`);
  return value.toISOString();
}

/** A small number; null where the cell is empty. */
export function optionalInt(row: Row, name: string): number | null {
  const value = row[name];
  return typeof value === "number" ? value : null;
}

/** A map of texts. */
export function textMap(row: Row | undefined, name: string): ReadonlyMap<string, string> {
  const value = row?.[name];
  if (value === undefined || value === null) return new Map();
  if (typeof value !== "object") throw new InvariantError(`the query gave no map as ${name}`);
  return new Map(
    Object.entries(value).flatMap(([key, entry]) =>
      typeof entry === "string" ? [[key, entry] as const] : [],
    ),
  );
}

/** Whether a conditional write was applied; null where the answer does not say. */
export function applied(rows: readonly Row[]): boolean | null {
  const value = rows[0]?.["[applied]"];
  return typeof value === "boolean" ? value : null;
}
