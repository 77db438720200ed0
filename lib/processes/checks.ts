import { mkdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { ensureGenerated } from "#lib/processes/generate.ts";
import { parseSmallJson } from "#lib/processes/small-json.ts";
import { type Tally, tallyCheck, tallyPlaywright, tallyVitest, unfinished } from "#lib/processes/suites.ts";
import { collect, toolEnvironment } from "#lib/processes/tools.ts";

/** Runs one part of a verification, showing what went wrong, and counts it. */
export type Part = { readonly name: string; readonly run: () => Promise<Tally> };

const MINUTE_MS = 60_000;
const say = (text: string) => void process.stdout.write(text);

/** Format, lint, types (with the database client made and routes typed) and unused code. */
export function staticParts(root: string): readonly Part[] {
  return [
    toolPart(root, "format", [["oxfmt/bin/oxfmt", "--check"]]),
    {
      name: "types",
      run: async () => {
        const isMade = await ensureGenerated(root).then(
          () => true,
          (error: unknown) => (say(`${String(error)}\n`), false),
        );
        const tools = [
          ["next/dist/bin/next", "typegen"],
          ["typescript/bin/tsc", "--noEmit", "-p", "."],
        ];
        return isMade ? toolPart(root, "types", tools).run() : tallyCheck("types", false);
      },
    },
    toolPart(root, "lint", [["oxlint/bin/oxlint"]]),
    toolPart(root, "unused code", [["knip/bin/knip.js", "--no-progress"]]),
  ];
}

/** A vitest suite by its configuration file. `prepare` says what it needs and does not get, or null. */
export function vitestPart(
  root: string,
  name: string,
  config: string,
  limitMinutes: number,
  prepare: () => Promise<string | null> = async () => null,
): Part {
  const vitest = path.join(root, "node_modules", "vitest", "vitest.mjs");
  const flags = ["--config", config];
  return {
    name,
    run: async () => {
      const missing = await prepare();
      if (missing !== null) {
        say(`${missing}\n`);
        return unfinished(name, await plannedTests([vitest, "list", ...flags, "--json"], root));
      }
      const report = await freshReport(root, name);
      const args = ["run", ...flags, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
      const { code } = await collect(process.execPath, [vitest, ...args], {
        cwd: root,
        env: { ...testEnvironment(), NO_COLOR: "1" },
        echo: (line) => say(`${name} | ${line}\n`),
        limitMs: limitMinutes * MINUTE_MS,
      });
      const found = await readReport(report);
      const planned = found === null ? await plannedTests([vitest, "list", ...flags, "--json"], root) : 0;
      return tallyVitest(name, found, code, planned);
    },
  };
}

/** The browser walks of one project of Playwright's; they need the build and a browser, so `prepare` says what is missing, or null. */
export function browserPart(
  root: string,
  project: string,
  limitMinutes: number,
  prepare: () => Promise<string | null>,
): Part {
  const playwright = path.join(root, "node_modules", "@playwright", "test", "cli.js");
  const name = `browser ${project}`;
  const output = path.join("test-results", "browser", project);
  const test = [playwright, "test", "--project", project, "--output", output];
  return {
    name,
    run: async () => {
      const missing = await prepare();
      // Some walks are made from what was built, so they can only be counted after it.
      const planned = await plannedTests([...test, "--list", "--reporter=json"], root);
      if (missing !== null) {
        say(`${missing}\n`);
        return unfinished(name, planned);
      }
      const report = await freshReport(root, `browser-${project}`);
      const { code } = await collect(process.execPath, [...test, "--reporter=list,json"], {
        cwd: root,
        env: { ...testEnvironment(), FORCE_COLOR: "0", PLAYWRIGHT_JSON_OUTPUT_FILE: report },
        echo: (line) => say(`${name} | ${line}\n`),
        limitMs: limitMinutes * MINUTE_MS,
      });
      return tallyPlaywright(name, await readReport(report), code, planned);
    },
  };
}

/** Runs parts one after the other, saying how each went and how long it took. */
export async function runParts(parts: readonly Part[]): Promise<readonly Tally[]> {
  const tallies: Tally[] = [];
  for (const part of parts) {
    const startedAt = Date.now();
    say(`\n== ${part.name}\n`);
    const tally = await part.run().catch((error: unknown) => {
      say(`${part.name} could not be run: ${String(error)}\n`);
      return unfinished(part.name, 0);
    });
    const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
    say(`${part.name}: ${tally.passed} passed, ${tally.failed} failed in ${seconds} s\n`);
    tallies.push(tally);
  }
  return tallies;
}

/** Runs lanes beside each other, and the parts of each lane one after the other. */
export async function runLanes(...lanes: readonly (readonly Part[])[]): Promise<readonly Tally[]> {
  return (await Promise.all(lanes.map(runParts))).flat();
}

/** Tools are given as [script in node_modules, …arguments]; all of them must succeed. */
function toolPart(root: string, name: string, tools: readonly (readonly string[])[]): Part {
  return {
    name,
    run: async () => {
      for (const [script = "", ...args] of tools) {
        const file = path.join(root, "node_modules", script);
        const { code, output } = await collect(process.execPath, [file, ...args], {
          cwd: root,
          env: { ...toolEnvironment(), NO_COLOR: "1" },
          limitMs: 5 * MINUTE_MS,
        });
        if (code === 0) continue;
        say(`${output}\n`);
        return tallyCheck(name, false);
      }
      return tallyCheck(name, true);
    },
  };
}

/** Tests get no settings of the person who runs them: they would reach that person's console. */
function testEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(toolEnvironment()).filter(
    ([name]) => !/^(DATABASE_URL|LOCKSTEP_.*|FORCE_COLOR|NO_COLOR)$/.test(name),
  );
  return { ...Object.fromEntries(kept), NODE_ENV: "test" };
}

async function freshReport(root: string, name: string): Promise<string> {
  const file = path.join(root, "test-results", "reports", `${name}.json`);
  await mkdir(path.dirname(file), { recursive: true });
  await rm(file, { force: true });
  return file;
}

async function readReport(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch(() => "");
  try {
    return parseSmallJson(text);
  } catch {
    return null;
  }
}

async function plannedTests(command: readonly string[], root: string): Promise<number> {
  const { output } = await collect(process.execPath, command, {
    cwd: root,
    env: testEnvironment(),
    limitMs: 2 * MINUTE_MS,
  });
  const start = output.search(/^[[{]/m);
  if (start < 0) return 0;
  try {
    const list = parseSmallJson(output.slice(start));
    return Array.isArray(list) ? list.length : countSpecs(list);
  } catch {
    return 0;
  }
}

const suite = z.object({ specs: z.array(z.unknown()).default([]), suites: z.array(z.unknown()).default([]) });

/** Playwright lists its tests as suites within suites. */
function countSpecs(value: unknown): number {
  const parsed = suite.safeParse(value);
  if (!parsed.success) return 0;
  return (
    parsed.data.specs.length + parsed.data.suites.reduce<number>((sum, inner) => sum + countSpecs(inner), 0)
  );
}
