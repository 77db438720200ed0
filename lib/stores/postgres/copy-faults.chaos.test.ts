import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { openFileLedger } from "#lib/mover/file-ledger.ts";
import type { Ledger } from "#lib/mover/ledger.ts";
import { planRun } from "#lib/mover/plan-run.ts";
import { runCopy } from "#lib/mover/run-copy.ts";
import { LANE_TIMES } from "#lib/mover/run-lanes.ts";
import { commitStart, planSetUp, setUp } from "#lib/mover/set-up.ts";
import { postgresCellSink } from "#lib/stores/postgres/cell-sink.ts";
import { postgresCellSource } from "#lib/stores/postgres/cell-source.ts";
import { configFor, withSession } from "#lib/stores/postgres/testing.ts";
import { SEED_START, seedStore, wrongTables } from "#lib/stores/postgres/testing-seed.ts";

const CELLS = 3_000;

describe("a copy between two Postgres stores", () => {
  let source: TestDatabase;
  let destination: TestDatabase;
  let folder: string;

  beforeAll(async () => {
    source = await createEmptyDatabase();
    await withSession(source.superuserUrl, async (client) =>
      seedStore(client, { cells: CELLS, versions: 2, valueBytes: 40 }),
    );
  });
  afterAll(async () => source.drop());
  beforeEach(async () => {
    destination = await createEmptyDatabase();
    folder = await mkdtemp(path.join(tmpdir(), "lockstep-copy-"));
    const ledger = await plan();
    await ledger.close();
  });
  afterEach(async () => {
    await destination.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const stores = () => ({
    source: postgresCellSource({ config: configFor(source.superuserUrl) }),
    sink: postgresCellSink({ config: configFor(destination.superuserUrl) }),
  });

  async function plan(): Promise<Ledger> {
    const { source: from, sink } = stores();
    const setup = await planSetUp(from, sink);
    await setUp(from, sink, setup);
    await commitStart(sink, SEED_START, SEED_START + 1n);
    const ledger = await openFileLedger(folder);
    const run = { runId: "chaos", kind: "copy", start: SEED_START } as const;
    await ledger.create(await planRun(from, run, setup.tables, { bytes: 200_000, shardsMax: 3 }));
    return ledger;
  }

  async function expectCopied(): Promise<void> {
    await withSession(source.superuserUrl, async (from) =>
      withSession(destination.superuserUrl, async (to) => expect(await wrongTables(from, to)).toEqual([])),
    );
    const ledger = await openFileLedger(folder);
    const shards = await ledger.shards();
    await ledger.close();
    expect(shards.length).toBeGreaterThan(6);
    const total = (name: "cells" | "versions" | "inProgress" | "older") =>
      shards.reduce((sum, { checkpoint }) => sum + (checkpoint?.counts[name] ?? 0), 0);
    expect({
      cells: total("cells"),
      versions: total("versions"),
      inProgress: total("inProgress"),
      older: total("older"),
    }).toEqual({
      cells: 4 * CELLS,
      versions: 8 * CELLS,
      inProgress: (4 * CELLS) / 10,
      older: 4 * CELLS - (4 * CELLS) / 10,
    });
  }

  function start(): ChildProcess {
    const script = path.join(import.meta.dirname, "testing-copy-process.ts");
    return spawn(process.execPath, [script, source.superuserUrl, destination.superuserUrl, folder], {
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  /** Runs until so many chunks are done, or to its end; gives what it printed. */
  async function follow(child: ChildProcess, chunks: number): Promise<string> {
    let out = "";
    const enough = new Promise<void>((resolve) => {
      child.stdout?.on("data", (data: Buffer) => {
        out += data.toString();
        if (out.split("chunk").length > chunks) resolve();
      });
    });
    child.stderr?.on("data", (data: Buffer) => (out += data.toString()));
    await Promise.race([enough, once(child, "exit")]);
    return out;
  }

  test("loses and doubles nothing when its process is killed again and again", async () => {
    let out = "";
    let kills = 0;
    for (let starts = 0; starts < 30 && !out.includes("end done"); starts += 1) {
      const child = start();
      out = await follow(child, kills < 6 ? 4 + kills : Infinity);
      if (!out.includes("end")) {
        // Somewhere inside the next chunk.
        await sleep(Math.random() * 15);
        kills += 1;
      }
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    }
    expect(out).toContain("end done");
    expect(kills).toBeGreaterThan(3);
    await expectCopied();
  }, 90_000);

  test("a frozen process is taken over, and can write nothing when it wakes", async () => {
    const frozen = start();
    const exit = once(frozen, "exit");
    await follow(frozen, 5);
    frozen.kill("SIGSTOP");
    // The state folder belongs to the frozen process; another takes its place as it would on another machine.
    await rm(path.join(folder, "ledger.lock"));
    const next = start();
    const out = await follow(next, Infinity);
    expect(out).toContain("end done");
    await expectCopied();
    frozen.kill("SIGCONT");
    await sleep(500);
    frozen.kill("SIGKILL");
    await exit;
    await withSession(source.superuserUrl, async (from) =>
      withSession(destination.superuserUrl, async (to) => expect(await wrongTables(from, to)).toEqual([])),
    );
  }, 60_000);

  test("outlasts sessions that the servers end at any moment", async () => {
    const ledger = await openFileLedger(folder);
    const retries: string[] = [];
    const failures: string[] = [];
    const running = runCopy({
      ...stores(),
      ledger,
      worker: "test",
      onProgress: (event) => {
        if (event.kind === "retry") retries.push(event.code);
        if (event.kind === "failed") failures.push(`${event.failure.code}: ${event.failure.message}`);
      },
      signal: new AbortController().signal,
      whenIdle: "leave",
      limits: { versions: 200, bytes: 1_000_000, ms: 60_000 },
      times: { ...LANE_TIMES, idleMs: 10, retryFirstMs: 10 },
    });
    await withSession(source.superuserUrl, async (client) => {
      for (let times = 0; times < 25; times += 1) {
        await sleep(Math.random() * 60);
        await client.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'lockstep' AND datname = ANY ($1)",
          [[source.name, destination.name]],
        );
      }
    });
    expect({ end: await running, failures }).toEqual({ end: "done", failures: [] });
    await ledger.close();
    expect(retries).toContain("connection-lost");
    await expectCopied();
  }, 90_000);
});
