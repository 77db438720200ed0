import { z } from "zod";

import { toListEntry } from "#lib/audit/entry-dto.ts";
import { database } from "#lib/db/client.ts";
import type { Context } from "#lib/people/actor.ts";
import { ownAccount } from "#lib/people/person-subject.ts";
import type { RecentSignInDto } from "#lib/people/schema.ts";

const ACTIONS = [
  "sign-in",
  "complete-sign-in",
  "complete-sign-in-with-passkey",
  "sign-in-with-passkey",
  "sign-in-with-oidc",
  "confirm-identity",
  "confirm-identity-with-passkey",
  "confirm-identity-with-oidc",
  "redeem-password-link",
] as const;

const ROWS = 20;
const half = z.object({ complete: z.literal(false) });

/** What the audit log says of sign-ins to the person's own account, the latest twenty: those that failed too. */
export async function listRecentSignIns(ctx: Context): Promise<readonly RecentSignInDto[]> {
  const { actor } = ownAccount(ctx);
  const rows = await database().auditEntry.findMany({
    where: { subjectKind: "person", subjectId: actor.id, action: { in: [...ACTIONS] } },
    orderBy: { sequence: "desc" },
    take: ROWS,
  });
  return rows.map((row) => ({
    sequence: row.sequence.toString(),
    at: row.at.toISOString(),
    words: half.safeParse(row.outcome).success ? "gave the first factor" : toListEntry(row).words,
    address: row.sourceAddress,
    succeeded: row.result === "done",
  }));
}
