import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

import type { Bench, Part } from "#e2e/bench/bench.ts";
import { describeMachine, type Figure, figureLine, isMet, writeFigures } from "#e2e/bench/figures.ts";
import { missingPsql } from "#e2e/bench/pipe.ts";
import { SERVER_SETTINGS, startBenchPostgres } from "#e2e/bench/postgres.ts";
import { startServers } from "#e2e/bench/servers.ts";
import { ensureGenerated } from "#lib/processes/generate.ts";

const ROOT = path.join(import.meta.dirname, "..", "..");
const HELP = `npm run bench -- copy [options]

Measures the mover on servers of its own, and prints each figure as soon as it is known. Exit code 0: everything was measured,
whether or not the targets were met; 1: something could not be.

  --cells N          cells of a seeded store                               1000000
  --repeats N        runs of each measurement, of which the best counts    3
  --only PART,PART   these parts only
  --postgres-only    leave out what needs Cassandra (a JDK and Maven)
  --json FILE        where everything is written as JSON                   bench-copy.json

Parts:`;

const OPTIONS = {
  cells: { type: "string", default: "1000000" },
  repeats: { type: "string", default: "3" },
  only: { type: "string" },
  "postgres-only": { type: "boolean", default: false },
  json: { type: "string", default: "bench-copy.json" },
  help: { type: "boolean", default: false },
} as const;

const say = (line: string) => void process.stdout.write(`${line}\n`);

type Arguments = { readonly values: ReturnType<typeof read>["values"]; readonly chosen: readonly Part[] };

function read() {
  return parseArgs({ options: OPTIONS, allowPositionals: true, strict: true });
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name} ${text} is no whole number`);
  return number;
}

function readArguments(parts: readonly Part[]): Arguments | null {
  const { values, positionals } = read();
  if (values.help || positionals.length === 0) return null;
  if (positionals.length !== 1 || positionals[0] !== "copy")
    throw new Error(`there is no bench ${positionals.join(" ")}`);
  const names = values.only?.split(",") ?? null;
  const unknown = names?.find((name) => !parts.some((part) => part.name === name));
  if (unknown !== undefined) throw new Error(`there is no part ${unknown}`);
  const chosen = parts.filter(
    (part) => names?.includes(part.name) ?? !(values["postgres-only"] && part.needs === "cassandra"),
  );
  return { values, chosen };
}

async function measure({ values, chosen }: Arguments): Promise<number> {
  const missing = await missingPsql();
  if (missing !== null) throw new Error(missing);
  const startedAt = new Date().toISOString();
  const folder = await mkdtemp(path.join(tmpdir(), "lockstep-bench-"));
  const figures: Figure[] = [];
  const failures: string[] = [];
  const postgres = await startBenchPostgres(folder);
  const servers = startServers(folder);
  process.env["DATABASE_URL"] = postgres.consoleUrl;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      // Servers of an interrupted run would stay; nothing of them is worth keeping.
      void Promise.allSettled([postgres.stop(), servers.stop()]).then(async () => {
        await rm(folder, { recursive: true, force: true });
        process.exit(130);
      });
    });
  }
  const cells = wholeNumber("cells", values.cells);
  const repeats = wholeNumber("repeats", values.repeats);
  const bench: Bench = {
    cells,
    repeats,
    root: ROOT,
    folder,
    postgres,
    cassandra: servers.cassandra,
    say,
    report: (figure) => {
      figures.push(figure);
      say(figureLine(figure));
    },
  };
  const surroundings = { ...describeMachine(), ...SERVER_SETTINGS, cells, repeats };
  say(
    Object.entries(surroundings)
      .map(([name, value]) => `${name} ${value}`)
      .join(", "),
  );
  try {
    for (const part of chosen) {
      await part.run(bench).catch((error: unknown) => {
        failures.push(`${part.name}: ${error instanceof Error ? error.message : String(error)}`);
        say(
          `  ${part.name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        );
      });
    }
    await writeFigures(path.resolve(values.json), { startedAt, surroundings, figures, failures });
  } finally {
    const { database } = await import("#lib/db/client.ts");
    await database().$disconnect();
    await Promise.all([postgres.stop(), servers.stop()]);
    await rm(folder, { recursive: true, force: true });
  }
  sumUp(figures, failures);
  return failures.length === 0 ? 0 : 1;
}

function sumUp(figures: readonly Figure[], failures: readonly string[]): void {
  const judged = figures.filter(({ target }) => target !== null);
  const missed = judged.filter((figure) => isMet(figure) === false);
  say(`\n${judged.length - missed.length} of ${judged.length} targets met.`);
  if (missed.length > 0) say(["Missed:", ...missed.map(figureLine)].join("\n"));
  if (failures.length > 0) say(["Not measured:", ...failures].join("\n  "));
}

// The parts reach the console's database, whose client may have to be made first.
await ensureGenerated(ROOT);
const { PARTS } = await import("#e2e/bench/parts.ts");
try {
  const given = readArguments(PARTS);
  if (given === null)
    say([HELP, ...PARTS.map(({ name, about }) => `  ${name.padEnd(18)} ${about}`)].join("\n"));
  else process.exitCode = await measure(given);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
