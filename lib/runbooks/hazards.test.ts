import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const HAZARDS = 42;
const rows = new Map(
  readFileSync("docs/hazards.md", "utf8")
    .split("\n")
    .flatMap((line) => {
      const [, id, hazard, check, proof] = line.split("|").map((cell) => cell.trim());
      return id !== undefined && /^[HFT][0-9]+$/.test(id) ? [[id, { hazard, check, proof }] as const] : [];
    }),
);
const ids = Array.from({ length: HAZARDS }, (_, index) => `H${index + 1}`);
/** Faults and traps of a copy, which are ours and not AtlasDB's. */
const ours = [...rows.keys()].filter((id) => !id.startsWith("H"));

describe("docs/hazards.md", () => {
  test("has one row for every hazard", () => {
    expect([...rows.keys()].filter((id) => id.startsWith("H"))).toEqual(ids);
    expect(ours.length).toBeGreaterThan(20);
  });

  test.each([...ids, ...ours])(
    "%s names a test that stands in its file, or the release that brings it",
    (id) => {
      expect(rows.get(id)?.hazard).not.toBe("");
      expect(gapOf(id)).toBeNull();
    },
  );
});

/** What is missing in the row of a hazard; null when nothing is. */
function gapOf(id: string): string | null {
  const row = rows.get(id);
  const [, file, title] = /^`([^`]+)`: (.+)$/.exec(row?.proof ?? "") ?? [];
  if (file === undefined || title === undefined) {
    const later = row?.proof === "–" && row.check?.startsWith("comes with ") === true;
    return later ? null : "names neither a test nor the release that brings it";
  }
  if (!existsSync(file)) return `${file} does not exist`;
  return readFileSync(file, "utf8").includes(`"${title}"`) ? null : `${file} has no test “${title}”`;
}
