import pg from "pg";
import { AppError } from "#lib/errors.ts";

const VERSION_MIN = 150_000;
const VERSION_BELOW = 190_000;

/** What a database address leads to: the role that it signs in as. */
export type ServerFacts = { readonly role: string; readonly isSuperuser: boolean };

/**
 * Makes sure that an address leads to a Postgres that the console can live on: reachable, version 15 to 18, UTF-8.
 * `variable` names the setting in the sentences. Secrets of the address never appear in them.
 * @throws AppError with one sentence
 */
export async function checkServer(variable: string, url: string): Promise<ServerFacts> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => {});
  const where = describeUrl(url);
  try {
    await client.connect();
  } catch (cause) {
    const why = cause instanceof AggregateError ? String(cause.errors[0]) : String(cause);
    throw new AppError(
      "unavailable",
      `${variable} leads to ${where}, which does not let Lockstep in: ${why}.`,
      { cause },
    );
  }
  try {
    const { rows } = await client.query<{
      version: number;
      encoding: string;
      role: string;
      superuser: boolean;
    }>(
      `SELECT current_setting('server_version_num')::int AS version, pg_encoding_to_char(encoding) AS encoding,
              current_user::text AS role, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser
         FROM pg_database WHERE datname = current_database()`,
    );
    const facts = rows[0];
    if (facts === undefined)
      throw new AppError("unavailable", `${variable}: ${where} does not describe itself.`);
    if (facts.version < VERSION_MIN || facts.version >= VERSION_BELOW) {
      const major = Math.floor(facts.version / 10_000);
      throw new AppError(
        "unavailable",
        `${variable}: ${where} is Postgres ${major}, and Lockstep needs 15 to 18.`,
      );
    }
    if (facts.encoding !== "UTF8") {
      throw new AppError(
        "unavailable",
        `${variable}: ${where} is encoded as ${facts.encoding}, and Lockstep needs UTF8.`,
      );
    }
    return { role: facts.role, isSuperuser: facts.superuser };
  } finally {
    await client.end();
  }
}

/** A database address without its password, for messages. */
export function describeUrl(url: string): string {
  const parsed = URL.parse(url);
  if (parsed === null) return "an address that cannot be read";
  return `${parsed.hostname}${parsed.port === "" ? "" : `:${parsed.port}`}${parsed.pathname}`;
}
