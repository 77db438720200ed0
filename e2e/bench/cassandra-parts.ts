import { createHash } from "node:crypto";

import type { Bench, Part } from "#e2e/bench/bench.ts";
import type { Target } from "#e2e/bench/figures.ts";
import { compareStores, copyStore, type Moved } from "#e2e/bench/move.ts";
import { pipeStore } from "#e2e/bench/pipe.ts";
import { BENCH_START, cellsOf, mixedSeed, seedPostgres } from "#e2e/bench/seed.ts";
import type { Side } from "#e2e/bench/side.ts";
import type { CassandraRelease } from "#lib/local-cassandra/releases.ts";
import type { LocalCassandra } from "#lib/local-cassandra/server.ts";
import { createTableCql, qualified } from "#lib/stores/cassandra/statements.ts";
import {
  openPlainClient,
  type PlainCell,
  plainRead,
  plainWrite,
} from "#lib/stores/cassandra/testing-plain.ts";

const MB = 1_000_000;
const LANES = 4;

/** S of copies of a copy. */
export const SECOND_START = BENCH_START + 10n;

/** Source: throughput, section 4: of a plain program in Node, and of the slower end of a pair. */
const OF_WRITER: Target = { least: 0.8 };
const OF_SLOWER: Target = { least: 0.8 };
/** 0.6 of a plain program in Java, which is 0.64 to 0.74 times as fast again as one in Node. */
const OF_BOTH: Target = { least: 0.85 };
const COMPARED: Target = { least: 200_000 };
const RSS: Target = { most: 300 };

type CassandraSide = Extract<Side, { readonly kind: "cassandra" }>;
type Yardsticks = { readonly written: number; readonly read: number };

const OTHER: Readonly<Record<CassandraRelease, CassandraRelease>> = { "2.2.18": "5.0.6", "5.0.6": "2.2.18" };

/** Between the kinds of keys of the mixed store, so that each range has about as many cells. */
const PLAIN_CUTS = ["\x01", "h", "t", "u"].map((text) => Buffer.from(text, "latin1"));

/** The mixed store's cells, without holding them. */
function* plainCells(cells: number): Generator<PlainCell> {
  const [column, hot] = [Buffer.from("message1"), Buffer.from("hot")];
  for (let index = 0; index < cells; index += 1) {
    const value = Buffer.alloc(100, index & 0xff);
    const digest = createHash("md5").update(String(index)).digest();
    const counted = Buffer.alloc(16);
    counted.writeUInt32BE(index, 12);
    if (index % 4 === 0) yield { row: digest, column, value };
    else if (index % 4 === 1) yield { row: counted, column, value };
    else if (index % 4 === 2) yield { row: Buffer.from(`tenant/0000000001/stream/${index}`), column, value };
  }
  for (let index = 3; index < cells; index += 4) {
    const digest = createHash("md5").update(String(index)).digest();
    yield { row: hot, column: digest, value: Buffer.alloc(100, index & 0xff) };
  }
}

