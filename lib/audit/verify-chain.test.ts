import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { ChainRow } from "#lib/audit/verify-chain.ts";
import { canonicalTextOf, GENESIS, verifyChain } from "#lib/audit/verify-chain.ts";
import { sha256Hex } from "#lib/timestamps/json.ts";

async function seal(row: ChainRow): Promise<ChainRow> {
  const canonicalText = canonicalTextOf(row);
  return { ...row, canonicalText, hash: await sha256Hex(row.previousHash + canonicalText) };
}

async function chainOf(words: readonly string[]): Promise<ChainRow[]> {
  const rows: ChainRow[] = [];
  for (const [index, word] of words.entries()) {
    const row = {
      sequence: String(index + 1),
      at: "2026-11-21T12:00:00.000Z",
      actorKind: "person",
      actorId: "1",
      actorName: word,
      sourceAddress: null,
      requestId: "r",
      action: "sign-in",
      subjectKind: "person",
      subjectId: null,
      subjectName: word,
      environmentId: null,
      migrationId: null,
      planHash: null,
      input: { word, list: [1, { z: null, a: word }] },
      outcome: null,
      result: "done",
      canonicalText: "",
      previousHash: rows.at(-1)?.hash ?? GENESIS.hash,
      hash: "",
    };
    rows.push(await seal(row));
  }
  return rows;
}

const words = fc.array(fc.string({ unit: "binary" }), { minLength: 1, maxLength: 6 });
const chain = words.chain((list) => fc.record({ list: fc.constant(list), at: fc.nat(list.length - 1) }));
const TEXTS = [
  "at",
  "actorKind",
  "actorName",
  "requestId",
  "action",
  "subjectName",
  "result",
  "canonicalText",
  "previousHash",
  "hash",
] as const;
const NULLABLE = [
  "sourceAddress",
  "subjectId",
  "environmentId",
  "migrationId",
  "planHash",
  "input",
  "outcome",
] as const;

describe("verifyChain", () => {
  it("accepts what was written, in one piece or in batches", async () => {
    await fc.assert(
      fc.asyncProperty(chain, async ({ list, at }) => {
        const rows = await chainOf(list);
        const whole = await verifyChain(rows);
        const first = await verifyChain(rows.slice(0, at));
        expect(first.ok).toBe(true);
        const rest = await verifyChain(rows.slice(at), first.ok ? first.head : GENESIS);
        expect(rest).toEqual(whole);
        expect(whole).toMatchObject({ ok: true, head: { sequence: BigInt(list.length) } });
      }),
      { numRuns: 40 },
    );
  });

  it("names the very row in which any field was changed", async () => {
    await fc.assert(
      fc.asyncProperty(chain, fc.constantFrom(...TEXTS, ...NULLABLE), async ({ list, at }, field) => {
        const rows = await chainOf(list);
        const tampered = rows.map((row, index) =>
          index === at ? { ...row, [field]: typeof row[field] === "string" ? `${row[field]}x` : "x" } : row,
        );
        expect(await verifyChain(tampered)).toMatchObject({ ok: false, fault: { sequence: String(at + 1) } });
      }),
      { numRuns: 150 },
    );
  });

  it("names the row after one that was rewritten and hashed again", async () => {
    await fc.assert(
      fc.asyncProperty(chain, async ({ list, at }) => {
        const rows = await chainOf(list);
        const target = rows[at];
        if (target === undefined || at === rows.length - 1) return;
        const forged = await seal({ ...target, actorName: `${target.actorName}!` });
        const verdict = await verifyChain(rows.with(at, forged));
        expect(verdict).toMatchObject({ ok: false, fault: { sequence: String(at + 2) } });
      }),
      { numRuns: 40 },
    );
  });

  it("shows removed, doubled and swapped rows", async () => {
    const rows = await chainOf(["a", "b", "c", "d"]);
    const [a, b, c, d] = rows;
    if (a === undefined || b === undefined || c === undefined || d === undefined)
      throw new Error("four rows");
    expect(await verifyChain([a, c, d])).toMatchObject({ ok: false, fault: { sequence: "3" } });
    expect(await verifyChain([b, c, d])).toMatchObject({ ok: false, fault: { sequence: "2" } });
    expect(await verifyChain([a, a, b])).toMatchObject({ ok: false, fault: { sequence: "1" } });
    expect(await verifyChain([a, c, b, d])).toMatchObject({ ok: false, fault: { sequence: "3" } });
    const renumbered = await seal({ ...c, sequence: "2" });
    expect(await verifyChain([a, renumbered])).toMatchObject({ ok: false, fault: { sequence: "2" } });
  });

  it("calls a column that no row of ours could hold bad instead of failing", async () => {
    const [row] = await chainOf(["a"]);
    if (row === undefined) throw new Error("one row");
    expect(await verifyChain([{ ...row, input: { fraction: 1.5 } }])).toMatchObject({ ok: false });
  });
});
