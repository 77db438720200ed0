import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { appendEntry } from "#lib/audit/append-entry.ts";
import type { AuditFacts } from "#lib/audit/append-entry.ts";
import { database } from "#lib/db/client.ts";
import type { TestDatabase } from "#lib/db/testing.ts";
import { useTestDatabase } from "#lib/people/testing.ts";

let test: TestDatabase & { close: () => Promise<void> };
beforeAll(async () => {
  test = await useTestDatabase();
  await database().$transaction(async (tx) => appendEntry(tx, facts("first")));
  await database().$transaction(async (tx) => appendEntry(tx, facts("second")));
});
afterAll(async () => test.close());

function facts(action: string): AuditFacts {
  return {
    actor: { kind: "system", id: "test" },
    sourceAddress: null,
    requestId: "r",
    action,
    subject: { kind: "thing", id: null, name: 'a thing \u2028 with “quotes” and \\ "' },
    environmentId: null,
    migrationId: null,
    planHash: null,
    input: { b: [1, "2", null, true], a: { c: "é🂡" } },
    outcome: null,
    result: "done",
  };
}

async function run(url: string, ...statements: readonly string[]): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let last: pg.QueryResult | undefined;
    for (const statement of statements) last = await client.query(statement);
    if (last === undefined) throw new Error("no statement");
    return last;
  } finally {
    await client.end();
  }
}

describe("the database refuses to change the audit log", () => {
  const changes = [
    "UPDATE audit.entry SET actor_name = 'nobody'",
    "UPDATE audit.entry SET actor_name = 'nobody' WHERE false",
    "DELETE FROM audit.entry WHERE sequence = 2",
    "TRUNCATE audit.entry",
  ];

  it.each(changes)("to the application: %s", async (sql) => {
    await expect(run(test.appUrl, sql)).rejects.toMatchObject({ code: "42501" });
  });

  it.each(changes)("to the owner of the schema: %s", async (sql) => {
    await expect(run(test.ownerUrl, sql)).rejects.toMatchObject({ code: "42501", message: /append-only/ });
  });

  it("to a superuser who works as the owner", async () => {
    await expect(
      run(test.superuserUrl, "SET ROLE lockstep_owner", "DELETE FROM audit.entry"),
    ).rejects.toMatchObject({
      code: "42501",
    });
  });

  it("even where triggers of replicas are off for the session", async () => {
    const sql = ["GRANT SET ON PARAMETER session_replication_role TO lockstep_owner"];
    await run(test.superuserUrl, ...sql);
    const change = run(test.ownerUrl, "SET session_replication_role = replica", "DELETE FROM audit.entry");
    await expect(change).rejects.toMatchObject({ code: "42501" });
    await run(test.superuserUrl, "REVOKE SET ON PARAMETER session_replication_role FROM lockstep_owner");
  });

  it("to the application: to drop it, disable its triggers or own it", async () => {
    for (const sql of [
      "DROP TABLE audit.entry",
      "ALTER TABLE audit.entry DISABLE TRIGGER ALL",
      "CREATE TABLE audit.other (a int)",
    ])
      await expect(run(test.appUrl, sql)).rejects.toMatchObject({ code: "42501" });
  });

  it("but a superuser can, which the chain then shows", async () => {
    const changed = await run(
      test.superuserUrl,
      "BEGIN",
      "UPDATE audit.entry SET actor_name = 'x' WHERE sequence = 1",
    );
    expect(changed.rowCount).toBe(1);
  });
});

describe("the database refuses a row that would break the chain", () => {
  const columns = `sequence, at, actor_kind, actor_id, actor_name, source_address, request_id, action, subject_kind,
    subject_id, subject_name, environment_id, migration_id, plan_hash, input, outcome, result, canonical_text, previous_hash, hash`;
  /** The row that would follow, built in SQL, with one expression replaced. */
  const next = (replaced: Record<string, string>) => {
    const text = `replace(replace(last.canonical_text, '"sequence":"' || last.sequence || '"', '"sequence":"' || last.sequence + 1 || '"'),
      to_char(last.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), to_char(stamp.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`;
    const expressions: Record<string, string> = {
      sequence: "last.sequence + 1",
      at: "stamp.at",
      canonical_text: text,
      previous_hash: "last.hash",
      ...replaced,
    };
    expressions["hash"] ??=
      `encode(sha256(convert_to((${expressions["previous_hash"]}) || (${expressions["canonical_text"]}), 'UTF8')), 'hex')`;
    const values = columns.split(",").map((column) => expressions[column.trim()] ?? `last.${column.trim()}`);
    return `INSERT INTO audit.entry (${columns}) SELECT ${values.join(", ")}
      FROM (SELECT * FROM audit.entry ORDER BY sequence DESC LIMIT 1) AS last,
        (SELECT ${replaced["at"] ?? "date_trunc('milliseconds', clock_timestamp())"} AS at) AS stamp`;
  };

  it("takes the row that is right", async () => {
    expect((await run(test.appUrl, next({}))).rowCount).toBe(1);
  });

  it.each([
    ["a gap", { sequence: "last.sequence + 2" }, /does not follow/],
    ["a repeated number", { sequence: "last.sequence" }, /does not follow/],
    ["another previous hash", { previous_hash: "repeat('a', 64)" }, /does not name the hash/],
    [
      "a column that says something else",
      { actor_name: "'somebody else'" },
      /does not say what its columns say/,
    ],
    ["a text that says more", { canonical_text: "'{}'" }, /does not say what its columns say/],
    ["a wrong hash", { hash: "repeat('b', 64)" }, /hash of audit entry \d+ is wrong/],
    ["a date in the past", { at: "clock_timestamp() - interval '2 minutes'" }, /is not dated now/],
  ])("refuses %s", async (_what, replaced, message) => {
    await expect(run(test.appUrl, next(replaced as Record<string, string>))).rejects.toMatchObject({
      message: expect.stringMatching(message) as string,
    });
  });
});
