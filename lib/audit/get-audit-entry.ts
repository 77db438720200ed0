import { toListEntry } from "#lib/audit/entry-dto.ts";
import { AUDIT_READERS } from "#lib/audit/list-audit-entries.ts";
import type { AuditListEntry } from "#lib/audit/schema.ts";
import { database } from "#lib/db/client.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { authoriseRead } from "#lib/people/authorise.ts";

/**
 * One row by its sequence number.
 * @throws AppError `not-found`; `forbidden` when the person may not read the rows of its environment
 */
export async function getAuditEntry(ctx: Context, sequence: bigint): Promise<AuditListEntry> {
  const row = await database().auditEntry.findUnique({ where: { sequence } });
  await authoriseRead(ctx, row?.environmentId ?? null, AUDIT_READERS);
  if (row === null) throw new AppError("not-found", `The audit log has no row ${sequence}.`);
  return toListEntry(row);
}
