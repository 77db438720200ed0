import { z } from "zod";

import { fromHex } from "#lib/atlasdb/encoding.ts";
import { decodePunchRow, decodePunchValue, decodedOrNull } from "#lib/atlasdb/punch.ts";
import { decodeBound, rawCells, type TableContent } from "#lib/stores/decode-bound-table.ts";
import { type FoundTable, locate, type Located } from "#lib/stores/postgres/locate.ts";
import type { ManualTarget } from "#lib/stores/postgres/manual.ts";
import {
  all,
  decodePastedText,
  type Line,
  one,
  type Pasted,
  type ToolSpeech,
  Unreadable,
} from "#lib/stores/pasted-lines.ts";
import type { BoundReading, PunchReading } from "#lib/stores/schema.ts";
import { maxLong, parseLong } from "#lib/timestamps/long.ts";

const serverLine = z.strictObject({
  version: z.string(),
  recovery: z.boolean(),
  address: z.string().nullable(),
  port: z.bigint().min(1n).max(65_535n).nullable(),
  database: z.string(),
  schema: z.string().nullable(),
  read_at: z.iso.datetime(),
});
const tableLine = z.strictObject({
  oid: z.string().regex(/^[0-9]+$/),
  schema: z.string(),
  table: z.string(),
  kind: z.string(),
  visible: z.boolean(),
});
const columnLine = z.strictObject({ oid: z.string(), name: z.string(), type: z.string() });
const rowLine = z.strictObject({ oid: z.string(), row: z.record(z.string(), z.string().nullable()) });
const rowsLine = z.strictObject({ oid: z.string(), count: z.bigint() });
const endLine = z.strictObject({ tables: z.bigint() });
const systemLine = z.strictObject({ id: z.string().regex(/^[0-9]+$/) });
const punchLine = z.strictObject({ row: z.string(), val: z.string(), ts: z.bigint() });
const punchTableLine = z.strictObject({ found: z.boolean() });

const smallPort = z.coerce.number().int();

/**
 * Decodes the whole output of the command of `renderReadBound`, or of one that writes and then reads, into the same reading as our own
 * connection gives, marked as pasted. Anything missing, doubled, cut short or contradictory is refused.
 */
export function decodePastedBound(text: string, target: ManualTarget): Pasted<BoundReading> {
  return decode(text, (lines) => {
    const server = one(lines, "server", serverLine);
    const located = locate(target, tablesOf(lines), server.schema);
    const content = located.found === null ? null : contentOf(lines, located.found);
    return {
      state: decodeBound(content),
      tr: null,
      identity: identityOf(lines, server.database, located),
      server: {
        address: server.address,
        port: server.port === null ? null : smallPort.parse(server.port.toString()),
        version: server.version,
        inRecovery: server.recovery,
      },
      view: server.recovery ? "replica" : "primary",
      raw: content === null ? [] : rawCells(content),
      source: `pasted psql output of ${server.database} ${located.schema}.${located.table}`,
      provenance: "pasted",
      readAt: server.read_at,
    };
  });
}

/** Decodes the whole output of the command of `renderReadPunch`. */
export function decodePastedPunch(text: string): Pasted<PunchReading> {
  return decode(text, (lines) => {
    const server = one(lines, "server", serverLine);
    const exists = one(lines, "punch-table", punchTableLine).found;
    const [punch, ...more] = all(lines, "punch", punchLine);
    if (more.length > 0) throw new Unreadable("it has several newest punches: paste the output of one run");
    return {
      newest:
        punch === undefined ? { found: "absent", why: exists ? "no-rows" : "no-table" } : newestPunch(punch),
      source: `pasted psql output of ${server.database}`,
      provenance: "pasted",
      readAt: server.read_at,
    };
  });
}

function newestPunch(punch: z.infer<typeof punchLine>): PunchReading["newest"] {
  const value = decodedOrNull(() => decodePunchValue(fromHex(punch.val)));
  return {
    found: "punch",
    timestamp: maxLong(punch.ts, value ?? punch.ts),
    wallMillis: decodedOrNull(() => decodePunchRow(fromHex(punch.row))),
    rawRow: `0x${punch.row}`,
    rawValue: `0x${punch.val}`,
  };
}

/** psql's own tags, which show without `-q`. */
const PSQL_TAG =
  /^(BEGIN|COMMIT|ROLLBACK|SET|LOCK TABLE|DO|ALTER TABLE|CREATE TABLE|UPDATE [0-9]+|INSERT 0 [0-9]+|DELETE [0-9]+)$/;

const PSQL: ToolSpeech = { tool: "psql", noise: PSQL_TAG, failure: /^(psql:|ERROR:|FATAL:)/ };

function decode<T>(text: string, read: (lines: readonly Line[]) => T): Pasted<T> {
  return decodePastedText(text, PSQL, (lines) => {
    if (lines.filter(({ what }) => what === "end").length > 1)
      throw new Unreadable("it holds the output of several runs");
    return read(lines);
  });
}

/** The tables that the command saw. Nothing may be left over of a table whose own line is lost. */
function tablesOf(lines: readonly Line[]): FoundTable[] {
  const tables = all(lines, "table", tableLine).map(({ kind, ...table }) => ({
    ...table,
    relationKind: kind,
  }));
  const oids = [
    ...all(lines, "column", columnLine),
    ...all(lines, "row", rowLine),
    ...all(lines, "rows", rowsLine),
  ].map(({ oid }) => oid);
  const lost = oids.some((oid) => !tables.some((table) => table.oid === oid));
  if (lost || one(lines, "end", endLine).tables !== BigInt(tables.length)) {
    throw new Unreadable("a line lockstep.table is missing or doubled");
  }
  return tables;
}

function contentOf(lines: readonly Line[], { oid, relationKind }: FoundTable): TableContent {
  const columns = all(lines, "column", columnLine).filter((line) => line.oid === oid);
  const rows = all(lines, "row", rowLine).filter((line) => line.oid === oid);
  const counts = all(lines, "rows", rowsLine).filter((line) => line.oid === oid);
  if (relationKind === "r" && (counts.length !== 1 || counts[0]?.count !== BigInt(rows.length))) {
    throw new Unreadable("rows of the table are missing or doubled");
  }
  const names = columns.map(({ name }) => name);
  for (const { row } of rows) {
    if (Object.keys(row).toSorted().join("\0") !== names.toSorted().join("\0")) {
      throw new Unreadable("columns and rows do not agree: run the command again");
    }
  }
  const content = { relationKind, columns: columns.map(({ name, type }) => ({ name, type })) };
  return { ...content, rows: rows.map(({ row }) => row).toSorted(descending) };
}

/** As our own connection orders them: by bound, then by kept bound, largest first, NULL last. */
function descending(
  a: Readonly<Record<string, string | null>>,
  b: Readonly<Record<string, string | null>>,
): number {
  for (const name of ["last_allocated", "legacy_last_allocated"]) {
    const difference = compare(b[name], a[name]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compare(a: string | null | undefined, b: string | null | undefined): number {
  const [x, y] = [a, b].map((value) => parseLong(value ?? ""));
  if (x === y || x === undefined || y === undefined) return 0;
  if (x === null) return -1;
  if (y === null) return 1;
  return x < y ? -1 : 1;
}

function identityOf(lines: readonly Line[], database: string, located: Located) {
  const [system] = all(lines, "system", systemLine);
  return {
    kind: "postgres" as const,
    system: system?.id ?? null,
    database,
    schema: located.schema,
    table: located.table,
    tableId: located.found?.oid ?? null,
  };
}
