import { describe, expect, test } from "vitest";

import { AppError } from "#lib/errors.ts";
import {
  hexLine,
  type ManualGuard,
  type ManualTarget,
  renderInvalidate,
  renderReadBound,
  renderReadLocally,
  renderReadPunch,
  renderReadSessions,
  renderRepair,
  renderRestore,
  renderTruncateInsert,
  TRUNCATE_WARNING,
} from "#lib/stores/cassandra/manual.ts";
import { cassandraStoreConfig } from "#lib/stores/cassandra/schema.ts";

const ID = "cb3022a5-1780-4594-b449-effed2e75cd3";
const target: ManualTarget = cassandraStoreConfig.parse({
  contactPoints: [{ host: "db1.example.com" }, { host: "db2.example.com", port: 9043 }],
  localDataCenter: "dc1",
  keyspace: "App",
  user: "app user",
  password: "s3cret",
  tls: {
    mode: "verify",
    ca: "-----BEGIN CERTIFICATE-----",
    cert: "-----BEGIN CERTIFICATE-----",
    key: "-----BEGIN PRIVATE KEY----- s3cret",
  },
});
const guard: ManualGuard = {
  identity: {
    kind: "cassandra",
    system: `prod: ${ID}`,
    database: "App",
    schema: null,
    table: "_timestamp",
    tableId: "568718ac-80ed-320c-bd70-001067f76825",
  },
  expected: { state: "invalidated", kept: 5n },
  raw: [
    { row: 0, name: "oldTs", text: "5", hex: "0x0000000000000005" },
    { row: 1, name: "ts", text: "0x00", hex: "0x00" },
  ],
};
const readable: ManualGuard = {
  ...guard,
  expected: { state: "readable", bound: 7n },
  raw: [
    { row: 0, name: "oldTs", text: "0x", hex: "0x" },
    { row: 1, name: "ts", text: "7", hex: "0x0000000000000007" },
  ],
};

describe("the command line", () => {
  test("is cqlsh with TLS, variables for secrets, and the other nodes named", () => {
    const { shell, variables } = renderReadBound(target);
    const lines = shell.split("\n");
    expect(lines[0]).toContain("--cqlversion=3.3.1");
    expect(lines[1]).toBe(
      "# The same at another node: replace db1.example.com 9042 by db2.example.com 9043.",
    );
    expect(lines[2]).toBe(
      `SSL_CERTFILE="$CASSANDRA_CA" SSL_VALIDATE=true cqlsh --no-color --ssl --cqlshrc="$CQLSHRC" $CQLSH_OPTIONS -u 'app user' -p "$CASSANDRA_PASSWORD" db1.example.com 9042 2>&1 <<'LOCKSTEP_CQL'`,
    );
    expect(variables).toEqual(["CASSANDRA_PASSWORD", "CASSANDRA_CA", "CQLSHRC"]);
    expect(shell.endsWith("\nLOCKSTEP_CQL")).toBe(true);
  });

  test("never holds a secret", () => {
    const commands = [
      renderReadBound(target),
      renderReadPunch(target),
      renderReadSessions(target),
      renderInvalidate(target, readable),
      renderTruncateInsert(target, guard, 9n),
    ];
    expect(JSON.stringify(commands)).not.toContain("s3cret");
  });

  test("a user with a line break in it is refused", () => {
    expect(() => renderReadBound({ ...target, user: "a\nrm -rf /" })).toThrow(AppError);
  });
});

describe("reads", () => {
  test("set the level, qualify and quote the table, and end with a mark", () => {
    const { cql } = renderReadBound(target);
    expect(cql).toContain('FROM "App"."_timestamp" WHERE key = 0x7473');
    expect(cql.indexOf("CONSISTENCY SERIAL;")).toBeLessThan(cql.indexOf("lockstep_key"));
    expect(cql.split("\n").at(-1)).toContain("lockstep_end");
    expect(renderReadLocally(target).cql).toContain("CONSISTENCY LOCAL_QUORUM;");
  });

  test("ask one catalogue where the version is known, both where it is not", () => {
    const catalogues = (version?: string) =>
      renderReadBound(version === undefined ? target : { ...target, version }).cql.match(/lockstep_table/g);
    expect(catalogues()).toHaveLength(2);
    expect(catalogues("2.2.18")).toHaveLength(1);
    expect(renderReadBound({ ...target, version: "5.0.6" }).cql).not.toContain("schema_columnfamilies");
  });
});

