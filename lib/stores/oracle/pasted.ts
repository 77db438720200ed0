import { z } from "zod";

import { decodeVarLong, fromHex } from "#lib/atlasdb/encoding.ts";
import { decodedOrNull, decodePunchRow, decodePunchValue } from "#lib/atlasdb/punch.ts";
import { AdapterError } from "#lib/errors.ts";
import { decodeBound, rawCells, type TableContent, type TableShape } from "#lib/stores/decode-bound-table.ts";
import { oracleRights } from "#lib/stores/oracle/rights.ts";
import { type OracleTarget, oracleTimestampTable } from "#lib/stores/oracle/target.ts";
import {
  all,
  decodePastedText,
  type Line,
  one,
  type Pasted,
  type ToolSpeech,
  Unreadable,
} from "#lib/stores/pasted-lines.ts";
import type {
  BoundReading,
  PunchReading,
  RightsReading,
  StoreIdentity,
  TransactionsMark,
} from "#lib/stores/schema.ts";
import { maxLong, parseLong } from "#lib/timestamps/long.ts";

/** Everything that one session of a command saw. */
export type OracleSeen = {
  readonly bound: BoundReading;
  readonly punch: PunchReading;
  readonly mark: TransactionsMark;
  readonly rights: RightsReading;
};

/** One whole output: two sessions, and what the first of them wrote between its look and the second's; null for a mere look. */
export type OracleRun = {
  readonly first: OracleSeen;
  readonly second: OracleSeen;
  readonly wrote: string | null;
};

/** How far the database's clock may be off ours when an output is pasted: older outputs say nothing about now. In milliseconds. */
export const PASTE_AGE_MAX_MS = 600_000;

const digits = z.string().regex(/^[0-9]+$/);
const hex = z.string().regex(/^([0-9a-f]{2})*$/);
const serverLine = z.strictObject({
  version: z.string(),
  role: z.string().nullable(),
  address: z.string().nullable(),
  database: z.string(),
  container: z.string().nullable(),
  service: z.string().nullable(),
  user: z.string(),
  system: digits.nullable(),
  read_at: z.iso.datetime(),
});
const tableLine = z.strictObject({ oid: digits, schema: z.string(), table: z.string(), kind: z.string() });
const columnLine = z.strictObject({ name: z.string(), type: z.string() });
const rowLine = z.partialRecord(z.enum(["last_allocated", "legacy_last_allocated"]), z.string().nullable());
const foundLine = z.strictObject({ found: z.boolean(), table: z.string() });
const cellLine = z.strictObject({ row: hex, val: hex.nullable(), ts: z.string() });
const writeLine = z.strictObject({ done: z.enum(["invalidate", "restore", "repair"]) });
const endLine = z.strictObject({ tables: z.bigint(), rows: z.bigint() });

/**
 * sqlplus' own words, which show where FEEDBACK is on; what begins with ORA, SP2 or ERROR is a failure, but for a password that will expire
 * soon, with which one is connected. A failure says more than the bare word ERROR.
 */
const SQLPLUS: ToolSpeech = {
  tool: "sqlplus",
  noise:
    /^(ERROR:|ORA-280(02|11): .*|Connected\.|Disconnected from Oracle.*|(PL\/SQL procedure successfully completed|Session altered|Transaction set|Rollback complete|Commit complete|Table (altered|created))\.)$/,
  failure: /^(ERROR|(ORA|SP2|TNS|PLS)-[0-9]+)/,
};

/** `NUMBER` without a fraction; each value is checked to be a Java long besides. Source: atlasdb-facts D.1 */
const ORACLE_SHAPE: TableShape = {
  plainTable: "TABLE",
  isWhole: (type) => /^NUMBER(\([0-9]+,0\))?$/.test(type),
  wholeWord: "a NUMBER of whole digits",
};

