import type { Bench, Part } from "#e2e/bench/bench.ts";
import { makeKeyspace, SECOND_START } from "#e2e/bench/cassandra-parts.ts";
import type { Target } from "#e2e/bench/figures.ts";
import { compareStores, copyStore, type Moved } from "#e2e/bench/move.ts";
import { BENCH_START, cellsOf, mixedSeed, seedPostgres } from "#e2e/bench/seed.ts";
import type { Side } from "#e2e/bench/side.ts";

const RSS: Target = { most: 300 };
const GROWTH: Target = { most: 1.1 };
const MB = 1_000_000;
const LANES = 4;

/** The hashed release: it sorts on disk what it reads, so if memory grew anywhere, it would here. */
const RELEASE = "5.0.6";

type Job = { readonly words: string; readonly run: (workers: number) => Promise<Moved> };

/** Into the cluster and out of it, and both compared: each leans on the one before. */
function jobsOf(bench: Bench, from: Side, cluster: () => Promise<Side>): readonly Job[] {
  let there: Side = from;
  let back: Side = from;
  const one = { lanes: LANES };
  return [
    {
      words: "copying into Cassandra",
      run: async (workers) => {
        there = await cluster();
        return copyStore(bench, { ...one, workers, source: from, destination: there, start: BENCH_START });
      },
    },
    {
      words: "comparing with Cassandra",
      run: async (workers) =>
        compareStores(bench, { ...one, workers, source: from, destination: there, start: BENCH_START }),
    },
    {
      words: "copying out of Cassandra",
      run: async (workers) => {
        back = { kind: "postgres", url: await bench.postgres.create("bench_destination") };
        return copyStore(bench, { ...one, workers, source: there, destination: back, start: SECOND_START });
      },
    },
    {
      words: "comparing with its copy",
      run: async (workers) =>
        compareStores(bench, { ...one, workers, source: there, destination: back, start: SECOND_START }),
    },
  ];
}

async function measure(bench: Bench): Promise<void> {
  const report = (subject: string, measured: string, value: number, unit: string, target: Target | null) =>
    bench.report({ part: "cassandra memory", subject, measure: measured, value, unit, target });
  const server = await bench.cassandra(RELEASE);
  const small = new Map<string, number>();
  for (const cells of [bench.cells, bench.cells * 4]) {
    const seed = mixedSeed(cells);
    bench.say(`memory with Cassandra ${RELEASE}, ${cells} cells`);
    const url = await bench.postgres.create("bench_source");
    await seedPostgres(url, seed);
    const jobs = jobsOf(bench, { kind: "postgres", url }, async () => makeKeyspace(server, "bench_memory"));
    for (const { words, run } of jobs) {
      const moved = await run(1);
      if (moved.counts.cells !== cellsOf(seed)) throw new Error(`${moved.counts.cells} cells went through`);
      const peak = Math.max(...moved.peakRssBytes) / MB;
      report(`${cells} cells`, `peak memory of a worker ${words}`, peak, "MB", RSS);
      const before = small.get(words);
      small.set(words, peak);
      if (before !== undefined) {
        report("4 times the cells", `memory of ${words}, to that of one`, peak / before, "×", GROWTH);
        continue;
      }
      const two = await run(2);
      report(`${cells} cells`, `${words}, 1 worker`, moved.counts.cells / moved.seconds, "cells/s", null);
      report(`${cells} cells`, `${words}, 2 workers`, two.counts.cells / two.seconds, "cells/s", null);
    }
  }
}

/** Peak memory of a worker with a Cassandra store, at as many cells as asked for and at four times as many; and what a second worker brings. */
export const cassandraMemory: Part = {
  name: "cassandra-memory",
  about: `peak memory of a worker with Cassandra ${RELEASE} at N and at 4 N cells, and two workers against one`,
  needs: "cassandra",
  run: measure,
};
