import pg from "pg";

/** The role that owns the console's schemas, the role that the console works as, and the database of both. */
export const OWNER_ROLE = "lockstep_owner";
export const APP_ROLE = "lockstep_app";
export const CONSOLE_DATABASE = "lockstep";

/** The passwords of the two roles. */
export type RolePasswords = { readonly owner: string; readonly app: string };

/**
 * Makes sure, as the superuser of `superuserUrl`, that both roles exist with these passwords and that the database exists
 * and belongs to the owner; nobody else may connect to it. Repeatable.
 */
export async function ensureConsoleDatabase(
  superuserUrl: string,
  passwords: RolePasswords,
  database: string = CONSOLE_DATABASE,
): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    await ensureRole(client, OWNER_ROLE, passwords.owner);
    await ensureRole(client, APP_ROLE, passwords.app);
    const name = client.escapeIdentifier(database);
    const found = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [database]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${name} OWNER ${OWNER_ROLE}`);
    await client.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
    await client.query(`GRANT CONNECT ON DATABASE ${name} TO ${APP_ROLE}`);
  } finally {
    await client.end();
  }
}

async function ensureRole(client: pg.Client, role: string, password: string): Promise<void> {
  const found = await client.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [role]);
  const verb = found.rowCount === 0 ? "CREATE" : "ALTER";
  const rights = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS";
  await client.query(`${verb} ROLE ${role} ${rights} PASSWORD ${client.escapeLiteral(password)}`);
}
