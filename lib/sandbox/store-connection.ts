import { Client, Pool } from "pg";

/** Where a sandbox store on Postgres is and how its own role signs in; the role owns the database. */
export type StoreConnection = {
  readonly kind: "postgres";
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
};

/**
 * A pool of at most two sessions that stay open while the service runs, as a real service's do, and carry its name in
 * `pg_stat_activity`. A lost idle session is replaced silently; the next statement reports what is wrong.
 */
export function openPool(connection: StoreConnection, applicationName: string): Pool {
  const pool = new Pool({
    ...signIn(connection),
    application_name: applicationName,
    max: 2,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: 5000,
    statement_timeout: 30_000,
  });
  pool.on("error", () => undefined);
  return pool;
}

/** Runs `use` on one session of its own and closes it, whatever happens. */
export async function withSession<T>(
  connection: StoreConnection,
  applicationName: string,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({
    ...signIn(connection),
    application_name: applicationName,
    connectionTimeoutMillis: 5000,
    statement_timeout: 30_000,
  });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

function signIn({ host, port, database, user, password }: StoreConnection) {
  return { host, port, database, user, password };
}
