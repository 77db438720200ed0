/**
 * The statements of a `pg_dump --inserts` file, in order and without their semicolons. Understands strings (with semicolons, newlines and
 * megabytes in them), quoted names, dollar quotes, comments, and psql's own lines (`\restrict`), which it leaves out. Refuses COPY.
 */
export function* splitStatements(dump: string): Generator<string> {
  const token = /'|"|;|--[^\n]*|\/\*|\$([A-Za-z_][A-Za-z0-9_]*)?\$|^\\.*$/gm;
  let start = 0;
  for (let match = token.exec(dump); match !== null; match = token.exec(dump)) {
    const [found] = match;
    if (found === ";") {
      yield* statement(dump.slice(start, match.index));
      start = match.index + 1;
    } else if (found.startsWith("\\") || found.startsWith("--")) {
      // Between statements they are left out; inside one, a comment does no harm.
      if (dump.slice(start, match.index).trim() === "") start = match.index + found.length;
    } else {
      token.lastIndex = endOfQuote(dump, match.index, found);
    }
  }
  yield* statement(dump.slice(start));
}

function endOfQuote(dump: string, open: number, mark: string): number {
  const escaped = mark === "'" && /[eE]$/.test(dump.slice(Math.max(0, open - 1), open));
  const close = mark === "/*" ? "*/" : mark;
  let at = open + mark.length;
  for (;;) {
    const end = dump.indexOf(close, at);
    if (end < 0) throw new Error(`the dump ends inside ${mark}`);
    if (!(escaped && oddBackslashes(dump, end))) return end + close.length;
    at = end + 1;
  }
}

function oddBackslashes(dump: string, end: number): boolean {
  let count = 0;
  while (dump[end - 1 - count] === "\\") count += 1;
  return count % 2 === 1;
}

function* statement(text: string): Generator<string> {
  const trimmed = text.trim();
  if (trimmed === "") return;
  if (/^COPY\s/i.test(trimmed)) throw new Error("the dump uses COPY; make it with pg_dump --inserts");
  yield trimmed;
}

/** Runs every statement of the dump in order, each on its own; `run` must use one session throughout. Returns how many there were. */
export async function restoreSql(run: (sql: string) => Promise<unknown>, dump: string): Promise<number> {
  let count = 0;
  for (const sql of splitStatements(dump)) {
    await run(sql);
    count += 1;
  }
  return count;
}
