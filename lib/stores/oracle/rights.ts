import type { RightsReading } from "#lib/stores/schema.ts";

/** What can be told about the rights of whoever ran the pasted command; the rest is for people to check. */
export function oracleRights(seen: {
  readonly owner: string;
  readonly user: string;
  readonly standby: boolean;
  readonly source: string;
  readonly readAt: string;
}): RightsReading {
  const { owner, user, standby, source, readAt } = seen;
  return {
    findings: [
      user === owner
        ? { code: "owner", verdict: "pass", message: `${user} owns the table, so it may rename its column.` }
        : {
            code: "owner",
            verdict: "blocking",
            message: `The command ran as ${user}, but the table belongs to ${owner}. Run it as ${owner}, who may rename the column and sees every table of the service.`,
          },
      standby
        ? {
            code: "role",
            verdict: "blocking",
            message: "This server is a standby, which cannot be written. Connect to the primary.",
          }
        : { code: "role", verdict: "pass", message: "This server is no standby." },
      {
        code: "by-hand",
        verdict: "warning",
        message:
          "Oracle is done by hand: Lockstep never connects to it, its commands were never tried on an Oracle server, and a change of a column commits by itself.",
      },
    ],
    facts: [
      { label: "User", value: user },
      { label: "Owner of the tables", value: owner },
    ],
    source,
    readAt,
  };
}
