import { AdapterError } from "#lib/errors.ts";
import type { Connection } from "#lib/stores/cassandra/connection.ts";
import { optionalText } from "#lib/stores/cassandra/fields.ts";
import { blocking, pass, unknown } from "#lib/stores/cassandra/rights-words.ts";
import type { Site } from "#lib/stores/cassandra/site.ts";
import { identifier } from "#lib/stores/cassandra/statements.ts";
import type { StoreFinding } from "#lib/stores/schema.ts";

/**
 * Whether our user may read and change the timestamp table, and create it where it is missing. A user may list its own rights without
 * any other right.
 */
export async function accessFindings(
  connection: Connection,
  { name, table }: Pick<Site, "name" | "table">,
  user: string | undefined,
): Promise<StoreFinding[]> {
  if (user === undefined) {
    return [
      unknown(
        "rights",
        "No user is configured, so our rights cannot be listed. A cluster that lets nobody sign in usually restricts nothing.",
      ),
    ];
  }
  try {
    if (await isSuperuser(connection, user)) {
      return [pass("rights", `${user} is a superuser: it may read and change everything.`)];
    }
    const rows = await connection.query(`LIST ALL PERMISSIONS OF ${identifier(user)}`, "one");
    const resources = new Set([
      "<all keyspaces>",
      `<keyspace ${name.keyspace}>`,
      `<all tables in ${name.keyspace}>`,
      `<table ${name.keyspace}.${name.table}>`,
    ]);
    const held = new Set(
      rows
        .filter((row) => resources.has(optionalText(row, "resource") ?? ""))
        .map((row) => optionalText(row, "permission") ?? ""),
    );
    return judge(held, user, `${name.keyspace}.${name.table}`, table === null);
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    return [unlisted(error, user)];
  }
}

async function isSuperuser(connection: Connection, user: string): Promise<boolean> {
  const rows = await connection.query(`LIST ROLES OF ${identifier(user)}`, "one");
  return rows.some((row) => row["super"] === true);
}

function judge(held: ReadonlySet<string>, user: string, table: string, missing: boolean): StoreFinding[] {
  const needed = missing ? ["SELECT", "MODIFY", "CREATE"] : ["SELECT", "MODIFY"];
  const lacking = needed.filter((permission) => !held.has(permission));
  if (lacking.length === 0) return [pass("rights", `${user} has ${needed.join(" and ")} on ${table}.`)];
  const [keyspace = ""] = table.split(".");
  const grants = lacking
    .map((permission) => `GRANT ${permission} ON KEYSPACE ${identifier(keyspace)} TO ${identifier(user)}`)
    .join("; ");
  return [
    blocking(
      "rights",
      `${user} lacks ${lacking.join(" and ")} on ${table}, so the bound cannot be changed. Grant it (${grants}), or use the service's own user.`,
    ),
  ];
}

function unlisted(error: AdapterError, user: string): StoreFinding {
  if (/AllowAll/.test(error.message))
    return pass("rights", "The cluster restricts nobody (AllowAllAuthorizer).");
  return unknown(
    "rights",
    `The rights of ${user} could not be listed: ${error.message.replace(/ Nothing was changed in the store\.$/, "")} A missing right would refuse the write, with nothing changed.`,
  );
}
