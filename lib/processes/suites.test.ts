import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sumUp, tallyCheck, tallyPlaywright, tallyVitest } from "#lib/processes/suites.ts";

const file = (...statuses: string[]) => ({
  status: statuses.every((status) => status === "passed") ? "passed" : "failed",
  assertionResults: statuses.map((status) => ({ status })),
});
const vitest = (...files: ReturnType<typeof file>[]) => {
  const all = files.flatMap((entry) => entry.assertionResults);
  return {
    numTotalTests: all.length,
    numPassedTests: all.filter((entry) => entry.status === "passed").length,
    success: files.every((entry) => entry.status === "passed"),
    testResults: files,
  };
};
const playwright = (expected: number, unexpected = 0, flaky = 0, skipped = 0) => ({
  stats: { expected, unexpected, flaky, skipped },
});

describe("tallyVitest", () => {
  it.each([
    ["all passed", vitest(file("passed", "passed"), file("passed")), 0, 3, 0],
    ["one failed", vitest(file("passed", "failed")), 1, 1, 1],
    ["skipped and to do count as failed", vitest(file("passed", "pending", "todo")), 0, 1, 2],
    [
      "a file that does not load is 1 failed",
      vitest(file("passed"), { status: "failed", assertionResults: [] }),
      1,
      1,
      1,
    ],
    ["a failure outside any test is 1 failed", vitest(file("passed")), 1, 1, 1],
    ["no test at all is 1 failed", vitest(), 0, 0, 1],
    ["no report: the planned tests have failed", null, null, 0, 7],
    ["half a report: the planned tests have failed", { numTotalTests: 7 }, 1, 0, 7],
  ])("%s", (_what, report, exitCode, passed, failed) => {
    expect(tallyVitest("unit", report, exitCode, 7)).toEqual({ name: "unit", passed, failed });
  });

  it("counts at least 1 failed when nothing is known", () => {
    expect(tallyVitest("unit", null, 1, 0)).toEqual({ name: "unit", passed: 0, failed: 1 });
  });
});

describe("tallyPlaywright", () => {
  it.each([
    ["all passed", playwright(3), 0, 3, 3, 0],
    ["failed, flaky and skipped count as failed", playwright(1, 1, 1, 1), 1, 4, 1, 3],
    ["tests that were never reached count as failed", playwright(1), 1, 4, 1, 3],
    ["a failure outside any test is 1 failed", playwright(2), 1, 2, 2, 1],
    ["no report: the planned tests have failed", null, 1, 5, 0, 5],
  ])("%s", (_what, report, exitCode, planned, passed, failed) => {
    expect(tallyPlaywright("browser", report, exitCode, planned)).toEqual({
      name: "browser",
      passed,
      failed,
    });
  });
});

describe("sumUp", () => {
  it("adds everything up and is good only when nothing failed and something passed", () => {
    expect(sumUp([tallyCheck("format", true), { name: "unit", passed: 41, failed: 0 }])).toEqual({
      line: "42 passed, 0 failed",
      isGood: true,
    });
    expect(sumUp([tallyCheck("format", false), { name: "unit", passed: 41, failed: 0 }])).toEqual({
      line: "41 passed, 1 failed",
      isGood: false,
    });
    expect(sumUp([]).isGood).toBe(false);
  });

  it("never loses a failure", () => {
    const tally = fc.record({ name: fc.string(), passed: fc.nat(1000), failed: fc.nat(1000) });
    fc.assert(
      fc.property(fc.array(tally), (tallies) => {
        expect(sumUp(tallies).isGood).toBe(
          tallies.every((entry) => entry.failed === 0) && tallies.some((entry) => entry.passed > 0),
        );
      }),
    );
  });
});
