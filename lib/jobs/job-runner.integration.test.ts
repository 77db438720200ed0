import { readFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { getConstructionPlans } from "pg-boss";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { createTestDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { type JobQueue, type JobRunner, JOBS_SCHEMA, startJobRunner } from "#lib/jobs/job-runner.ts";
import { parseJson } from "#lib/timestamps/json.ts";

let database: TestDatabase;
let owner: pg.Client;
const running: JobRunner[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map(async (runner) => runner.stop(5_000)));
});
afterAll(async () => {
  await owner.end();
  await database.drop();
});

async function start(queue: JobQueue, problems: unknown[] = []): Promise<JobRunner> {
  const runner = await startJobRunner({
    url: database.appUrl,
    queues: [queue],
    onProblem: (error) => void problems.push(error),
  });
  running.push(runner);
  return runner;
}

async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  await expect.poll(holds, { timeout: 60_000, interval: 100 }).toBe(true);
}

describe("the schema of pg-boss", () => {
  it("is the change in prisma/migrations, statement by statement, for the installed release", async () => {
    const file = path.join(import.meta.dirname, "../../prisma/migrations/20261122000350_jobs/migration.sql");
    const squeezed = (text: string) =>
      text
        .replaceAll(/^--.*$/gm, "")
        .replaceAll(/\s+/g, " ")
        .trim();
    const plans = squeezed(getConstructionPlans(JOBS_SCHEMA, { createSchema: true }));
    const inside = plans.slice(plans.indexOf("CREATE SCHEMA"), plans.lastIndexOf("COMMIT;")).trim();
    expect(squeezed(await readFile(file, "utf8"))).toBe(inside);
  });

  it("is of a release that is pinned exactly, and installed so", async () => {
    const read = async (file: string) =>
      readFile(path.join(import.meta.dirname, "../..", file), "utf8").then(parseJson);
    const dependencies = z.object({ dependencies: z.record(z.string(), z.string()) });
    const pinned = dependencies.parse(await read("package.json")).dependencies["pg-boss"];
    const installed = z
      .object({ version: z.string() })
      .parse(await read("node_modules/pg-boss/package.json"));
    expect(pinned).toMatch(/^\d+\.\d+\.\d+$/);
    expect(installed.version).toBe(pinned);
  });

  it("is of a server: neither PGlite nor its socket is used", async () => {
    const text = await readFile(path.join(import.meta.dirname, "../../package.json"), "utf8");
    const groups = z.looseObject({ dependencies: z.record(z.string(), z.string()) }).parse(parseJson(text));
    expect(Object.keys(groups.dependencies)).toContain("pg");
    expect(text).not.toContain("pglite");
  });

  it("belongs to the owner, down to the last table, after the application has worked with it", async () => {
    const done: string[] = [];
    const runner = await start({
      name: "owned",
      concurrency: 2,
      expiresAfterSeconds: 300,
      run: async (key) => void done.push(key),
    });
    await runner.wake("owned", ["a"]);
    await eventually(() => done.length === 1);
    await sleep(6_000);
    const { rows } = await owner.query(
      `SELECT c.relname, pg_get_userbyid(c.relowner) AS owner FROM pg_class c
        WHERE c.relnamespace = 'jobs'::regnamespace AND pg_get_userbyid(c.relowner) <> 'lockstep_owner'`,
    );
    expect(rows).toEqual([]);
    const { rows: made } = await owner.query(
      "SELECT has_schema_privilege('lockstep_app', 'jobs', 'CREATE') AS may",
    );
    expect(made).toEqual([{ may: false }]);
  });
});

describe("a queue", () => {
  it("works on many short jobs without waiting between them", async () => {
    const done = new Set<string>();
    const runner = await start({
      name: "short",
      concurrency: 5,
      expiresAfterSeconds: 300,
      run: async (key) => void done.add(key),
    });
    const keys = Array.from({ length: 60 }, (_, index) => `row ${index}`);
    const started = Date.now();
    await runner.wake("short", keys);
    await eventually(() => done.size === keys.length);
    // With the two seconds that a queue is left alone between five and five it were more than twenty.
    expect(Date.now() - started).toBeLessThan(18_000);
  });

  it("leaves a key alone that is queued or worked on already", async () => {
    const runs: string[] = [];
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const runner = await start({
      name: "once",
      concurrency: 2,
      expiresAfterSeconds: 300,
      run: async (key) => {
        runs.push(key);
        await gate;
      },
    });
    await runner.wake("once", ["a"]);
    await eventually(() => runs.length === 1);
    await runner.wake("once", ["a"]);
    await runner.wake("once", ["a", "b"]);
    await sleep(2_500);
    release();
    await eventually(() => runs.length === 2);
    await sleep(1_500);
    expect(runs).toEqual(["a", "b"]);
  });

  it("reports what a job throws and tries it again", async () => {
    const problems: unknown[] = [];
    let tries = 0;
    const runner = await start(
      {
        name: "again",
        concurrency: 1,
        expiresAfterSeconds: 300,
        run: async () => {
          tries += 1;
          if (tries === 1) throw new TypeError("first time");
        },
      },
      problems,
    );
    await runner.wake("again", ["a"]);
    await eventually(() => tries === 2);
    expect(problems).toHaveLength(1);
  });

  it("brings a job whose worker is gone to another soon, by polling alone", async () => {
    const done: string[] = [];
    const queue = {
      name: "lost",
      concurrency: 1,
      expiresAfterSeconds: 300,
      run: async (key: string) => void done.push(key),
    };
    const gone = await start({ ...queue, run: async () => new Promise<void>(() => undefined) });
    await gone.wake("lost", ["a"]);
    const active = async () =>
      owner.query("SELECT id FROM jobs.job WHERE name = 'lost' AND state = 'active'");
    await eventually(async () => (await active()).rows.length === 1);
    // It is gone without a word: what it had counts as unheard of for longer than anybody waits.
    running.pop();
    await gone.stop(0);
    await owner.query(
      `UPDATE jobs.job SET state = 'active', completed_on = NULL, heartbeat_on = now() - interval '1 minute'
        WHERE name = 'lost'`,
    );
    await start(queue);
    await eventually(() => done.length === 1);
    const { rows } = await owner.query("SELECT name FROM jobs.queue WHERE notify");
    expect(rows).toEqual([]);
    const { rows: listening } = await owner.query(
      "SELECT pid FROM pg_stat_activity WHERE application_name = 'lockstep jobs' AND query ILIKE 'listen%'",
    );
    expect(listening).toEqual([]);
  });

  it("waits for what runs when it stops", async () => {
    let ended = false;
    let began = false;
    const runner = await start({
      name: "drain",
      concurrency: 1,
      expiresAfterSeconds: 300,
      run: async () => {
        began = true;
        await sleep(1_500);
        ended = true;
      },
    });
    await runner.wake("drain", ["a"]);
    await eventually(() => began);
    await runner.stop(10_000);
    expect(ended).toBe(true);
  });
});
