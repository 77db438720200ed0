import { randomUUID } from "node:crypto";

import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { getAuditEntry } from "#lib/audit/get-audit-entry.ts";
import { isAuditProtected } from "#lib/audit/is-audit-protected.ts";
import { listAuditEntries } from "#lib/audit/list-audit-entries.ts";
import { readAuditBatch, verifyAudit } from "#lib/audit/verify-audit.ts";
import { database, openDatabase } from "#lib/db/client.ts";
import type { TestDatabase } from "#lib/db/testing.ts";
import { transact } from "#lib/db/transact.ts";
import { AppError } from "#lib/errors.ts";
import type { Context } from "#lib/people/actor.ts";
import { makePerson, systemContext, useTestDatabase } from "#lib/people/testing.ts";

const ROWS = 120;
const today = new Date().toISOString().slice(0, 10);
const here = randomUUID();
const elsewhere = randomUUID();
const migration = randomUUID();
let test: TestDatabase & { close: () => Promise<void> };
let auditor: Context;
let local: Context;

beforeAll(async () => {
  test = await useTestDatabase();
  auditor = await makePerson("Auditor", [{ role: "auditor" }]);
  local = await makePerson("Local", [{ role: "auditor", environmentId: here }]);
  for (let index = 1; index <= ROWS; index += 1) {
    const isDenied = index % 10 === 0;
    await transact(
      index % 2 === 0 ? auditor : systemContext,
      {
        action: index % 3 === 0 ? "sign-out" : "revoke-role",
        subject: { kind: "thing", id: String(index), name: `Thing ${index}` },
        environmentId: index % 4 === 0 ? here : index % 4 === 1 ? elsewhere : null,
        migrationId: index % 5 === 0 ? migration : null,
        allow: async () => {
          if (isDenied) throw new AppError("forbidden", "No.");
        },
      },
      async () => {},
    ).catch((error: unknown) => {
      if (!isDenied) throw error;
    });
  }
});
afterAll(async () => test.close());

describe("listing", () => {
  it("pages by key through everything, both ways, without gap or double", async () => {
    const seen: string[] = [];
    let page = await listAuditEntries(auditor, {});
    expect(page.newerAfter).toBeNull();
    seen.push(...page.entries.map(({ sequence }) => sequence));
    while (page.olderBefore !== null) {
      page = await listAuditEntries(auditor, { before: page.olderBefore });
      seen.push(...page.entries.map(({ sequence }) => sequence));
    }
    expect(seen).toEqual(Array.from({ length: ROWS }, (_, index) => String(ROWS - index)));
    const newer = await listAuditEntries(auditor, { after: page.newerAfter ?? "" });
    expect(newer.entries.map(({ sequence }) => sequence)).toEqual(seen.slice(50, 100));
    expect(newer).toMatchObject({ newerAfter: seen[50], olderBefore: seen[99] });
  });

  it.each([
    [{ actor: "audit" }, (index: number) => index % 2 === 0],
    [{ action: "sign-out" }, (index: number) => index % 3 === 0],
    [{ subject: "thing 11" }, (index: number) => String(index).startsWith("11")],
    [{ environment: here }, (index: number) => index % 4 === 0],
    [{ migration }, (index: number) => index % 5 === 0],
    [{ result: "denied" as const }, (index: number) => index % 10 === 0],
    [
      { action: "sign-out", environment: here, result: "done" as const },
      (index: number) => index % 12 === 0 && index % 10 !== 0,
    ],
    [{ to: "2020-01-01T00:00:00Z" }, () => false],
    [{ to: "2020-01-01" }, () => false],
    [{ from: today, to: today, subject: "13" }, (index: number) => String(index).includes("13")],
    [{ from: "2020-01-01T00:00:00+02:00", subject: "12" }, (index: number) => String(index).includes("12")],
  ])("filters by %o", async (filter, matches) => {
    const page = await listAuditEntries(auditor, filter);
    const expected = Array.from({ length: ROWS }, (_, index) => ROWS - index).filter(matches);
    expect(page.entries.map(({ sequence }) => sequence)).toEqual(expected.slice(0, 50).map(String));
  });

  it("shows auditors of one environment its rows only, and others nothing", async () => {
    const page = await listAuditEntries(local, {});
    expect(new Set(page.entries.map(({ environmentId }) => environmentId))).toEqual(new Set([here]));
    expect((await listAuditEntries(local, { environment: elsewhere })).entries).toEqual([]);
    const operator = await makePerson("Operator", [{ role: "operator" }]);
    await expect(listAuditEntries(operator, {})).rejects.toMatchObject({ code: "forbidden" });
    await expect(getAuditEntry(operator, 1n)).rejects.toMatchObject({ code: "forbidden" });
    await expect(getAuditEntry(local, 1n)).rejects.toMatchObject({ code: "forbidden" });
    await expect(getAuditEntry(local, 4n)).resolves.toMatchObject({ sequence: "4", environmentId: here });
    await expect(getAuditEntry(auditor, 4000n)).rejects.toMatchObject({ code: "not-found" });
    await expect(readAuditBatch(local, 0n)).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("the log", () => {
  it("is protected from the application's role, and says so when it is not", async () => {
    expect(await isAuditProtected()).toBe(true);
    const owner = openDatabase(test.ownerUrl, 1);
    const rows = await owner.$queryRaw`SELECT pg_has_role(current_user, c.relowner, 'MEMBER') AS owns
      FROM pg_class c WHERE c.oid = 'audit.entry'::regclass`;
    expect(rows).toEqual([{ owns: true }]);
    await owner.$disconnect();
  });

  it("verifies, and names the first of the rows that a superuser changed", async () => {
    expect(await verifyAudit(auditor)).toMatchObject({ ok: true, head: { sequence: BigInt(ROWS) } });
    const client = new pg.Client({ connectionString: test.superuserUrl });
    await client.connect();
    await client.query("UPDATE audit.entry SET subject_name = 'forged' WHERE sequence IN (77, 99)");
    await client.end();
    expect(await verifyAudit(auditor)).toMatchObject({
      ok: false,
      fault: { sequence: "77", reason: "Its columns do not say what its hashed text says." },
    });
    expect(await database().auditEntry.count()).toBe(ROWS);
  });
});
