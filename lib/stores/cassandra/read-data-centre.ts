import { AdapterError, InvariantError } from "#lib/errors.ts";
import { type CassandraTarget, withConnection } from "#lib/stores/cassandra/connection.ts";
import { text } from "#lib/stores/cassandra/fields.ts";

/**
 * The data centre of the contact points, for who was not told it: AtlasDB's files never name it. Needs one that answers; those that answer
 * must agree. `localDataCenter` of the target is not looked at. @throws AdapterError effect `none`; `data-centre-unknown` when they do not
 */
export async function readDataCentre(target: CassandraTarget): Promise<string> {
  const found = new Set<string>();
  const failures: unknown[] = [];
  for (const endpoint of target.config.contactPoints) {
    try {
      found.add(
        await withConnection(target, endpoint, async (connection) => {
          const [row] = await connection.query(
            "SELECT data_center FROM system.local WHERE key = 'local'",
            "one",
          );
          return text(row, "data_center");
        }),
      );
    } catch (error) {
      failures.push(error);
    }
  }
  const [only, other] = found;
  if (only === undefined) throw firstOf(failures);
  if (other === undefined) return only;
  throw new AdapterError(
    "data-centre-unknown",
    "none",
    `The contact points lie in several data centres (${[...found].toSorted().join(", ")}). Say which one AtlasDB reads in. Nothing was changed in the store.`,
  );
}

function firstOf([failure]: readonly unknown[]): Error {
  return failure instanceof Error ? failure : new InvariantError("there is no contact point");
}
