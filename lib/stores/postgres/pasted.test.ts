import { describe, expect, test } from "vitest";

import { decodePastedBound, decodePastedPunch } from "#lib/stores/postgres/pasted.ts";
import { postgresStoreConfig } from "#lib/stores/postgres/schema.ts";

const target = postgresStoreConfig.parse({ host: "h", database: "app", user: "u", password: "" });

const SERVER = `lockstep.server {"port": 5432, "schema": "public", "address": "10.0.0.5", "read_at": "2026-11-21T12:04:30.625728Z", "version": "15.18", "database": "app", "recovery": false}`;
const SYSTEM = `lockstep.system {"id": "7710594437884006026"}`;
const TABLE = `lockstep.table {"oid": "16962", "kind": "r", "table": "_timestamp", "schema": "public", "visible": true}`;
const COLUMN = `lockstep.column {"oid": "16962", "name": "last_allocated", "type": "bigint"}`;
const ROW = `lockstep.row {"oid": "16962", "row": {"last_allocated": "9007199254740993"}}`;
const ROWS = `lockstep.rows {"oid": "16962", "count": 1}`;
const END = `lockstep.end {"tables": 1}`;
const NO_TABLE = `lockstep.end {"tables": 0}`;
const WHOLE = [SERVER, SYSTEM, TABLE, COLUMN, ROW, ROWS, END];

/** A paste of these lines. */
function paste(...lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}

describe("a whole paste", () => {
  test("is a reading, marked as pasted, exact to the last digit", () => {
    expect(decodePastedBound(paste(...WHOLE), target)).toEqual({
      ok: true,
      reading: {
        state: { state: "readable", bound: 9_007_199_254_740_993n },
        tr: null,
        identity: {
          kind: "postgres",
          system: "7710594437884006026",
          database: "app",
          schema: "public",
          table: "_timestamp",
          tableId: "16962",
        },
        server: { address: "10.0.0.5", port: 5432, version: "15.18", inRecovery: false },
        view: "primary",
        raw: [{ row: 0, name: "last_allocated", text: "9007199254740993", hex: "0x0020000000000001" }],
        source: "pasted psql output of app public._timestamp",
        provenance: "pasted",
        readAt: "2026-11-21T12:04:30.625728Z",
      },
    });
  });

  test.each([
    ["Windows line ends and blanks", paste(...WHOLE).replaceAll("\n", "  \r\n")],
    ["psql's tags, without -q", paste("BEGIN", "SET", "LOCK TABLE", ...WHOLE, "ROLLBACK")],
    ["a write's tags before it", paste("BEGIN", "LOCK TABLE", "DO", "ALTER TABLE", "DO", "COMMIT", ...WHOLE)],
  ])("may have %s", (_name, text) => expect(decodePastedBound(text, target).ok).toBe(true));
});

describe("anything else is refused", () => {
  test.each(
    WHOLE.map((line, index) => [line.split(" ")[0] ?? "", index] as const).filter(
      ([what]) => what !== "lockstep.system",
    ),
  )("without the line %s", (_what, index) => {
    const without = WHOLE.filter((_line, at) => at !== index);
    expect(decodePastedBound(paste(...without), target)).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/whole output|has neither/),
    });
  });

  test.each([
    ["nothing", ""],
    ["a bare number", "1010001\n"],
    ["two runs", paste(...WHOLE, ...WHOLE)],
    ["a doubled row", paste(SERVER, TABLE, COLUMN, ROW, ROW, ROWS, END)],
    [
      "a cut line",
      paste(...WHOLE).replace(`"row": {"last_allocated": "9007199254740993"}}`, `"row": {"last_al`),
    ],
    ["a line of something else", paste("Password for user app:", ...WHOLE)],
    [
      "a row that was renamed under the read",
      paste(SERVER, TABLE, COLUMN, ROW.replace("last_allocated", "legacy_last_allocated"), ROWS, END),
    ],
    [
      "a value that is no text",
      paste(SERVER, TABLE, COLUMN, ROW.replace(`"9007199254740993"`, "9.0e15"), ROWS, END),
    ],
    ["an unknown field", paste(SERVER.replace("{", `{"extra": 1, `), TABLE, COLUMN, ROW, ROWS, END)],
    ["psql's error", paste("psql: error: connection to server failed")],
    ["a refusal", paste("ERROR:  lockstep: refused: the columns are not last_allocated")],
    [
      "several schemas",
      paste(
        SERVER,
        TABLE,
        TABLE.replace("public", "old").replace("16962", "2"),
        `lockstep.end {"tables": 2}`,
      ),
    ],
    ["everything about the table cut out", paste(SERVER, SYSTEM, END)],
    ["a table that is counted nowhere", paste(SERVER, TABLE, COLUMN, ROW, ROWS, NO_TABLE)],
  ])("%s", (_name, text) => {
    const pasted = decodePastedBound(text, target);
    expect(pasted.ok).toBe(false);
    expect(decodePastedPunch(text).ok).toBe(false);
  });

  test("without a table the columns and rows are not missed", () => {
    expect(decodePastedBound(paste(SERVER, SYSTEM, NO_TABLE), target)).toMatchObject({
      ok: true,
      reading: { state: { state: "no-table" } },
    });
  });

  test("a digit that is no long is shown as such, not rounded", () => {
    const text = paste(
      SERVER,
      TABLE,
      COLUMN,
      ROW.replace("9007199254740993", "9223372036854775808"),
      ROWS,
      END,
    );
    expect(decodePastedBound(text, target)).toMatchObject({
      ok: true,
      reading: { state: { state: "unrecognised" } },
    });
  });
});

test("a pasted punch", () => {
  const punch = `lockstep.punch {"ts": 1010006, "row": "065e029323f8", "val": "cf6956"}`;
  const found = `lockstep.punch-table {"found": true}`;
  expect(decodePastedPunch(paste(SERVER, found, punch, END))).toMatchObject({
    ok: true,
    reading: {
      newest: { found: "punch", timestamp: 1_010_006n, wallMillis: 1_795_253_132_295n },
      provenance: "pasted",
    },
  });
  expect(decodePastedPunch(paste(SERVER, found, END))).toMatchObject({
    ok: true,
    reading: { newest: { found: "absent", why: "no-rows" } },
  });
  expect(decodePastedPunch(paste(SERVER, END)).ok).toBe(false);
  expect(decodePastedPunch(paste(SERVER, found, punch, punch, END)).ok).toBe(false);
});
