import { expect, test } from "vitest";

import { CSV_HEAD, csvLine, csvText, differenceView } from "#lib/mover/difference-views.ts";

const DIFFERENCE = {
  table: "app.users",
  row: "61ff62",
  column: "63",
  kind: "value",
  timestamp: "9007199254740993",
  source: { bytes: 3, sha256: "ab", head: "414243" },
  destination: { bytes: 5_000, sha256: "cd", head: "00ff" },
} as const;

test("shows keys and values in digits and as text, and says when a value is cut", () => {
  const view = differenceView(7n, DIFFERENCE);
  expect(view).toMatchObject({
    id: "7",
    row: { hex: "61ff62", printable: "a.b" },
    timestamp: "9007199254740993",
  });
  expect(view.source).toMatchObject({ printable: "ABC", isCut: false });
  expect(view.destination).toMatchObject({ printable: "..", isCut: true });
  expect(differenceView(8n, { ...DIFFERENCE, kind: "missing", destination: null }).destination).toBeNull();
});

test("writes a table that no spreadsheet takes for formulas", () => {
  expect(csvLine(DIFFERENCE).split(",")).toHaveLength(CSV_HEAD.split(",").length);
  expect(csvLine({ ...DIFFERENCE, source: null }).split(",")).toHaveLength(CSV_HEAD.split(",").length);
  expect(csvText('=cmd("x")')).toBe(`"'=cmd(""x"")"`);
});
