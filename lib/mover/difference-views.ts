import type { DifferenceView } from "#lib/mover/copy-view.ts";
import type { Difference, ValueDigest } from "#lib/mover/difference.ts";

/** A recorded difference for the page; `id` is its place in the ledger. */
export function differenceView(id: bigint, difference: Difference): DifferenceView {
  const { table, kind, row, column, timestamp, source, destination } = difference;
  return {
    id: id.toString(),
    table,
    kind,
    row: { hex: row, printable: printable(row) },
    column: { hex: column, printable: printable(column) },
    timestamp,
    source: valueView(source),
    destination: valueView(destination),
  };
}

function valueView(digest: ValueDigest | null): DifferenceView["source"] {
  if (digest === null) return null;
  const { bytes, sha256, head } = digest;
  return { bytes, sha256, hex: head, printable: printable(head), isCut: head.length < bytes * 2 };
}

/** Bytes of printable ASCII as they are, all others as dots. */
function printable(hex: string): string {
  return Buffer.from(hex, "hex")
    .toString("latin1")
    .replaceAll(/[^ -~]/g, ".");
}

const CSV_COLUMNS = [
  "table",
  "kind",
  "row_hex",
  "column_hex",
  "version",
  "source_bytes",
  "source_sha256",
  "source_head_hex",
  "destination_bytes",
  "destination_sha256",
  "destination_head_hex",
] as const;

/** The head of a file of differences as comma-separated values. */
export const CSV_HEAD = CSV_COLUMNS.join(",");

/** One difference as a line of comma-separated values. */
export function csvLine({ table, kind, row, column, timestamp, source, destination }: Difference): string {
  const side = (value: ValueDigest | null) =>
    value === null ? ["", "", ""] : [`${value.bytes}`, value.sha256, value.head];
  return [csvText(table), kind, row, column, timestamp ?? "", ...side(source), ...side(destination)].join(
    ",",
  );
}

/** Words as one quoted cell. A spreadsheet would take a cell that begins with a sign for a formula. */
export function csvText(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}
