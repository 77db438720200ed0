import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { toHex } from "#lib/atlasdb/encoding.ts";
import type { Difference } from "#lib/mover/difference.ts";
import { planRun } from "#lib/mover/plan-run.ts";
import { runComparison } from "#lib/mover/run-copy.ts";
import { planSetUp } from "#lib/mover/set-up.ts";
import { SMALL_STORES, stores } from "#lib/mover/testing-arbitraries.ts";
import { MemoryLedger } from "#lib/mover/testing-ledger.ts";
import { MemorySink, MemorySource } from "#lib/mover/testing-memory.ts";
import {
  type ModelStore,
  type ModelTable,
  type ModelVersion,
  readModelTable,
} from "#lib/mover/testing-store.ts";

const times = { idleMs: 1, renewMs: 1_000, retryFirstMs: 0, retryMaxMs: 0, giveUpMs: 60_000 };

/** The plainest comparison: every cell of either side, looked at by itself. */
function plainly(store: ModelStore, at: bigint, table: ModelTable, there: readonly ModelVersion[]): string[] {
  const keyOf = ({ row, column }: { row: Uint8Array; column: Uint8Array }) =>
    `${toHex(row)}/${toHex(column)}`;
  const wanted = new Map(readModelTable(store, table, at).cells.map((cell) => [keyOf(cell), cell]));
  const found = Map.groupBy(there, keyOf);
  const lines: string[] = [];
  for (const [cell, { value }] of wanted) {
    const versions = (found.get(cell) ?? []).toSorted((a, b) => (a.timestamp > b.timestamp ? -1 : 1));
    if (versions.length === 0) lines.push(`${cell} missing`);
    for (const [index, version] of versions.entries()) {
      if (index > 0 || version.timestamp !== at) lines.push(`${cell} version`);
      else if (toHex(version.value) !== toHex(value)) lines.push(`${cell} value`);
    }
  }
  for (const [cell, versions] of found) {
    if (!wanted.has(cell)) lines.push(...versions.map(() => `${cell} extra`));
  }
  return lines.toSorted();
}

type Edit = { readonly kind: "delete" | "change" | "move" | "add" | "double"; readonly at: number };

function applyEdits(versions: ModelVersion[], edits: readonly Edit[], at: bigint): ModelVersion[] {
  const edited = [...versions];
  for (const { kind, at: place } of edits) {
    const index = place % Math.max(1, edited.length);
    const version = edited[index];
    if (kind === "add")
      edited.push({
        row: Buffer.from([place & 0xff]),
        column: Buffer.from([0, 9]),
        timestamp: at,
        value: Buffer.from("n"),
      });
    if (version === undefined) continue;
    if (kind === "delete") edited.splice(index, 1);
    if (kind === "change")
      edited[index] = { ...version, value: Buffer.concat([version.value, Buffer.from("!")]) };
    if (kind === "move") edited[index] = { ...version, timestamp: version.timestamp + 1n };
    if (kind === "double") edited.push({ ...version, timestamp: version.timestamp - 2n });
  }
  const unique = new Map(
    edited.map((one) => [`${toHex(one.row)}/${toHex(one.column)}/${one.timestamp}`, one]),
  );
  return [...unique.values()];
}

const edits = fc.array(
  fc.record({
    kind: fc.constantFrom<Edit["kind"]>("delete", "change", "move", "add", "double"),
    at: fc.nat({ max: 200 }),
  }),
  { maxLength: 8 },
);

describe("a comparison", () => {
  test("finds exactly what the plainest one finds, however it is cut and wherever it is interrupted", async () => {
    const generated = stores({ ...SMALL_STORES, valueMax: 50, manyVersionsMax: 10 });
    await fc.assert(
      fc.asyncProperty(
        generated,
        edits,
        fc.integer({ min: 1, max: 6 }),
        async ({ store, at }, changes, chunk) => {
          const source = new MemorySource(store);
          const { tables } = await planSetUp(source, new MemorySink(true));
          const destination: ModelStore = {
            ...store,
            tables: store.tables.map((table) => ({
              ...table,
              versions: applyEdits(
                readModelTable(store, table, at).cells.map((cell) => ({ ...cell, timestamp: at })),
                changes,
                at,
              ),
            })),
          };
          const ledger = new MemoryLedger();
          await ledger.create(await planRun(source, { runId: "r", kind: "compare", start: at }, tables));
          let pauses = 0;
          for (let starts = 0; starts < 200; starts += 1) {
            const end = await runComparison({
              source,
              destination: new MemorySource(destination),
              ledger,
              worker: "w",
              onProgress: (event) => {
                if (event.kind !== "chunk" || pauses >= 5) return;
                pauses += 1;
                void ledger.setControl({ ...ledger.state.control, wanted: "pause" });
              },
              signal: new AbortController().signal,
              whenIdle: "leave",
              limits: { versions: chunk, bytes: 1, ms: 1_000_000 },
              times,
            });
            if (end === "done") break;
            await ledger.setControl({ ...ledger.state.control, wanted: "run" });
          }
          const found = await ledger.differences(10_000);
          const lineOf = ({ row, column, kind }: Difference) => `${row}/${column} ${kind}`;
          for (const table of store.tables) {
            const there = destination.tables.find(({ name }) => name === table.name)?.versions ?? [];
            expect(
              found
                .filter((one) => one.table === table.name)
                .map(lineOf)
                .toSorted(),
            ).toEqual(plainly(store, at, table, there));
          }
          const counted = ledger.state.shards.reduce(
            (sum, { checkpoint }) => sum + (checkpoint?.counts.differences ?? 0),
            0,
          );
          expect(counted).toBe(found.length);
        },
      ),
      { numRuns: 100 },
    );
  }, 30_000);
});
