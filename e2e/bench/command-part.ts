import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import path from "node:path";

import type { Bench, Part } from "#e2e/bench/bench.ts";
import { mixedSeed, seedPostgres } from "#e2e/bench/seed.ts";

/**
 * What AtlasDB's own command line took, the best of its options, in seconds from its start to its exit, on 2 cores shared with both
 * databases; it was measured elsewhere, so this is a comparison with a record, not of one run.
 */
const ATLASDB = {
  1: { migrate: 20.7, validate: 25 },
  3: { migrate: 46.5, validate: 71 },
} as const;
const FASTER = { least: 5 };

type Stage = "setup" | "migrate" | "validate" | "run";

async function commandLine(
  bench: Bench,
  stage: Stage,
  from: string,
  to: string,
  stateDir: string,
): Promise<number> {
  const [source, destination] = [new URL(from), new URL(to)];
  const env = {
    ...process.env,
    LOCKSTEP_SOURCE_PASSWORD: source.password,
    LOCKSTEP_DESTINATION_PASSWORD: destination.password,
  };
  for (const url of [source, destination]) {
    url.password = "";
    url.search = "tablePrefix=";
  }
  const bootstrap = path.join(bench.root, "lib", "processes", "bootstrap.mjs");
  const sides = ["--source", source.href, "--destination", destination.href];
  const begun = performance.now();
  const child = spawn(
    process.execPath,
    [bootstrap, "lockstep", "copy", stage, ...sides, "--state-dir", stateDir, "--yes", "--json"],
    { cwd: bench.root, env, stdio: ["ignore", "pipe", "inherit"] },
  );
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const seconds = (performance.now() - begun) / 1_000;
  if (code !== 0) throw new Error(`copy ${stage} ended with ${code}: ${output.trim().split("\n").at(-1)}`);
  return seconds;
}

/** From the start of the command to its exit: `copy migrate` and `copy validate` by themselves, and `copy run` as a whole. */
export const commandSpeed: Part = {
  name: "command",
  about:
    "the command line from start to exit at N and 3 N cells, beside the recorded figures of AtlasDB's tool",
  needs: "postgres",
  async run(bench) {
    for (const times of [1, 3] as const) {
      const cells = bench.cells * times;
      const subject = `${cells} cells, mixed keys`;
      bench.say(`command line, ${subject}`);
      const from = await bench.postgres.create("bench_source");
      await seedPostgres(from, mixedSeed(cells));
      const least: Record<Stage, number> = {
        setup: Infinity,
        migrate: Infinity,
        validate: Infinity,
        run: Infinity,
      };
      for (let count = 0; count < bench.repeats; count += 1) {
        const stateDir = path.join(bench.folder, `state-${times}-${count}`);
        const take = async (stages: readonly Stage[]) => {
          const to = await bench.postgres.create("bench_destination");
          await rm(stateDir, { recursive: true, force: true });
          for (const stage of stages) {
            least[stage] = Math.min(least[stage], await commandLine(bench, stage, from, to, stateDir));
          }
        };
        await take(["setup", "migrate", "validate"]);
        await take(["run"]);
      }
      const report = (measure: string, value: number, unit: string, target: typeof FASTER | null = null) =>
        bench.report({ part: "command line", subject, measure, value, unit, target });
      report("copy run (setup, migrate and validate)", least.run, "s");
      // The recorded figures are of a million cells and of three, of about this size.
      const isComparable = bench.cells === 1_000_000;
      for (const stage of ["migrate", "validate"] as const) {
        report(`copy ${stage}`, least[stage], "s");
        if (!isComparable) continue;
        report(`AtlasDB's tool, recorded: ${stage}`, ATLASDB[times][stage], "s");
        report(`copy ${stage}, times as fast`, ATLASDB[times][stage] / least[stage], "×", FASTER);
      }
    }
  },
};
