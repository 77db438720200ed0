import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const HAZARDS = 42;
const rows = new Map(
  readFileSync("docs/hazards.md", "utf8")
    .split("\n")
    .flatMap((line) => {
      const [, id, hazard, check, proof] = line.split("|").map((cell) => cell.trim());
      return id !== undefined && /^H[0-9]+$/.test(id) ? [[id, { hazard, check, proof }] as const] : [];
    }),
);
const ids = Array.from({ length: HAZARDS }, (_, index) => `H${index + 1}`);

describe("docs/hazards.md", () => {
  test("has one row for every hazard", () => {
    expect([...rows.keys()]).toEqual(ids);
  });

  test.each(ids)("%s names a test that stands in its file, or the release that brings it", (id) => {
    const row = rows.get(id);
    expect(row?.hazard).not.toBe("");
    const [, file, title] = /^`([^`]+)`: (.+)$/.exec(row?.proof ?? "") ?? [];
    if (file === undefined || title === undefined) {
      expect(row?.check).toMatch(/^comes with /);
      expect(row?.proof).toBe("–");
      return;
    }
    expect(existsSync(file), `${file} exists`).toBe(true);
    expect(readFileSync(file, "utf8").includes(`"${title}"`), `${file} has a test “${title}”`).toBe(true);
  });
});