/**
 * Decodes the whole output of one of the commands of `manual.ts`, printed within ten minutes of `now` by the database's own clock.
 * Anything missing, doubled, cut short, rounded, contradictory or of another table is refused.
 */
export function decodePastedOracle(text: string, target: OracleTarget, now: Date): Pasted<OracleRun> {
  return decodePastedText(text, SQLPLUS, (lines) => {
    const [first, second, ...more] = sessionsOf(lines);
    if (first === undefined || second === undefined)
      throw new Unreadable("it shows one session, and the command prints two");
    if (more.length > 0) throw new Unreadable("it holds the output of several runs");
    const wrote = all(lines, "write", writeLine).map(({ done }) => done);
    if (wrote.length > 1) throw new Unreadable("it holds several writes");
    const run = { first: seenIn(first, target, "first"), second: seenIn(second, target, "second") };
    requireOneStore(run.first.bound.identity, run.second.bound.identity, wrote.length === 1);
    for (const { bound } of [run.first, run.second]) requireYoung(bound.readAt, now);
    return { ...run, wrote: wrote[0] ?? null };
  });
}

/** The lines up to each `end`; what the first session wrote stands before the second begins. */
function sessionsOf(lines: readonly Line[]): readonly (readonly Line[])[] {
  const sessions: Line[][] = [[]];
  for (const line of lines) {
    if (line.what === "write") continue;
    sessions.at(-1)?.push(line);
    if (line.what === "end") sessions.push([]);
  }
  return sessions.slice(0, -1);
}

function seenIn(lines: readonly Line[], target: OracleTarget, which: string): OracleSeen {
  const server = one(lines, "server", serverLine);
  const { owner, table } = oracleTimestampTable(target);
  const tables = all(lines, "table", tableLine);
  if (tables.some((found) => found.schema !== owner || found.table !== table))
    throw new Unreadable(`it is about another table than ${owner}.${table}`);
  if (tables.length === 0 && server.user !== owner) {
    throw new AdapterError(
      "table-hidden",
      "none",
      `The user ${server.user} sees no table ${owner}.${table}; it may be there and hidden. Run the command as ${owner}.`,
    );
  }
  const content = contentOf(lines, tables);
  const place = `pasted sqlplus output of ${server.database} ${owner}.${table}`;
  const readAt = server.read_at;
  const container =
    server.container !== null && server.container !== server.database ? server.container : null;
  return {
    bound: {
      state: decodeBound(content, ORACLE_SHAPE),
      tr: null,
      identity: {
        kind: "oracle",
        system: server.system,
        database: container === null ? server.database : `${server.database}/${container}`,
        schema: owner,
        table,
        tableId: tables[0]?.oid ?? null,
      },
      server: {
        address: server.address,
        port: null,
        version: server.version,
        inRecovery: isStandby(server.role),
      },
      view: `${which} session${server.service === null ? "" : ` through ${server.service}`}`,
      raw: content === null ? [] : rawCells(content),
      source: place,
      provenance: "pasted",
      readAt,
    },
    punch: { newest: punchOf(lines), source: place, provenance: "pasted", readAt },
    mark: { ...markOf(lines), rowsWritten: null, countedSince: null, source: place, readAt },
    rights: oracleRights({
      owner,
      user: server.user,
      standby: isStandby(server.role),
      source: place,
      readAt,
    }),
  };
}

function isStandby(role: string | null): boolean {
  return role !== null && role !== "PRIMARY";
}

