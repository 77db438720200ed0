import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { database } from "#lib/db/client.ts";
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { openConsoleLedger } from "#lib/mover/console-ledger.ts";
import { openFileLedger } from "#lib/mover/file-ledger.ts";
import type { Ledger } from "#lib/mover/ledger.ts";
import type { OnProgress } from "#lib/mover/progress.ts";
import { runComparison, runCopy } from "#lib/mover/run-copy.ts";
import { type FollowedProcess, followProcess } from "#lib/mover/testing-process.ts";
import { seededRandom } from "#lib/mover/testing-random.ts";
import { run, withSession } from "#lib/stores/postgres/testing.ts";
import {
  comparisonOf,
  openStores,
  prepareCopy,
  runParts,
  wrongWithCopy,
} from "#lib/stores/postgres/testing-copy.ts";
import { startFaultProxy } from "#lib/stores/postgres/testing-proxy.ts";
import { seedStore } from "#lib/stores/postgres/testing-seed.ts";

const CELLS = 3_000;
const random = seededRandom("faults of Postgres");

let source: TestDatabase;
let destination: TestDatabase;
let console: TestDatabase;
let folder: string;

beforeAll(async () => {
  console = await createTestDatabase();
  process.env["DATABASE_URL"] = console.appUrl;
  source = await createEmptyDatabase();
  await withSession(source.superuserUrl, async (client) =>
    seedStore(client, { cells: CELLS, versions: 2, valueBytes: 40 }),
  );
});
afterAll(async () => {
  await database().$disconnect();
  await Promise.all([source, console].map(async (one) => one.drop()));
});
beforeEach(async () => {
  destination = await createEmptyDatabase();
  folder = await mkdtemp(path.join(tmpdir(), "lockstep-copy-"));
});
afterEach(async () => {
  await destination.drop();
  await rm(folder, { recursive: true, force: true });
});

const urls = () => ({ source: source.superuserUrl, destination: destination.superuserUrl });
const wrong = async (ledger: Ledger) => wrongWithCopy(urls(), ledger, CELLS);

/** A ledger in a file with a plan, and what the lanes met. */
async function prepared(): Promise<Ledger> {
  const ledger = await openFileLedger(folder);
  await prepareCopy(urls(), ledger, "chaos");
  return ledger;
}

/** Notes what the lanes meet, and does something at each of these chunks. */
function watch(at: ReadonlyMap<number, () => unknown>) {
  const retries: string[] = [];
  const failures: string[] = [];
  let chunks = 0;
  const onProgress: OnProgress = (event) => {
    if (event.kind === "retry") retries.push(event.code);
    if (event.kind === "failed") failures.push(`${event.failure.code}: ${event.failure.message}`);
    if (event.kind !== "chunk") return;
    chunks += 1;
    at.get(chunks)?.();
  };
  return { retries, failures, onProgress };
}

/** So many chunks, none too late to be reached. */
function someChunks(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => random.between(2 + index * 8, 10 + index * 8));
}

const SCRIPT = path.join(import.meta.dirname, "testing-copy-process.ts");
const start = (where: string): FollowedProcess =>
  followProcess(SCRIPT, [source.superuserUrl, destination.superuserUrl, where]);

describe("a process that copies between two Postgres stores", () => {
  test("loses and doubles nothing when it is killed again and again", async () => {
    await (await prepared()).close();
    let out = "";
    let kills = 0;
    for (let starts = 0; starts < 30 && !out.includes("end done"); starts += 1) {
      const child = start(folder);
      await child.printed("chunk", kills < 5 ? random.between(1, 7) : Infinity);
      if (!child.output().includes("end")) {
        // Somewhere inside the next chunk.
        await sleep(random.between(0, 15));
        kills += 1;
      }
      await child.kill();
      out = child.output();
    }
    expect(out).toContain("end done");
    expect(kills).toBeGreaterThan(2);
    const ledger = await openFileLedger(folder);
    expect(await wrong(ledger)).toEqual([]);
    await ledger.close();
  });

  test("as one of several workers may be frozen, taken over and thawed, or killed: the others go on, and it writes nothing", async () => {
    const ledger = openConsoleLedger("workers");
    await prepareCopy(urls(), ledger, "workers");
    const expire = async () =>
      database()
        .$executeRaw`UPDATE mover_shard SET lease_until = clock_timestamp() - interval '1 second' WHERE state = 'held'`;

    const frozen = start("console");
    await frozen.printed("chunk", random.between(2, 20));
    await sleep(random.between(0, 10));
    frozen.child.kill("SIGSTOP");
    const killed = start("console");
    await expire();
    await killed.printed("chunk", random.between(2, 20));
    await killed.kill();
    const last = start("console");
    await expire();
    await last.ended();
    expect(last.output()).toContain("end done");
    expect(await wrong(ledger)).toEqual([]);

    frozen.child.kill("SIGCONT");
    await frozen.ended();
    expect(frozen.output()).toContain("end done");
    expect(await wrong(ledger)).toEqual([]);
  });
});

