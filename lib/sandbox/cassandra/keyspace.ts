import {
  type CassandraConnection,
  openSession,
  PREPARE_TIMEOUT_MS,
  type Session,
  withCassandraSession,
} from "#lib/sandbox/cassandra/session.ts";
import { cassandraServiceStore } from "#lib/sandbox/cassandra/service-store.ts";
import { emptyTables } from "#lib/sandbox/cassandra/tables.ts";
import { seedStore } from "#lib/sandbox/seed-store.ts";
import { identifier, literal } from "#lib/stores/cassandra/statements.ts";

const SUPERUSER = "cassandra";
const FIRST_PASSWORD = "cassandra";

/**
 * Makes or corrects the service's role and its keyspace, with the superuser's own password changed from the one that every new server
 * has. The role may do everything in its keyspace and nothing elsewhere.
 */
export async function ensureKeyspace(
  connection: CassandraConnection,
  superuserPassword: string,
): Promise<void> {
  const superuser = { ...connection, user: SUPERUSER, password: superuserPassword };
  await claimSuperuser(superuser);
  const keyspace = identifier(connection.keyspace);
  const role = identifier(connection.user);
  await prepare(superuser, async (session) => {
    await session.define(
      `CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', ${literal(connection.dataCentre)}: 1}`,
    );
    await session.define(`CREATE ROLE IF NOT EXISTS ${role}`);
    await session.define(
      `ALTER ROLE ${role} WITH PASSWORD = ${literal(connection.password)} AND LOGIN = true`,
    );
    await session.define(`GRANT ALL PERMISSIONS ON KEYSPACE ${keyspace} TO ${role}`);
  });
}

/** Empties the keyspace and fills it with the data that the service starts with. */
export async function recreateKeyspace(
  connection: CassandraConnection,
  tables: readonly string[],
): Promise<void> {
  await prepare(connection, async (session) => {
    await emptyTables(session);
    await seedStore(cassandraServiceStore(session), tables);
  });
}

/** A new server has one superuser with a password that everybody knows. */
async function claimSuperuser(superuser: CassandraConnection): Promise<void> {
  const isOurs = await openSession(superuser, PREPARE_TIMEOUT_MS).then(
    async (session) => session.close().then(() => true),
    () => false,
  );
  if (isOurs) return;
  await prepare({ ...superuser, password: FIRST_PASSWORD }, async (session) => {
    await session.define(
      `ALTER ROLE ${identifier(SUPERUSER)} WITH PASSWORD = ${literal(superuser.password)}`,
    );
  });
}

async function prepare(
  connection: CassandraConnection,
  use: (session: Session) => Promise<void>,
): Promise<void> {
  await withCassandraSession(connection, use, PREPARE_TIMEOUT_MS);
}
