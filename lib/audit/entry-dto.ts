import type { AuditEntryDto } from "#lib/audit/schema.ts";

/** A row as the database client returns it. */
export type AuditRow = Omit<AuditEntryDto, "sequence" | "at"> & {
  readonly sequence: bigint;
  readonly at: Date;
};

/** A row of the audit log on our own wire. */
export function toEntryDto(row: AuditRow): AuditEntryDto {
  return { ...row, sequence: row.sequence.toString(), at: row.at.toISOString() };
}
