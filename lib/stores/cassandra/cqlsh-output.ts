import { Unreadable } from "#lib/stores/pasted-lines.ts";

/** One table of cqlsh's output: the names of its columns and its cells as text. */
export type PrintedTable = {
  readonly kind: "table";
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
};

/** What cqlsh printed, in its order: tables, levels that were set, and errors. */
export type Printed =
  | PrintedTable
  | { readonly kind: "level"; readonly level: string }
  | { readonly kind: "error"; readonly message: string };

/** What cqlsh says in passing: its warnings, settings that were made, and prompts with what was typed behind them. */
const NOISE =
  /^(PAGING (is already|set to) \w+|EXPAND (is already|set to) \w+|(Disabled|Enabled|Now) (Query|Expanded)? ?(paging|output|expanded).*|Query paging is .*|Expanded output is .*|Serial consistency level set to SERIAL\.|Warning: Using a password .*|Recommendation: use the credentials .*|WARNING: cqlsh was built against .*|Warning: .*protocol is auto-negotiated\.|(\S+@)?cqlsh(:\w+)?>.*|\.\.\. .*|Connected to .* at .*|\[cqlsh .*\]|Use HELP for help\.|Warnings ?:)$/;

const LEVEL = /^Consistency level set to ([A-Z_]+)\.$/;
const SEPARATOR = /^-+(\+-+)*$/;
const FOOTER = /^\(([0-9]+) rows?\)$/;
const ERROR =
  /^(<stdin>:[0-9]+:|[\w./-]+:[0-9]+:)?(\w+(Error|Exception|Request|Timeout|Unauthorized|Unavailable|Failure)|Unauthorized|Unavailable|NoHostAvailable|SyntaxException)\b.*|^Connection error: .*|^lockstep: refused: .*|^(\S*sh: )?.*cqlsh: .*not found$|^Traceback .*/;

/**
 * Reads the whole output of a cqlsh run. Every line must be a table's, a setting, an error, or known noise; a table must have as many rows
 * as its footer says (only the answer of a conditional write has none).
 * @throws AdapterError `pasted-unreadable` otherwise
 */
export function parseCqlsh(text: string): readonly Printed[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const printed: Printed[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    if (SEPARATOR.test(lines[at + 1] ?? "") && line !== "") {
      const table = readTable(lines, at);
      printed.push(table.table);
      at = table.last;
      continue;
    }
    const other = readLine(line);
    if (other !== null) printed.push(other);
  }
  if (printed.length === 0) throw new Unreadable("it is empty");
  return printed;
}

function readLine(line: string): Printed | null {
  const level = LEVEL.exec(line)?.[1];
  if (level !== undefined) return { kind: "level", level };
  if (line === "" || NOISE.test(line)) return null;
  if (ERROR.test(line)) return { kind: "error", message: line.slice(0, 500) };
  if (line.startsWith("@ Row"))
    throw new Unreadable("its rows are expanded: write EXPAND OFF and run it again");
  throw new Unreadable(`a line does not belong to it: ${line.slice(0, 120)}`);
}

function readTable(
  lines: readonly string[],
  start: number,
): { readonly table: PrintedTable; readonly last: number } {
  const columns = cellsOf(lines[start] ?? "");
  const rows: (readonly string[])[] = [];
  let at = start + 2;
  for (; at < lines.length && lines[at] !== ""; at += 1) {
    const line = lines[at] ?? "";
    if (LEVEL.test(line) || NOISE.test(line) || FOOTER.test(line) || ERROR.test(line)) break;
    const cells = cellsOf(line);
    if (cells.length !== columns.length) throw new Unreadable(`a row is cut: ${line.slice(0, 120)}`);
    rows.push(cells);
  }
  const conditional = columns[0] === "[applied]";
  const footer = footerAfter(lines, at);
  if (footer === null && !conditional) {
    throw new Unreadable(`the table ${columns[0] ?? ""} has no number of rows below it`);
  }
  if (footer !== null && BigInt(footer.count) !== BigInt(rows.length)) {
    throw new Unreadable(`rows of the table ${columns[0] ?? ""} are missing or doubled`);
  }
  return { table: { kind: "table", columns, rows }, last: footer === null ? at - 1 : footer.at };
}

function footerAfter(
  lines: readonly string[],
  from: number,
): { readonly count: string; readonly at: number } | null {
  let at = from;
  while (at < lines.length && lines[at] === "") at += 1;
  const count = FOOTER.exec(lines[at] ?? "")?.[1];
  return count === undefined ? null : { count, at };
}

function cellsOf(line: string): string[] {
  return line.split("|").map((cell) => cell.trim());
}
