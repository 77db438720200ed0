import path from "node:path";
import { runParts, staticParts, vitestPart } from "#lib/processes/checks.ts";
import { sumUp } from "#lib/processes/suites.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");

// What must hold before every commit, in under a minute: the parts of npm test that need no database and no browser.
const parts = [...staticParts(ROOT), vitestPart(ROOT, "unit", "vitest.config.ts", 5)];
const { line, isGood } = sumUp(await runParts(parts));
process.stdout.write(`\n${line}\n`);
process.exitCode = isGood ? 0 : 1;
