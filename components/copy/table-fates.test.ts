import { describe, expect, test } from "vitest";

import { countsByFate, fateLine, plannedTables } from "#components/copy/table-fates.ts";
import type { MoveTables } from "#lib/mover/schema.ts";

function table(
  name: string,
  change: Partial<MoveTables["tables"][number]> = {},
): MoveTables["tables"][number] {
  return {
    name,
    fate: "copied",
    reason: "",
    replaces: false,
    versions: null,
    cells: null,
    bytes: null,
    duration: null,
    ...change,
  };
}

const MOVE: MoveTables = {
  tables: [
    table("shop.small", { bytes: 10, cells: 1 }),
    table("shop.large", { bytes: 1000, cells: 7, replaces: true }),
    table("_timestamp", { fate: "kept" }),
    table("old.gone", { fate: "dropped", bytes: 5 }),
    table("sweep.x", { fate: "created-empty" }),
  ],
  dropped: [
    { name: "shop.large", versions: 3, bytes: 44 },
    { name: "old.gone", versions: null, bytes: 5 },
  ],
  total: { cells: 8, bytes: 1010, duration: { least: 60, most: 120 } },
  estimatedAt: null,
};

describe("what becomes of tables", () => {
  test("a table that is replaced counts as lost in the destination, and as copied", () => {
    expect(countsByFate(MOVE)).toMatchObject({ all: 5, lost: 2, copied: 2, kept: 1, "created-empty": 1 });
  });

  test("what is lost shows the size that it has there, not that of what replaces it", () => {
    const lost = plannedTables(MOVE, "lost", "");
    expect(lost.map(({ name, versions, bytes }) => [name, versions, bytes])).toEqual([
      ["shop.large", 3, 44],
      ["old.gone", null, 5],
    ]);
  });

  test("losses come first, then the largest; the name narrows", () => {
    expect(plannedTables(MOVE, "all", "").map(({ name }) => name)).toEqual([
      "shop.large",
      "old.gone",
      "shop.small",
      "_timestamp",
      "sweep.x",
    ]);
    expect(plannedTables(MOVE, "all", "SHOP").map(({ name }) => name)).toEqual(["shop.large", "shop.small"]);
  });

  test("one line says it all, and says of nothing that is not known that it is zero", () => {
    expect(fateLine(MOVE)).toBe(
      "2 tables are copied, about 8 cells and 1.0 kB in 1 to 2 min. 1 is created empty. 1 is kept as in the destination. 2 are dropped in the destination with everything in them.",
    );
    const unknown = { ...MOVE, dropped: [], total: { cells: null, bytes: null, duration: null } };
    expect(fateLine(unknown)).toContain("2 tables are copied. ");
    expect(fateLine(unknown)).toContain("Nothing in the destination is dropped.");
  });
});
