import { describe, expect, it } from "vitest";

import { verifyLog } from "#components/audit/verify-log.ts";
import type { AuditEntryDto } from "#lib/audit/schema.ts";
import { canonicalTextOf, GENESIS } from "#lib/audit/verify-chain.ts";
import { sha256Hex } from "#lib/timestamps/json.ts";

async function logOf(length: number): Promise<AuditEntryDto[]> {
  const rows: AuditEntryDto[] = [];
  for (let index = 1; index <= length; index += 1) {
    const row: AuditEntryDto = {
      sequence: String(index),
      at: "2026-11-21T12:00:00.000Z",
      actorKind: "system",
      actorId: "s",
      actorName: "s",
      sourceAddress: null,
      requestId: "r",
      action: "sign-out",
      subjectKind: "k",
      subjectId: null,
      subjectName: "n",
      environmentId: null,
      migrationId: null,
      planHash: null,
      input: null,
      outcome: null,
      result: "done",
      canonicalText: "",
      previousHash: rows.at(-1)?.hash ?? GENESIS.hash,
      hash: "",
    };
    row.canonicalText = canonicalTextOf(row);
    row.hash = await sha256Hex(row.previousHash + row.canonicalText);
    rows.push(row);
  }
  return rows;
}

function serve(rows: readonly AuditEntryDto[], size: number) {
  return async (after: bigint) => ({
    entries: rows.filter(({ sequence }) => BigInt(sequence) > after).slice(0, size),
    last: rows.at(-1)?.sequence ?? "0",
  });
}

describe("verifyLog", () => {
  it("reads to the end in stretches and tells how far it is", async () => {
    const seen: string[] = [];
    const verdict = await verifyLog(serve(await logOf(7), 3), ({ checked, last }) =>
      seen.push(`${checked}/${last}`),
    );
    expect(verdict).toMatchObject({ ok: true, head: { sequence: 7n } });
    expect(seen).toEqual(["3/7", "6/7", "7/7"]);
  });

  it("accepts an empty log", async () => {
    expect(await verifyLog(serve([], 3), () => {})).toEqual({ ok: true, head: GENESIS });
  });

  it("names the first bad row in a later stretch", async () => {
    const rows = await logOf(7);
    const bad = rows.map((row) => (row.sequence === "5" ? { ...row, actorName: "x" } : row));
    expect(await verifyLog(serve(bad, 3), () => {})).toMatchObject({ ok: false, fault: { sequence: "5" } });
  });

  it("does not believe a server that stops handing out rows before the end", async () => {
    const rows = await logOf(7);
    const withheld = async (after: bigint) =>
      after >= 3n ? { entries: [], last: "7" } : serve(rows, 3)(after);
    expect(await verifyLog(withheld, () => {})).toMatchObject({ ok: false, fault: { sequence: "4" } });
  });
});
