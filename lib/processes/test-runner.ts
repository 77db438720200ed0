import path from "node:path";
import { ensureBrowser } from "#lib/processes/browser-needs.ts";
import { ensureCassandra } from "#lib/processes/cassandra-needs.ts";
import { ensureBuilt } from "#lib/processes/build.ts";
import { browserPart, runParts, staticParts, vitestPart } from "#lib/processes/checks.ts";
import { ensureGenerated } from "#lib/processes/generate.ts";
import { sumUp } from "#lib/processes/suites.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");

async function prepareBrowser(): Promise<string | null> {
  try {
    await ensureGenerated(ROOT);
    await ensureBuilt(ROOT, (line) => void process.stdout.write(`${line}\n`));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return ensureBrowser();
}

// npm test: everything. Whatever happens, the last line says how much passed and how much failed.
const parts = [
  ...staticParts(ROOT),
  vitestPart(ROOT, "unit", "vitest.config.ts", 5),
  vitestPart(ROOT, "integration", "vitest.integration.config.ts", 20),
  vitestPart(ROOT, "cassandra", "vitest.cassandra.config.ts", 10, ensureCassandra),
  browserPart(ROOT, 40, prepareBrowser),
];
const { line, isGood } = sumUp(await runParts(parts));
process.stdout.write(`\n${line}\n`);
process.exitCode = isGood ? 0 : 1;
