import path from "node:path";
import { ensureBrowser } from "#lib/processes/browser-needs.ts";
import { ensureCassandra } from "#lib/processes/cassandra-needs.ts";
import { ensureBuilt } from "#lib/processes/build.ts";
import { browserPart, runLanes, runParts, staticParts, vitestPart } from "#lib/processes/checks.ts";
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
  return browserMissing;
}

// npm test: everything. Whatever happens, the last line says how much passed and how much failed.
// What several lanes may have to install comes first: a package manager runs once at a time.
const cassandraMissing = await ensureCassandra().catch(String);
const browserMissing = await ensureBrowser().catch(String);
const checked = await runParts(staticParts(ROOT));
// Walks in a browser wait much; the other suites use what they leave. All have ports, folders and databases of their own.
const tested = await runLanes(
  [browserPart(ROOT, "walks", 50, prepareBrowser)],
  [browserPart(ROOT, "consoles", 50, prepareBrowser)],
  [
    vitestPart(ROOT, "unit", "vitest.config.ts", 10),
    vitestPart(ROOT, "cassandra", "vitest.cassandra.config.ts", 30, async () => cassandraMissing),
    vitestPart(ROOT, "integration", "vitest.integration.config.ts", 30),
  ],
);
const { line, isGood } = sumUp([...checked, ...tested]);
process.stdout.write(`\n${line}\n`);
process.exitCode = isGood ? 0 : 1;
