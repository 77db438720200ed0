import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { APP_ROLE, CONSOLE_DATABASE, ensureConsoleDatabase, OWNER_ROLE } from "#lib/db/console-roles.ts";
import { database } from "#lib/db/client.ts";
import { applySchemaChanges } from "#lib/db/schema-changes.ts";
import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { openConsoleLedger } from "#lib/mover/console-ledger.ts";
import { openFileLedger } from "#lib/mover/file-ledger.ts";
import type { Ledger } from "#lib/mover/ledger.ts";
import type { OnProgress } from "#lib/mover/progress.ts";
import { runComparison, runCopy } from "#lib/mover/run-copy.ts";
import { seededRandom } from "#lib/mover/testing-random.ts";
import { run, withSession } from "#lib/stores/postgres/testing.ts";
import {
  comparisonOf,
  type CopyUrls,
  openStores,
  prepareCopy,
  runParts,
  wrongWithCopy,
} from "#lib/stores/postgres/testing-copy.ts";
import { type CrashingServer, startCrashingServer } from "#lib/stores/postgres/testing-restarts.ts";
import { seedStore } from "#lib/stores/postgres/testing-seed.ts";

const CELLS = 2_000;
const random = seededRandom("restarts of Postgres");

let crashing: CrashingServer;
let steady: TestDatabase;
let folder: string;

async function seed(url: string): Promise<void> {
  await withSession(url, async (client) => seedStore(client, { cells: CELLS, versions: 2, valueBytes: 40 }));
}

beforeAll(async () => {
  crashing = await startCrashingServer();
  steady = await createEmptyDatabase();
  await run(crashing.url("postgres"), "CREATE DATABASE source");
  await seed(steady.superuserUrl);
  await seed(crashing.url("source"));
  await run(crashing.url("postgres"), "CHECKPOINT");
});
afterAll(async () => {
  await crashing.remove();
  await steady.drop();
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lockstep-restarts-"));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

/** Crashes the server at two of the first sixty chunks; `retried` is what the lanes then met. */
function crashes(): { readonly onProgress: OnProgress; readonly over: () => Promise<readonly string[]> } {
  const at = new Set([random.between(2, 30), random.between(30, 60)]);
  const retried: string[] = [];
  let chunks = 0;
  let last: Promise<void> = Promise.resolve();
  return {
    onProgress(event) {
      if (event.kind === "retry") retried.push(event.code);
      if (event.kind === "failed") retried.push(`failed: ${event.failure.message}`);
      if (event.kind !== "chunk") return;
      chunks += 1;
      if (!at.has(chunks)) return;
      last = last.then(async () => {
        await crashing.crash();
        await sleep(random.between(0, 300));
        await crashing.start();
      });
    },
    async over() {
      await last;
      return retried;
    },
  };
}

async function copyAndCompare(urls: CopyUrls, ledgers: { copy: Ledger; compare: Ledger }, name: string) {
  await prepareCopy(urls, ledgers.copy, name);
  const stores = openStores(urls);
  const copying = crashes();
  expect(await runCopy({ ...stores, ...runParts(ledgers.copy, copying.onProgress) })).toBe("done");
  const retried = [...(await copying.over())];

  await ledgers.compare.create(comparisonOf(await ledgers.copy.plan(), `${name}-compare`));
  const comparing = crashes();
  const parts = { ...runParts(ledgers.compare, comparing.onProgress), destination: stores.copy };
  expect(await runComparison({ source: stores.source, ...parts })).toBe("done");
  retried.push(...(await comparing.over()));
  expect(await ledgers.compare.differences(10)).toEqual([]);
  expect(await wrongWithCopy(urls, ledgers.copy, CELLS)).toEqual([]);
  for (const store of Object.values(stores)) await store.close();
  return retried;
}

describe("Postgres that crashes and comes back, during a copy and during a comparison", () => {
  test.each(["source", "destination"] as const)("as the %s costs chunks, and no cell", async (role) => {
    await run(
      crashing.url("postgres"),
      "DROP DATABASE IF EXISTS destination WITH (FORCE)",
      "CREATE DATABASE destination",
    );
    const empty = await createEmptyDatabase();
    const urls: CopyUrls =
      role === "source"
        ? { source: crashing.url("source"), destination: empty.superuserUrl }
        : { source: steady.superuserUrl, destination: crashing.url("destination") };
    const copy = await openFileLedger(path.join(folder, "copy"));
    const compare = await openFileLedger(path.join(folder, "compare"));
    const retried = await copyAndCompare(urls, { copy, compare }, role);
    // Else the fault passed unnoticed and proves nothing.
    expect(retried.length).toBeGreaterThan(0);
    expect(retried.filter((code) => code.startsWith("failed"))).toEqual([]);
    for (const ledger of [copy, compare]) await ledger.close();
    await empty.drop();
  });

  test("as the ledger's database is waited for, and the copy goes on where it was", async () => {
    const passwords = { owner: "owner", app: "app" };
    await ensureConsoleDatabase(crashing.url("postgres"), passwords);
    const ownerUrl = crashing.urlFor(CONSOLE_DATABASE, { name: OWNER_ROLE, password: passwords.owner });
    await applySchemaChanges({ ownerUrl, appRole: APP_ROLE });
    await run(
      crashing.url("postgres"),
      `ALTER DATABASE ${CONSOLE_DATABASE} SET synchronous_commit = on`,
      "CHECKPOINT",
    );
    process.env["DATABASE_URL"] = crashing.urlFor(CONSOLE_DATABASE, {
      name: APP_ROLE,
      password: passwords.app,
    });
    const empty = await createEmptyDatabase();
    const urls = { source: steady.superuserUrl, destination: empty.superuserUrl };
    const ledgers = { copy: openConsoleLedger("ledger"), compare: openConsoleLedger("ledger-compare") };
    const retried = await copyAndCompare(urls, ledgers, "ledger");
    expect(retried.filter((code) => code.startsWith("failed"))).toEqual([]);
    await database().$disconnect();
    await empty.drop();
  });
});