describe("writes", () => {
  test("look first, write one conditional batch at both levels, and read again", () => {
    const { cql, shell } = renderInvalidate(target, readable);
    const order = [
      "CONSISTENCY SERIAL;",
      "lockstep_before",
      "SERIAL CONSISTENCY SERIAL;",
      "CONSISTENCY EACH_QUORUM;",
      "BEGIN UNLOGGED BATCH",
      "IF value = 0x0000000000000007;",
      "IF value = 0x;",
      "APPLY BATCH;",
      "CONSISTENCY ONE;",
      "lockstep_server",
      "lockstep_key",
      "lockstep_end",
    ].map((part) => cql.indexOf(part, part === "CONSISTENCY ONE;" ? cql.indexOf("APPLY") : 0));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(order).not.toContain(-1);
    expect(shell).toContain("# 7 is 0x0000000000000007: printf '0x%016x\\n' 7; echo $((0x0000000000000007))");
  });

  test("are only sent to a node of the cluster that was decided on", () => {
    const { shell } = renderInvalidate(target, readable);
    expect(shell).toMatch(
      new RegExp(
        `^if .* -e 'SELECT host_id FROM system.local' 2>/dev/null \\| grep -E ${ID} >/dev/null; then$`,
        "m",
      ),
    );
    expect(shell).toContain("lockstep: refused: this node does not belong");
  });

  test("a value that would go backwards is refused before a command exists", () => {
    expect(() => renderRestore(target, guard, 4n)).toThrow(/never decreases/);
    expect(() => renderTruncateInsert(target, guard, 4n)).toThrow(/never decreases/);
    expect(renderRestore(target, guard, 6n).cql).toContain("SET value = 0x0000000000000006");
  });

  test("the documents' backup beside a bound is a value too", () => {
    const raw = [...guard.raw, { row: 2, name: "tr", text: "9", hex: "0x0000000000000009" }];
    expect(() => renderRestore(target, { ...guard, raw }, 8n)).toThrow(/tr holds 9/);
    expect(() => renderTruncateInsert(target, { ...guard, raw }, 8n)).toThrow(/tr holds 9/);
    expect(renderRestore(target, { ...guard, raw }, 9n).cql).toContain("APPLY BATCH;");
  });

  test("a reading whose cells do not make the expected state is refused", () => {
    expect(() => renderRestore(target, { ...guard, raw: [] }, 6n)).toThrow(/Read the store again/);
    expect(() => renderInvalidate(target, { ...readable, raw: guard.raw })).toThrow(/Read the store again/);
  });

  test("the documents' literal backup becomes AtlasDB's", () => {
    const { cql } = renderRepair(
      target,
      {
        ...guard,
        expected: { state: "neither", tr: 5n },
        raw: [
          { row: 0, name: "tr", text: "5", hex: "0x0000000000000005" },
          { row: 1, name: "ts", text: "0x00", hex: "0x00" },
        ],
      },
      "invalidated",
    );
    expect(cql).toContain("VALUES (0x7473, 0x6f6c645473, -1, 0x0000000000000005) IF NOT EXISTS;");
  });

  test("a table is only created where the version is known", () => {
    const none: ManualGuard = { ...guard, expected: { state: "no-table" }, raw: [] };
    expect(() => renderRestore(target, none, 6n)).toThrow(/version is not known/);
    const { cql } = renderRestore({ ...target, version: "2.2.18" }, none, 6n);
    expect(cql.indexOf("CREATE TABLE IF NOT EXISTS")).toBeLessThan(cql.indexOf("BEGIN UNLOGGED BATCH"));
    expect(() => renderTruncateInsert(target, none, 6n)).toThrow(AppError);
  });

  test("the documents' way empties, inserts on condition, and says what can happen in between", () => {
    const { cql } = renderTruncateInsert(target, guard, 123_456_789n);
    const order = [
      "lockstep_before",
      'TRUNCATE "App"."_timestamp";',
      "0x00000000075bcd15) IF NOT EXISTS;",
      "lockstep_end",
    ];
    const places = order.map((part) => cql.indexOf(part));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(TRUNCATE_WARNING).toMatch(/holds no bound.*10000.*corrupts data/);
  });
});

test("hexadecimal beside decimal, both ways", () => {
  expect(hexLine(123_456_789n)).toBe(
    "# 123456789 is 0x00000000075bcd15: printf '0x%016x\\n' 123456789; echo $((0x00000000075bcd15))",
  );
});
