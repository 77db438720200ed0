import { z } from "zod";

/** How a check or a suite went. Everything that did not pass has failed: skipped and unfinished tests too. */
export type Tally = { readonly name: string; readonly passed: number; readonly failed: number };

const vitestReport = z.object({
  numPassedTests: z.int(),
  numTotalTests: z.int(),
  success: z.boolean(),
  testResults: z.array(
    z.object({ status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) }),
  ),
});

const playwrightReport = z.object({
  stats: z.object({ expected: z.int(), unexpected: z.int(), flaky: z.int(), skipped: z.int() }),
  errors: z.array(z.unknown()).default([]),
});

/** A check that is one thing: 1 passed or 1 failed. */
export function tallyCheck(name: string, hasPassed: boolean): Tally {
  return { name, passed: hasPassed ? 1 : 0, failed: hasPassed ? 0 : 1 };
}

/**
 * Counts vitest's JSON report. A file that could not be loaded counts as 1 failed, and so does a run that failed outside any
 * test (an unhandled rejection, a global set-up). No readable report: the planned tests have failed, at least 1.
 */
export function tallyVitest(name: string, report: unknown, exitCode: number | null, planned: number): Tally {
  const parsed = vitestReport.safeParse(report);
  if (!parsed.success) return unfinished(name, planned);
  const { numPassedTests, numTotalTests, testResults } = parsed.data;
  const unloaded = testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  ).length;
  return settle(name, numPassedTests, numTotalTests - numPassedTests + unloaded, exitCode);
}

/** Counts Playwright's JSON report; a test that passed only when repeated has failed. */
export function tallyPlaywright(
  name: string,
  report: unknown,
  exitCode: number | null,
  planned: number,
): Tally {
  const parsed = playwrightReport.safeParse(report);
  if (!parsed.success) return unfinished(name, planned);
  const { expected, unexpected, flaky, skipped } = parsed.data.stats;
  const missing = Math.max(0, planned - expected - unexpected - flaky - skipped);
  return settle(name, expected, unexpected + flaky + skipped + missing, exitCode);
}

/** A suite that came to no report at all: everything that was planned has failed, at least 1. */
export function unfinished(name: string, planned: number): Tally {
  return { name, passed: 0, failed: Math.max(1, planned) };
}

/** The closing line of a run, and whether the run is good: something passed and nothing failed. */
export function sumUp(tallies: readonly Tally[]): { readonly line: string; readonly isGood: boolean } {
  const passed = tallies.reduce((sum, tally) => sum + tally.passed, 0);
  const failed = tallies.reduce((sum, tally) => sum + tally.failed, 0);
  return { line: `${passed} passed, ${failed} failed`, isGood: failed === 0 && passed > 0 };
}

function settle(name: string, passed: number, failed: number, exitCode: number | null): Tally {
  const isSilentFailure = exitCode !== 0 && failed === 0;
  const isEmpty = passed + failed === 0;
  return { name, passed, failed: isSilentFailure || isEmpty ? 1 : failed };
}
