import { postgresTimestampTable } from "#lib/atlasdb/tables.ts";
import type { SandboxStoreView } from "#lib/rehearsal/schema.ts";
import type { SandboxDefinition } from "#lib/sandbox/definitions.ts";
import { type StoreConnection, withSession } from "#lib/sandbox/store-connection.ts";
import { viewKeyspace } from "#lib/sandbox/cassandra/view.ts";
import type { LabConnection } from "#lib/sandbox/lab-connection.ts";
import { decodePunchValue } from "#lib/atlasdb/punch.ts";

/** The name of the console's own sessions, so that looking at the sandbox does not show up as a client of the store. */
const APPLICATION_NAME = "lockstep";

/** What a store holds now, read with its own role. A store that cannot be read says why, and shows no value. */
export async function viewStore(
  connection: LabConnection,
  definition: SandboxDefinition,
): Promise<SandboxStoreView> {
  const place = {
    id: definition.id,
    origin: originOf(definition, connection),
    kind: connection.kind,
    database: definition.database,
    host: connection.host,
    port: connection.port,
    user: connection.user,
  };
  try {
    const found =
      connection.kind === "cassandra" ? await viewKeyspace(connection) : await readStore(connection);
    return { ...place, ...found, problem: null };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { ...place, columns: [], rows: [], newestPunch: null, transactions: 0, problem };
  }
}

function originOf({ origin, spare }: SandboxDefinition, connection: LabConnection): string {
  if (connection.kind === "postgres" && connection.database === spare)
    return "empty at first, to be moved to";
  return origin === "golden" ? "written by AtlasDB 0.1175.0" : "seeded by the sandbox";
}

async function readStore(connection: StoreConnection) {
  return withSession(connection, APPLICATION_NAME, async (client) => {
    const found = await client.query("SELECT 1 FROM pg_tables WHERE tablename = '_timestamp'");
    if (found.rowCount === 0) return { columns: [], rows: [], newestPunch: null, transactions: 0 };
    const bound = await client.query<Record<string, string | null>>(
      `SELECT * FROM ${postgresTimestampTable("")}`,
    );
    const columns = bound.fields.map((field) => field.name);
    const punches = await client.query<{ val: Buffer }>("SELECT val FROM _punch ORDER BY row_name LIMIT 1");
    const counted = await client.query<{ count: number }>("SELECT count(*)::int AS count FROM _transactions");
    const newest = punches.rows[0];
    return {
      columns,
      rows: bound.rows.map((row) => columns.map((column) => row[column] ?? null)),
      newestPunch: newest === undefined ? null : decodePunchValue(newest.val).toString(),
      transactions: counted.rows[0]?.count ?? 0,
    };
  });
}
