import { describe, expect, test } from "vitest";

import type { WriteGuard } from "#lib/stores/bound-store.ts";
import {
  renderOracleInvalidate,
  renderOracleRead,
  renderOracleRepair,
  renderOracleRestore,
} from "#lib/stores/oracle/manual.ts";
import { ORACLE_IDENTITY, ORACLE_TARGET } from "#lib/stores/oracle/testing.ts";
import type { BoundState } from "#lib/stores/schema.ts";

function guard(expected: BoundState, change: object = {}): WriteGuard {
  return { identity: { ...ORACLE_IDENTITY, ...change }, expected };
}

const READABLE: BoundState = { state: "readable", bound: 1_010_001n };
const INVALID: BoundState = { state: "invalidated", kept: 1_010_001n };

/** The statements that change something, in their order. */
function changes(sql: string): string[] {
  return sql
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => /^(COMMIT|change\(|EXECUTE IMMEDIATE '(ALTER|CREATE|LOCK))/.test(line))
    .map((line) =>
      line.replace(/^EXECUTE IMMEDIATE '|';$|^change\('/g, "").replace(/', (\d+)\);$/, " -- $1"),
    );
}

describe("the read command", () => {
  const { shell, sql, variables } = renderOracleRead(ORACLE_TARGET);

  test("connects twice, passes the password by a pipe, and stops at the first error", () => {
    expect(variables).toEqual(["ORACLE_PASSWORD"]);
    expect(
      shell.match(
        /printf 'CONNECT %s\/"%s"@%s\\n' 'app' "\$ORACLE_PASSWORD" '\/\/db-1\.example\.com:1521\/orders\.example\.com'/g,
      ),
    ).toHaveLength(2);
    expect(shell).toContain("} | sqlplus -S -L /nolog");
    expect(shell).toContain("WHENEVER SQLERROR EXIT FAILURE ROLLBACK");
    expect(shell).toContain("WHENEVER OSERROR EXIT FAILURE ROLLBACK");
    expect(shell).toContain("EXITCOMMIT OFF");
    expect(shell.trimEnd().endsWith("} | sqlplus -S -L /nolog")).toBe(true);
    expect(shell).toContain("EXIT SUCCESS ROLLBACK");
  });

  test("reads only, one schema and the prefixed tables, and never lets sqlplus print a number", () => {
    expect(sql.match(/SET TRANSACTION READ ONLY;/g)).toHaveLength(2);
    expect(sql).toContain("own CONSTANT VARCHAR2(128) := 'APP';");
    expect(sql).toContain("tab CONSTANT VARCHAR2(128) := 'A__TIMESTAMP';");
    expect(sql).toContain("short_name('a__punch')");
    expect(sql).toContain("short_name('a__transactions')");
    expect(sql).toContain("TO_CHAR(' || o.col_name || ', ''TM9'')");
    expect(changes(sql)).toEqual([]);
  });

  test("names a SID by a whole description, since Easy Connect knows none", () => {
    const bySid = renderOracleRead({ ...ORACLE_TARGET, naming: "sid", database: "ORCL" }).shell;
    expect(bySid).toContain(
      "'(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=db-1.example.com)(PORT=1521))(CONNECT_DATA=(SID=ORCL)))'",
    );
  });

  test("takes another schema and prefix", () => {
    const other = renderOracleRead({ ...ORACLE_TARGET, schema: "Data", tablePrefix: "x$" }).sql;
    expect(other).toContain(":= 'DATA';");
    expect(other).toContain(":= 'X$_TIMESTAMP';");
  });

  test.each([
    { user: "app'; rm -rf /" },
    { database: "x' y" },
    { host: "a b" },
    { schema: "a\nb" },
    { tablePrefix: 'a"_' },
  ])("is not written with %j", (change) => {
    expect(() => renderOracleRead({ ...ORACLE_TARGET, ...change })).toThrow("no command can be written");
  });
});

describe("the commands that write", () => {
  test("invalidate by renaming, behind lock, identity and state", () => {
    const { sql, shell } = renderOracleInvalidate(ORACLE_TARGET, guard(READABLE));
    expect(changes(sql)).toEqual([
      'LOCK TABLE "APP"."A__TIMESTAMP" IN EXCLUSIVE MODE WAIT 3',
      "COMMIT;",
      'ALTER TABLE "APP"."A__TIMESTAMP" RENAME COLUMN LAST_ALLOCATED TO LEGACY_LAST_ALLOCATED',
      "COMMIT;",
    ]);
    expect(sql).toContain("'73645', 'this is another table of the same name'");
    expect(sql).toContain("'1234567890', 'this is another database'");
    expect(sql).toContain("WHERE LAST_ALLOCATED = 1010001', '1', 'not exactly 1 rows hold 1010001'");
    expect(sql).toContain(`lockstep.write {"done":"invalidate"}`);
    // Before, within, and after in a session of its own.
    expect(sql.match(/SET TRANSACTION READ ONLY;/g)).toHaveLength(2);
    expect(shell.indexOf("lockstep.write")).toBeLessThan(shell.lastIndexOf("CONNECT"));
  });

  test("restore raises the value while it is still invalid, and only then makes it readable", () => {
    const { sql } = renderOracleRestore(ORACLE_TARGET, guard(INVALID), 5_000_000n);
    expect(changes(sql)).toEqual([
      'LOCK TABLE "APP"."A__TIMESTAMP" IN EXCLUSIVE MODE WAIT 3',
      'UPDATE "APP"."A__TIMESTAMP" SET LEGACY_LAST_ALLOCATED = 5000000 WHERE LEGACY_LAST_ALLOCATED = 1010001 -- 1',
      "COMMIT;",
      'ALTER TABLE "APP"."A__TIMESTAMP" RENAME COLUMN LEGACY_LAST_ALLOCATED TO LAST_ALLOCATED',
      "COMMIT;",
    ]);
  });

  test("restore of a store without a table or row never leaves a readable one that is empty", () => {
    const made = renderOracleRestore(ORACLE_TARGET, guard({ state: "no-table" }, { tableId: null }), 7n);
    expect(changes(made.sql)).toEqual([
      "COMMIT;",
      'CREATE TABLE "APP"."A__TIMESTAMP" (LEGACY_LAST_ALLOCATED NUMBER(38) NOT NULL)',
      'INSERT INTO "APP"."A__TIMESTAMP" (LEGACY_LAST_ALLOCATED) VALUES (7) -- 1',
      "COMMIT;",
      'ALTER TABLE "APP"."A__TIMESTAMP" RENAME COLUMN LEGACY_LAST_ALLOCATED TO LAST_ALLOCATED',
      "COMMIT;",
    ]);
    const born = renderOracleRestore(ORACLE_TARGET, guard({ state: "no-row-invalidated" }), 7n);
    expect(changes(born.sql).slice(1)).toEqual([
      'INSERT INTO "APP"."A__TIMESTAMP" (LEGACY_LAST_ALLOCATED) VALUES (7) -- 1',
      "COMMIT;",
      'ALTER TABLE "APP"."A__TIMESTAMP" RENAME COLUMN LEGACY_LAST_ALLOCATED TO LAST_ALLOCATED',
      "COMMIT;",
    ]);
  });

  test("repair merges rows and columns into the largest value", () => {
    const rows: BoundState = { state: "several-rows", readable: true, values: [2_010_001n, 1_010_001n] };
    const merged = renderOracleRepair(ORACLE_TARGET, guard(rows), "invalidated");
    expect(changes(merged.sql)[1]).toContain("DELETE FROM");
    expect(changes(merged.sql)[1]).toContain("MAX(LAST_ALLOCATED)");
    expect(changes(merged.sql)[1]).toMatch(/-- 1$/);
    const both: BoundState = { state: "both", rows: [{ bound: 5n, kept: 9n }] };
    expect(changes(renderOracleRepair(ORACLE_TARGET, guard(both), "invalidated").sql)).toEqual([
      'LOCK TABLE "APP"."A__TIMESTAMP" IN EXCLUSIVE MODE WAIT 3',
      'UPDATE "APP"."A__TIMESTAMP" SET LEGACY_LAST_ALLOCATED = 9 -- 1',
      "COMMIT;",
      'ALTER TABLE "APP"."A__TIMESTAMP" DROP COLUMN LAST_ALLOCATED',
      "COMMIT;",
    ]);
  });

  test("are not written where the state does not allow them, or where a bound would sink", () => {
    expect(() => renderOracleInvalidate(ORACLE_TARGET, guard(INVALID))).toThrow("cannot be invalidated");
    expect(() => renderOracleRestore(ORACLE_TARGET, guard(INVALID), 1_010_000n)).toThrow("never decreases");
    expect(() => renderOracleRepair(ORACLE_TARGET, guard(READABLE), "readable")).toThrow("Nothing is known");
    expect(() => renderOracleInvalidate(ORACLE_TARGET, guard(READABLE, { schema: null }))).toThrow("schema");
    expect(() => renderOracleInvalidate(ORACLE_TARGET, guard(READABLE, { kind: "postgres" }))).toThrow(
      "schema",
    );
  });

  test("ask for the container where the identity has one, and for no DBID where it is hidden", () => {
    const { sql } = renderOracleInvalidate(
      ORACLE_TARGET,
      guard(READABLE, { database: "ORCL/PDB1", system: null }),
    );
    expect(sql).toContain("''CON_NAME'') FROM dual', 'PDB1'");
    expect(sql).toContain("''DB_NAME'') FROM dual', 'ORCL'");
    expect(sql).not.toContain("'this is another database');\n  must('SELECT TO_CHAR(dbid");
  });
});