/** An empty keyspace of a server, in place of an older one. */
export async function makeKeyspace(server: LocalCassandra, keyspace: string): Promise<CassandraSide> {
  const { host, ports, dataCentre } = server;
  const client = await openPlainClient({ host, port: ports.cql, dataCentre });
  await client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`);
  await client.execute(
    `CREATE KEYSPACE ${keyspace} WITH replication = {'class': 'NetworkTopologyStrategy', '${dataCentre}': 1}`,
  );
  await client.shutdown();
  return { kind: "cassandra", host, port: ports.cql, dataCentre, keyspace };
}

/** The best of some tries, in cells a second. */
async function plainRates(bench: Bench, release: CassandraRelease): Promise<Yardsticks> {
  const server = await bench.cassandra(release);
  const side = await makeKeyspace(server, "bench_plain");
  const client = await openPlainClient(side);
  const name = { keyspace: side.keyspace, table: "plain__cells" };
  const rates = { written: 0, read: 0 };
  try {
    await client.execute(createTableCql(name, release === "2.2.18" ? "2.2" : "4+"));
    // One more than for ours: the first makes the server warm.
    for (let count = 0; count <= bench.repeats; count += 1) {
      const began = performance.now();
      const cells = await plainWrite(client, qualified(name), BENCH_START, plainCells(bench.cells));
      rates.written = Math.max(rates.written, (cells / (performance.now() - began)) * 1_000);
    }
    for (let count = 0; count <= bench.repeats; count += 1) {
      const began = performance.now();
      const { rows } = await plainRead(client, qualified(name), release === "5.0.6" ? "hashed" : PLAIN_CUTS);
      rates.read = Math.max(rates.read, (rows / (performance.now() - began)) * 1_000);
    }
  } finally {
    await client.shutdown();
  }
  return rates;
}

/** The same move some times; the fastest counts, with the memory of all of them. */
async function best(bench: Bench, run: () => Promise<Moved>): Promise<Moved> {
  let fastest = await run();
  const peakRssBytes = [...fastest.peakRssBytes];
  for (let count = 1; count < bench.repeats; count += 1) {
    const next = await run();
    peakRssBytes.push(...next.peakRssBytes);
    if (next.seconds < fastest.seconds) fastest = next;
  }
  return { ...fastest, peakRssBytes };
}

async function measurePair(
  bench: Bench,
  subject: string,
  sides: { readonly source: Side; readonly destination: () => Promise<Side>; readonly start?: bigint },
  yardstick: { readonly words: string; readonly rate: number; readonly target: Target },
  bothRead: number | null = null,
): Promise<void> {
  const report = (measure: string, value: number, unit: string, target: Target | null = null) =>
    bench.report({ part: "cassandra", subject, measure, value, unit, target });
  const { source, start = BENCH_START } = sides;
  let destination = source;
  const moved = await best(bench, async () => {
    destination = await sides.destination();
    return copyStore(bench, { source, destination, workers: 1, lanes: LANES, start });
  });
  const wanted = cellsOf(mixedSeed(bench.cells));
  if (moved.counts.cells !== wanted)
    throw new Error(`${moved.counts.cells} cells were copied, not ${wanted}`);
  const rate = moved.counts.cells / moved.seconds;
  report("copied", rate, "cells/s");
  report("copied", moved.counts.bytes / MB / moved.seconds, "MB/s");
  report(yardstick.words, rate / yardstick.rate, "×", yardstick.target);
  report("processor time of the worker", (moved.cpuSeconds / moved.counts.cells) * 1e6, "µs/cell");
  report("peak memory of a copying worker", Math.max(...moved.peakRssBytes) / MB, "MB", RSS);
  const compared = await best(bench, async () =>
    compareStores(bench, { source, destination, workers: 1, lanes: LANES, start }),
  );
  const comparedRate = compared.counts.cells / compared.seconds;
  report("compared", comparedRate, "cells/s", COMPARED);
  if (bothRead !== null) report("comparison to both plain readers in turn", comparedRate / bothRead, "×");
  report("peak memory of a comparing worker", Math.max(...compared.peakRssBytes) / MB, "MB", RSS);
}

async function measureRelease(bench: Bench, release: CassandraRelease): Promise<void> {
  const seed = mixedSeed(bench.cells);
  const say = (pair: string) => bench.say(`${pair}, mixed keys`);
  const named = `cassandra ${release}`;
  say(`plain programs on ${named}`);
  const plain = await plainRates(bench, release);
  const report = (measure: string, value: number) =>
    bench.report({ part: "cassandra", subject: named, measure, value, unit: "cells/s", target: null });
  report("written by a plain program", plain.written);
  report("read by a plain program", plain.read);

  const from = await bench.postgres.create("bench_source");
  await seedPostgres(from, seed);
  const server = await bench.cassandra(release);
  const keyspace = async () => makeKeyspace(server, "bench_copy");
  say(`postgres → ${named}`);
  await measurePair(
    bench,
    `postgres → ${named}`,
    { source: { kind: "postgres", url: from }, destination: keyspace },
    { words: "speed to the plain writer", rate: plain.written, target: OF_WRITER },
  );

  const { host, ports, dataCentre } = server;
  const copy: Side = { kind: "cassandra", host, port: ports.cql, dataCentre, keyspace: "bench_copy" };
  const order = release === "5.0.6" ? "in the order of hashes" : "the mover's own";
  const piped = cellsOf(seed) / (await pipeStore(from, await emptied(bench), seed, order));
  report("written by psql in its order", piped);
  say(`${named} → postgres`);
  await measurePair(
    bench,
    `${named} → postgres`,
    {
      source: copy,
      destination: async () => ({ kind: "postgres", url: await emptied(bench) }),
      start: SECOND_START,
    },
    {
      words: "speed to the slower of reader and psql",
      rate: Math.min(plain.read, piped),
      target: OF_SLOWER,
    },
  );

  const other = OTHER[release];
  say(`${named} → cassandra ${other}`);
  const theirs = await plainRates(bench, other);
  await measurePair(
    bench,
    `${named} → cassandra ${other}`,
    {
      source: copy,
      destination: async () => makeKeyspace(await bench.cassandra(other), "bench_other"),
      start: SECOND_START,
    },
    {
      words: "speed to the slower of plain reader and writer",
      rate: Math.min(plain.read, theirs.written),
      target: OF_BOTH,
    },
    // What the two cores could do for plain programs that read one store and then the other.
    1 / (1 / plain.read + 1 / theirs.read),
  );
}

async function emptied(bench: Bench): Promise<string> {
  return bench.postgres.create("bench_destination");
}

function partFor(release: CassandraRelease): Part {
  const order = release === "5.0.6" ? "hashed" : "byte-ordered";
  return {
    name: `cassandra-${release}`,
    about: `Cassandra ${release} (${order}) from and to Postgres and the other release, beside plain programs`,
    needs: "cassandra",
    run: async (bench) => measureRelease(bench, release),
  };
}

/** Every pair with Cassandra in it. */
export const cassandraParts: readonly Part[] = [partFor("2.2.18"), partFor("5.0.6")];
