import { AdapterError } from "#lib/errors.ts";
import type { Generation } from "#lib/stores/cassandra/statements.ts";
import { parseLong } from "#lib/timestamps/long.ts";

/** The shape of the catalogue by the server's version. @throws AdapterError `unsupported-version` before 2.2 */
export function generationOf(version: string): Generation {
  const [, major = "", minor = ""] = /^([0-9]+)\.([0-9]+)/.exec(version) ?? [];
  const [first, second] = [parseLong(major), parseLong(minor)];
  if (first !== null && first >= 4n) return "4+";
  if (first === 3n) return "3";
  if (first === 2n && second !== null && second >= 2n) return "2.2";
  throw new AdapterError(
    "unsupported-version",
    "none",
    `Cassandra ${version} is older than 2.2, the oldest that AtlasDB and Lockstep work with. Nothing was changed in the store.`,
  );
}