function contentOf(
  lines: readonly Line[],
  tables: readonly z.infer<typeof tableLine>[],
): TableContent | null {
  const columns = all(lines, "column", columnLine).map(({ name, type }) => ({
    name: name.toLowerCase(),
    type,
  }));
  const rows = all(lines, "row", rowLine);
  const end = one(lines, "end", endLine);
  if (end.tables !== BigInt(tables.length))
    throw new Unreadable("a line lockstep.table is missing or doubled");
  if (end.rows !== BigInt(rows.length)) throw new Unreadable("rows of the table are missing or doubled");
  if (tables.length === 0) {
    if (columns.length > 0) throw new Unreadable("a line lockstep.table is missing");
    return null;
  }
  const ours = columns.map(({ name }) => name).filter((name) => name.endsWith("last_allocated"));
  for (const row of rows) {
    if (Object.keys(row).toSorted().join() !== ours.toSorted().join())
      throw new Unreadable("columns and rows do not agree: run the command again");
  }
  const relationKind = tables.map(({ kind }) => kind).join(" and ");
  return { relationKind, columns, rows: rows.map(wholeRow).toSorted(descending) };
}

function wholeRow(row: z.output<typeof rowLine>): Readonly<Record<string, string | null>> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? null]));
}

/** As the other stores order them: by bound, then by kept bound, the largest first, NULL last. */
function descending(
  a: Readonly<Record<string, string | null>>,
  b: Readonly<Record<string, string | null>>,
): number {
  for (const name of ["last_allocated", "legacy_last_allocated"]) {
    const [x, y] = [b, a].map((row) => parseLong(row[name] ?? ""));
    if (x === y || x === undefined || y === undefined) continue;
    if (x === null) return -1;
    if (y === null) return 1;
    return x < y ? -1 : 1;
  }
  return 0;
}

function punchOf(lines: readonly Line[]): PunchReading["newest"] {
  const { found } = one(lines, "punch-table", foundLine);
  const [cell, ...more] = all(lines, "punch", cellLine);
  if (more.length > 0) throw new Unreadable("it has several newest punches");
  if (cell === undefined) return { found: "absent", why: found ? "no-rows" : "no-table" };
  const timestamp = parseLong(cell.ts);
  if (timestamp === null) throw new Unreadable("the timestamp of the newest punch is not a whole number");
  const value = decodedOrNull(() => decodePunchValue(fromHex(cell.val ?? "")));
  return {
    found: "punch",
    timestamp: maxLong(timestamp, value ?? timestamp),
    wallMillis: decodedOrNull(() => decodePunchRow(fromHex(cell.row))),
    rawRow: `0x${cell.row}`,
    rawValue: `0x${cell.val ?? ""}`,
  };
}

function markOf(lines: readonly Line[]): Pick<TransactionsMark, "table" | "newestStart" | "newestCommit"> {
  const { found } = one(lines, "transactions-table", foundLine);
  const [cell, ...more] = all(lines, "transactions", cellLine);
  if (more.length > 0) throw new Unreadable("it has several newest transactions");
  if (cell === undefined)
    return { table: found ? "present" : "absent", newestStart: null, newestCommit: null };
  const commit = decodedOrNull(() => decodeVarLong(fromHex(cell.val ?? "")).value);
  return {
    table: "present",
    newestStart: decodedOrNull(() => decodeVarLong(fromHex(cell.row)).value),
    newestCommit: commit === null || commit < 0n ? null : commit,
  };
}

/** Both sessions saw the same table; only a write may have made it. */
function requireOneStore(first: StoreIdentity, second: StoreIdentity, wrote: boolean): void {
  const made = wrote && first.tableId === null;
  const same =
    first.system === second.system &&
    first.database === second.database &&
    (made || first.tableId === second.tableId);
  if (!same) throw new Unreadable("its two sessions saw different databases or tables");
}

function requireYoung(readAt: string, now: Date): void {
  const off = now.getTime() - Date.parse(readAt);
  if (Math.abs(off) <= PASTE_AGE_MAX_MS) return;
  const minutes = Math.round(Math.abs(off) / 60_000);
  throw new AdapterError(
    "pasted-old",
    "none",
    `By the database's own clock this was printed ${minutes} minutes ${off > 0 ? "ago" : "from now"}, at ${readAt}. Only ten minutes are let pass. Run the command again; if that does not help, set the database server's clock right.`,
  );
}