describe("a copy between two Postgres stores", () => {
  test("and its comparison outlast sessions that the servers end at any moment", async () => {
    const ledger = await prepared();
    const stores = openStores(urls());
    const ending = { done: false };
    const nuisance = withSession(source.superuserUrl, async (client) => {
      while (!ending.done) {
        await sleep(random.between(0, 60));
        await client.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lockstep' AND datname = ANY ($1)",
          [[source.name, destination.name]],
        );
        if (watched.retries.length > 30) await sleep(200);
      }
    });
    const watched = watch(new Map());
    const end = await runCopy({ ...stores, ...runParts(ledger, watched.onProgress) });
    const compared = await openFileLedger(path.join(folder, "compare"));
    await compared.create(comparisonOf(await ledger.plan(), "compare"));
    const parts = { ...runParts(compared, watched.onProgress), destination: stores.copy };
    const comparison = await runComparison({ source: stores.source, ...parts });
    ending.done = true;
    await nuisance;
    expect({ end, comparison, failures: watched.failures }).toEqual({
      end: "done",
      comparison: "done",
      failures: [],
    });
    expect(watched.retries).toContain("connection-lost");
    expect(await compared.differences(10)).toEqual([]);
    expect(await wrong(ledger)).toEqual([]);
    for (const one of [ledger, compared, ...Object.values(stores)]) await one.close();
  });

  test.each([
    ["answers to COMMIT are lost", "swallow", /COMMIT\0/, "commit-unanswered"],
    ["COMMIT itself is lost", "drop", /COMMIT\0/, "commit-unanswered"],
    ["its connection is cut amid a COPY", "drop", /PGCOPY/, "connection-lost"],
  ] as const)("doubles nothing when %s", async (_words, kind, statement, code) => {
    const ledger = await prepared();
    const { hostname: host, port } = new URL(destination.superuserUrl);
    const proxy = await startFaultProxy({ host, port: Number(port) });
    const stores = openStores(urls(), { destination: proxy.port });
    const cut = () => proxy.breakNext({ kind, statement });
    const watched = watch(new Map(someChunks(5).map((at) => [at, cut])));
    expect(await runCopy({ ...stores, ...runParts(ledger, watched.onProgress) })).toBe("done");
    expect(watched.failures).toEqual([]);
    expect(watched.retries).toContain(code);
    expect(await wrong(ledger)).toEqual([]);
    for (const one of [ledger, ...Object.values(stores)]) await one.close();
    await proxy.stop();
  });

  test("is paused by a full disk, and goes on when there is room again", async () => {
    const ledger = await prepared();
    const stores = openStores(urls());
    await run(
      destination.superuserUrl,
      `CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`,
    );
    const fill = async () =>
      run(
        destination.superuserUrl,
        "CREATE TRIGGER no_room BEFORE INSERT ON app__hashed FOR EACH STATEMENT EXECUTE FUNCTION no_room()",
        "CREATE TRIGGER no_room BEFORE INSERT ON app__hot FOR EACH STATEMENT EXECUTE FUNCTION no_room()",
      );
    const watched = watch(new Map());
    await fill();
    expect(await runCopy({ ...stores, ...runParts(ledger, watched.onProgress) })).toBe("paused");
    expect(watched.failures[0]).toMatch(/^disk-full: .*No space left/);
    expect((await ledger.shards()).some(({ state }) => state === "held")).toBe(false);
    await run(destination.superuserUrl, "DROP FUNCTION no_room() CASCADE");
    await ledger.retryFailed();
    await ledger.setControl({ ...(await ledger.control()), wanted: "run" });
    expect(await runCopy({ ...stores, ...runParts(ledger, watched.onProgress) })).toBe("done");
    expect(await wrong(ledger)).toEqual([]);
    for (const one of [ledger, ...Object.values(stores)]) await one.close();
  });

  test("follows the destination's checkpoints when the ledger lost rows, and attempts began anew", async () => {
    const ledger = openConsoleLedger("restored");
    await prepareCopy(urls(), ledger, "restored");
    // As after a restore of the console's database from a backup of an earlier moment.
    const restore = async () =>
      database()
        .$executeRaw`UPDATE mover_shard SET state = 'waiting', attempt = 0, sequence = 0, checkpoint = NULL,
        worker = NULL, lease_until = NULL`;
    const [first = 0] = someChunks(1);
    const watched = watch(new Map([[first, restore]]));
    const stores = openStores(urls());
    expect(await runCopy({ ...stores, ...runParts(ledger, watched.onProgress) })).toBe("done");
    expect(await wrong(ledger)).toEqual([]);
    await restore();
    expect(await runCopy({ ...stores, ...runParts(ledger, watched.onProgress) })).toBe("done");
    expect(watched.failures).toEqual([]);
    expect(await wrong(ledger)).toEqual([]);
    for (const store of Object.values(stores)) await store.close();
  });

  test("is not ended by time limits that the servers set for everybody", async () => {
    const limits = [
      "statement_timeout = 300",
      "idle_in_transaction_session_timeout = 300",
      "transaction_timeout = 300",
      "lock_timeout = 300",
      "idle_session_timeout = 300",
    ];
    const ledger = await prepared();
    for (const { name, superuserUrl } of [source, destination]) {
      await run(superuserUrl, ...limits.map((limit) => `ALTER DATABASE ${name} SET ${limit}`));
    }
    const stores = openStores(urls());
    const watched = watch(new Map());
    const parts = runParts(ledger, watched.onProgress);
    // Chunks that last longer than any of these limits.
    const limited = { ...parts, limits: { versions: 4_000, bytes: 1_000_000, ms: 60_000 } };
    await ledger.setControl({ ...(await ledger.control()), cellsPerSecondMax: 3_000 });
    expect(await runCopy({ ...stores, ...limited })).toBe("done");
    expect(watched.retries).toEqual([]);
    for (const { name, superuserUrl } of [source, destination]) {
      await run(superuserUrl, `ALTER DATABASE ${name} RESET ALL`);
    }
    expect(await wrong(ledger)).toEqual([]);
    for (const one of [ledger, ...Object.values(stores)]) await one.close();
  });
});
