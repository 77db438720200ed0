import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

import { Client } from "pg";

import { restoreSql } from "#e2e/golden/restore-sql.ts";
import { type PostgresStoreConfigInput, postgresStoreConfig } from "#lib/stores/postgres/schema.ts";

const unzip = promisify(gunzip);

/** A store written by the real AtlasDB, as `pg_dump --inserts` text. */
export async function readGolden(name: "source" | "invalidated-by-real-migration"): Promise<string> {
  const file = path.join(import.meta.dirname, "../../../e2e/golden/postgres", `${name}.sql.gz`);
  return (await unzip(await readFile(file))).toString("utf8");
}

/** Runs `work` on one session of the database at `url`. */
export async function withSession<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: "test" });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Everything that a store holds in the schema `public`, one digest a table, but the tables of these names. */
export async function digestsOf(url: string, ...but: readonly string[]): Promise<Record<string, string>> {
  return withSession(url, async (client) => {
    const tables = await client.query<{ name: string }>(
      "SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> ALL ($1::text[]) ORDER BY 1",
      [but],
    );
    const digests: Record<string, string> = {};
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ digest: string }>(
        `SELECT md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '')) AS digest FROM public."${name}" t`,
      );
      digests[name] = rows[0]?.digest ?? "";
    }
    return digests;
  });
}

/** Runs statements one after another on one session. */
export async function run(url: string, ...statements: readonly string[]): Promise<void> {
  await withSession(url, async (client) => {
    for (const sql of statements) await client.query(sql);
  });
}

/** Restores a golden store into an empty database. */
export async function restoreGolden(
  url: string,
  name: "source" | "invalidated-by-real-migration",
): Promise<void> {
  const dump = await readGolden(name);
  await withSession(url, async (client) => {
    await client.query("BEGIN");
    await restoreSql((sql) => client.query(sql), dump);
    await client.query("COMMIT");
  });
}

/** The configuration of a store at `url`. */
export function configFor(url: string, more: Partial<PostgresStoreConfigInput> = {}) {
  const { hostname, port, pathname, username, password } = new URL(url);
  return postgresStoreConfig.parse({
    host: hostname,
    port: Number(port),
    database: decodeURIComponent(pathname.slice(1)),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    tls: { mode: "disable" },
    lockTimeoutMs: 400,
    statementTimeoutMs: 5_000,
    ...more,
  });
}
