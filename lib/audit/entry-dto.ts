import { AUDITED_ACTIONS } from "#lib/audit/actions.ts";
import type { AuditEntryDto, AuditListEntry } from "#lib/audit/schema.ts";

/** A row as the database client returns it. */
export type AuditRow = Omit<AuditEntryDto, "sequence" | "at"> & {
  readonly sequence: bigint;
  readonly at: Date;
};

/** A row of the audit log on our own wire. */
export function toEntryDto(row: AuditRow): AuditEntryDto {
  return { ...row, sequence: row.sequence.toString(), at: row.at.toISOString() };
}

/** The same with the words for its action; an action that this build does not know keeps its name. */
export function toListEntry(row: AuditRow): AuditListEntry {
  return { ...toEntryDto(row), words: actionWords(row.action) };
}

/** The words for an action: "granted a role". */
function actionWords(action: string): string {
  return Object.entries(AUDITED_ACTIONS).find(([name]) => name === action)?.[1].words ?? action;
}

/** Every action with its words, by words, for the filter of the page. */
export function actionChoices(): readonly { readonly action: string; readonly words: string }[] {
  return Object.entries(AUDITED_ACTIONS)
    .map(([action, { words }]) => ({ action, words }))
    .toSorted((a, b) => a.words.localeCompare(b.words));
}
