import { availableParallelism } from "node:os";

import type { Bench, Part } from "#e2e/bench/bench.ts";
import { compareStores, copyStore, type Moved } from "#e2e/bench/move.ts";
import { pipeStore } from "#e2e/bench/pipe.ts";
import { cellsOf, seedPostgres, seedsFor, type StoreSeed, versionsOf } from "#e2e/bench/seed.ts";

const PAIR = "postgres → postgres";
const PIPE_RATIO = { least: 0.65 };
const COMPARED = { least: 200_000 };
const RSS = { most: 300 };
const GROWTH = { most: 1.1 };
const MB = 1_000_000;

/** Lanes of one worker, for a machine that has this many cores for everything. */
const LANES = Math.max(2, Math.min(8, availableParallelism()));

const source = "bench_source";
const destination = "bench_destination";

/** The best of some runs: the one that took the least time, with the largest memory that any of them took. */
async function best(
  bench: Bench,
  run: () => Promise<Moved>,
): Promise<Moved & { readonly peakRssMb: number }> {
  const all: Moved[] = [];
  for (let count = 0; count < bench.repeats; count += 1) all.push(await run());
  const peakRssMb = Math.max(...all.flatMap(({ peakRssBytes }) => peakRssBytes)) / MB;
  const fastest = all.toSorted((a, b) => a.seconds - b.seconds)[0];
  if (fastest === undefined) throw new Error("nothing was run");
  return { ...fastest, peakRssMb };
}

async function copied(bench: Bench, from: string, workers: number): Promise<Moved> {
  const to = await bench.postgres.create(destination);
  return copyStore(bench, {
    source: { kind: "postgres", url: from },
    destination: { kind: "postgres", url: to },
    workers,
    lanes: LANES,
  });
}

function requireAll(moved: Moved, seed: StoreSeed): void {
  const { versions, cells } = moved.counts;
  if (versions === versionsOf(seed) && cells === cellsOf(seed)) return;
  throw new Error(
    `${versions} versions were read and ${cells} cells written, of ${versionsOf(seed)} and ${cellsOf(seed)}`,
  );
}

async function measureStore(bench: Bench, subject: string, seed: StoreSeed): Promise<void> {
  const report = (
    measure: string,
    value: number,
    unit: string,
    target: Parameters<Bench["report"]>[0]["target"] = null,
  ) => bench.report({ part: PAIR, subject, measure, value, unit, target });
  const from = await bench.postgres.create(source);
  await seedPostgres(from, seed);
  let piped = Number.POSITIVE_INFINITY;
  let pipedNewest = Number.POSITIVE_INFINITY;
  // Taken in turns, so that both meet the same moments of the machine.
  const moved = await best(bench, async () => {
    const pipe = async (query: Parameters<typeof pipeStore>[3]) =>
      pipeStore(from, await bench.postgres.create(destination), seed, query);
    piped = Math.min(piped, await pipe("the mover's own"));
    if (seed.versions > 1) pipedNewest = Math.min(pipedNewest, await pipe("newest versions"));
    return copied(bench, from, 1);
  });
  requireAll(moved, seed);
  const { counts, seconds } = moved;
  report("copied", counts.cells / seconds, "cells/s");
  if (seed.versions > 1) report("versions read", counts.versions / seconds, "versions/s");
  report("copied", counts.bytes / MB / seconds, "MB/s");
  report("speed to psql | psql with the same SQL", piped / seconds, "×", PIPE_RATIO);
  if (seed.versions > 1)
    report("speed to psql | psql of newest versions", pipedNewest / seconds, "×", PIPE_RATIO);
  report("processor time of the worker", (moved.cpuSeconds / counts.versions) * 1e6, "µs/version");
  const url = bench.postgres.urlOf(destination);
  const compared = await best(bench, async () =>
    compareStores(bench, {
      source: { kind: "postgres", url: from },
      destination: { kind: "postgres", url },
      workers: 1,
      lanes: LANES,
    }),
  );
  report("compared", compared.counts.cells / compared.seconds, "cells/s", COMPARED);
}

/** Every shape of keys, against the pipe. */
export const postgresSpeed: Part = {
  name: "postgres",
  about: "Postgres to Postgres on every shape of keys, beside psql | psql, and the comparison",
  needs: "postgres",
  async run(bench) {
    for (const [subject, seed] of Object.entries(seedsFor(bench.cells))) {
      bench.say(`${PAIR}, ${subject}`);
      await measureStore(bench, subject, seed);
    }
  },
};

/** Peak memory of a worker, at as many cells as asked for and at four times as many; and what a second worker brings. */
export const postgresMemory: Part = {
  name: "memory",
  about: "peak memory of a worker at N and at 4 N cells, and two workers against one",
  needs: "postgres",
  async run(bench) {
    const report = (
      subject: string,
      measure: string,
      value: number,
      unit: string,
      target: Parameters<Bench["report"]>[0]["target"] = null,
    ) => bench.report({ part: "workers", subject, measure, value, unit, target });
    const peaks: { readonly copy: number; readonly compare: number }[] = [];
    for (const cells of [bench.cells, bench.cells * 4]) {
      const seed = seedsFor(cells)["hashed keys"];
      if (seed === undefined) throw new Error("no such store");
      bench.say(`memory, ${cells} cells`);
      const from = await bench.postgres.create(source);
      await seedPostgres(from, seed);
      const copy = await best(bench, async () => copied(bench, from, 1));
      requireAll(copy, seed);
      const url = bench.postgres.urlOf(destination);
      const sides = {
        source: { kind: "postgres", url: from },
        destination: { kind: "postgres", url },
      } as const;
      const compare = await best(bench, async () =>
        compareStores(bench, { ...sides, workers: 1, lanes: LANES }),
      );
      report(`${cells} cells`, "peak memory of a copying worker", copy.peakRssMb, "MB", RSS);
      report(`${cells} cells`, "peak memory of a comparing worker", compare.peakRssMb, "MB", RSS);
      peaks.push({ copy: copy.peakRssMb, compare: compare.peakRssMb });
      if (cells !== bench.cells) break;
      const two = await best(bench, async () => copied(bench, from, 2));
      report(`${cells} cells`, "copied by 1 worker", copy.counts.cells / copy.seconds, "cells/s");
      report(`${cells} cells`, "copied by 2 workers", two.counts.cells / two.seconds, "cells/s");
    }
    const [small, large] = peaks;
    if (small === undefined || large === undefined) throw new Error("nothing was run");
    report("4 times the cells", "memory of copying, to that of one", large.copy / small.copy, "×", GROWTH);
    report(
      "4 times the cells",
      "memory of comparing, to that of one",
      large.compare / small.compare,
      "×",
      GROWTH,
    );
  },
};
