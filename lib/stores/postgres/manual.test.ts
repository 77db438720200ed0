import { describe, expect, test } from "vitest";

import { AppError } from "#lib/errors.ts";
import type { WriteGuard } from "#lib/stores/bound-store.ts";
import {
  hexLine,
  manualWrites,
  renderInvalidate,
  renderReadBound,
  renderRestore,
  shellWord,
} from "#lib/stores/postgres/manual.ts";
import { postgresStoreConfig } from "#lib/stores/postgres/schema.ts";

const target = postgresStoreConfig.parse({
  host: "db1.example.com",
  database: "app",
  user: "app user",
  password: "s3cret-with-'quotes",
  tls: { mode: "verify-full", ca: "-----BEGIN CERTIFICATE-----" },
});
const guard: WriteGuard = {
  identity: {
    kind: "postgres",
    system: "7",
    database: "app",
    schema: "public",
    table: "_timestamp",
    tableId: "16402",
  },
  expected: { state: "readable", bound: 1_010_001n },
};

describe("the command line", () => {
  test("is psql without start-up file, tuples only, with variables for secrets", () => {
    const { shell, variables } = renderReadBound(target);
    expect(shell.split("\n")[0]).toBe(
      `PGPASSWORD="$PGPASSWORD" PGSSLROOTCERT="$PGSSLROOTCERT" PGSSLMODE=verify-full psql -X -q -At -v ON_ERROR_STOP=1 -w -h db1.example.com -p 5432 -U 'app user' -d app <<'LOCKSTEP_SQL'`,
    );
    expect(shell.endsWith("\nLOCKSTEP_SQL")).toBe(true);
    expect(variables).toEqual(["PGPASSWORD", "PGSSLROOTCERT"]);
  });

  test("never holds the password", () => {
    for (const command of [renderReadBound(target), renderInvalidate(target, guard)]) {
      expect(JSON.stringify(command)).not.toContain("s3cret");
    }
  });

  test.each([
    ["plain-1.2_3", "plain-1.2_3"],
    ["", "''"],
    ["a b", "'a b'"],
    ["$(rm -rf /)", "'$(rm -rf /)'"],
    ["it's", `'it'"'"'s'`],
  ])("quotes %j for the shell", (word, quoted) => expect(shellWord(word)).toBe(quoted));

  test("a database name that psql would take for a connection string is passed as a name", () => {
    expect(renderReadBound({ ...target, database: "a=b" }).shell).toContain(`-d 'dbname='"'"'a=b'"'"''`);
  });

  test.each([
    { schema: "x\nLOCKSTEP_SQL\nrm -rf /" },
    { table: "a\u0000b" },
    { database: "$lockstep$; DROP" },
  ])("a name that could end what it stands in is refused: %j", (part) => {
    const identity = { ...guard.identity, ...part };
    expect(() => renderInvalidate(target, { ...guard, identity })).toThrow(AppError);
  });

  test("quotes in names stay inside them", () => {
    const identity = { ...guard.identity, schema: `we"ird's` };
    const { sql } = renderInvalidate(target, { ...guard, identity });
    expect(sql).toContain(`LOCK TABLE "we""ird's"."_timestamp" IN ACCESS EXCLUSIVE MODE;`);
    expect(sql).toContain(`to_regclass('"we""ird''s"."_timestamp"')`);
  });
});

describe("writes", () => {
  test("invalidate in one guarded transaction and read again", () => {
    const { sql } = renderInvalidate(target, guard);
    const order = [
      "BEGIN;",
      "SET LOCAL lock_timeout",
      "LOCK TABLE",
      "= '16402'",
      "WHERE last_allocated = 1010001) = 1",
      "RENAME COLUMN last_allocated TO legacy_last_allocated;",
      "WHERE legacy_last_allocated = 1010001) = 1",
      "COMMIT;",
      "BEGIN READ ONLY;",
      "lockstep.end",
    ].map((part) => sql.indexOf(part));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(order).not.toContain(-1);
  });

  test("a value that would go backwards is refused before a command exists", () => {
    const kept: WriteGuard = { ...guard, expected: { state: "invalidated", kept: 10n } };
    expect(() => renderRestore(target, kept, 9n)).toThrow(/never decreases/);
    expect(renderRestore(target, kept, 10n).sql).not.toContain("UPDATE");
    expect(renderRestore(target, kept, 11n).sql).toContain(
      "SET last_allocated = 11 WHERE last_allocated = 10",
    );
  });

  test("which writes a state offers", () => {
    expect(manualWrites({ state: "readable", bound: 1n })).toEqual(["invalidate"]);
    expect(manualWrites({ state: "both", rows: [{ bound: 1n, kept: 2n }] })).toEqual(["repair"]);
    expect(manualWrites({ state: "invalidated", kept: 1n })).toEqual([]);
  });

  test("hexadecimal beside decimal", () => {
    expect(hexLine(123_456_789n)).toBe(
      `printf '%d 0x%016x\\n' "$((123456789))" "$((123456789))"  # 123456789 is 0x00000000075bcd15`,
    );
  });
});
