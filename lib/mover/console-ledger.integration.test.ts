import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { database } from "#lib/db/client.ts";
import { createTestDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { openConsoleLedger } from "#lib/mover/console-ledger.ts";
import { NO_COUNTS } from "#lib/mover/counts.ts";
import type { RunPlan } from "#lib/mover/ledger.ts";
import { ledgerContract } from "#lib/mover/ledger-contract.ts";

let ours: TestDatabase;
let runId: string;

beforeAll(async () => {
  ours = await createTestDatabase();
  process.env["DATABASE_URL"] = ours.appUrl;
});
afterAll(async () => {
  await database().$disconnect();
  await ours.drop();
});

describe("the ledger in the console's database", () => {
  ledgerContract({
    open: async () => {
      runId = randomUUID();
      return openConsoleLedger(runId);
    },
    runId: () => runId,
    restart: async () => openConsoleLedger(runId),
    expire: async (ledger) => {
      await database()
        .$executeRaw`UPDATE mover_shard SET lease_until = clock_timestamp() - interval '1 second' WHERE run_id = ${runId} AND state = 'held'`;
      return ledger;
    },
  });

  const plan = (shards: number): RunPlan => ({
    runId,
    kind: "compare",
    start: 5n,
    shards: Array.from({ length: shards }, (_, id) => ({
      id,
      table: "t.t",
      range: { from: null, to: null },
      estimate: { versions: null, bytes: null },
    })),
  });

  test("hands each shard to one of many workers that ask at once, and takes back what a dead one held", async () => {
    runId = randomUUID();
    const ledger = openConsoleLedger(runId);
    await ledger.create(plan(20));
    const claims = await Promise.all(
      Array.from({ length: 30 }, async (_, index) => openConsoleLedger(runId).claim(`worker-${index}`)),
    );
    const ids = claims.flatMap((lease) => (lease === null ? [] : [lease.shard.id]));
    // A worker that finds all it sees locked goes without and asks again.
    expect(new Set(ids).size).toBe(ids.length);
    const held = claims.find((lease) => lease !== null);
    if (held === undefined || held === null) throw new Error("nobody got a shard");
    await database()
      .$executeRaw`UPDATE mover_shard SET lease_until = clock_timestamp() - interval '1 second' WHERE run_id = ${runId} AND id = ${held.shard.id}`;
    for (let tries = 0; tries <= 20; tries += 1) await ledger.claim("later");
    const state = (await ledger.shards())[held.shard.id];
    expect(state).toMatchObject({ state: "held", worker: "later", attempt: 2 });
    await expect(
      ledger.checkpoint(held, { sequence: 1, next: null, counts: NO_COUNTS }),
    ).rejects.toMatchObject({
      code: "lease-lost",
    });
    // One sign of life keeps a shard; it is not taken over before its time.
    expect(await ledger.claim("never")).toBeNull();
  });
});
