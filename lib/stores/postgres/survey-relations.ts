import { METADATA_TABLE, POSTGRES_NAME_BYTES_MAX, TIMESTAMP_TABLE } from "#lib/atlasdb/tables.ts";
import type { StoreSurvey } from "#lib/mover/store-survey.ts";
import type { StoreTable } from "#lib/mover/store-table.ts";

/** One relation of the store's schema: `parent` is the table of an index; `holdsBound`: it has a column of a timestamp table. */
export type Relation = {
  readonly name: string;
  readonly parent: string | null;
  readonly readable: boolean;
  readonly owned: boolean;
  readonly holdsBound: boolean;
};

/** Made by AtlasDB beside its tables and listed nowhere. Source: atlasdb-facts D.1, D.2 */
const UNLISTED: readonly string[] = [METADATA_TABLE, "dual", "pt_retriable_txn_log_v1"];

/** What our own copies leave. Source: docs/adr/0016 */
const OWN_PREFIX = "lockstep_copy_";

/** What the relations of a schema say of a catalogue's tables, for the store with this prefix. */
export function relateTables(
  relations: readonly Relation[],
  tables: readonly StoreTable[],
  prefix: string,
): Pick<StoreSurvey, "missing" | "strangers" | "otherPrefixes" | "unreadable" | "undroppable"> {
  const byName = new Map(relations.map((relation) => [relation.name, relation]));
  const listed = new Set(tables.map(({ physicalName }) => physicalName));
  const ownBound = cut(`${prefix.toLowerCase()}${TIMESTAMP_TABLE}`);
  const namesWhere = (holds: (relation: Relation) => boolean) =>
    tables
      .filter(({ physicalName }) => {
        const found = byName.get(physicalName);
        return found !== undefined && holds(found);
      })
      .map(({ name }) => name);
  return {
    missing: tables.filter(({ physicalName }) => !byName.has(physicalName)).map(({ name }) => name),
    strangers: relations
      .filter(({ name, parent }) => {
        const table = parent ?? name;
        const isKnown = listed.has(table) || UNLISTED.includes(table) || table === ownBound;
        return !isKnown && !table.startsWith(OWN_PREFIX);
      })
      .map(({ name }) => name),
    otherPrefixes: relations
      .filter(({ name, holdsBound }) => holdsBound && name !== ownBound && name.endsWith(TIMESTAMP_TABLE))
      .map(({ name }) => name.slice(0, -TIMESTAMP_TABLE.length)),
    unreadable: namesWhere(({ readable }) => !readable),
    undroppable: namesWhere(({ owned }) => !owned),
  };
}

/** Prefixes are short and ASCII, so bytes are characters. */
function cut(name: string): string {
  return name.slice(0, POSTGRES_NAME_BYTES_MAX);
}
