import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, expect, test } from "vitest";

import { database } from "#lib/db/client.ts";
import { createTestDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { runName } from "#lib/engine/move-reading.ts";
import { beat, endBeat } from "#lib/health/worker-heartbeat.ts";
import { openConsoleLedger } from "#lib/mover/console-ledger.ts";
import { keepPart } from "#lib/mover/console-metrics.ts";
import { readFormerWorkers } from "#lib/mover/former-workers.ts";

let ours: TestDatabase;

beforeAll(async () => {
  ours = await createTestDatabase();
  process.env["DATABASE_URL"] = ours.appUrl;
});
afterAll(async () => {
  await database().$disconnect();
  await ours.drop();
});

/** A worker on a machine, as it names itself. */
async function worker(host: string) {
  const id = randomUUID();
  await beat(database(), { id, host, processId: 4_711, version: "1" });
  const fallSilent = async () =>
    database()
      .$executeRaw`UPDATE worker_heartbeat SET seen_at = now() - interval '1 hour' WHERE id = ${id}::uuid`;
  return { id, name: `${host} ${id}`, fallSilent };
}

const ms = { source: 1, filter: 1, destination: 1, throttle: 0 };
const DONE = { versions: 1, cells: 1, bytes: 1, bytesRead: 1, ms };

test("who may still write into a store is known by its copies alone: who holds a range, and who fell silent", async () => {
  const [store, other] = [randomUUID(), randomUUID()];
  const runId = runName("copy", store, 7n, 1);
  const ledger = openConsoleLedger(runId);
  const range = { from: null, to: null };
  const estimate = { versions: 1, bytes: 1 };
  const shards = [0, 1, 2].map((id) => ({ id, table: "a.a", range, estimate }));
  await ledger.create({ runId, kind: "copy", start: 7n, shards });
  expect(await readFormerWorkers(store)).toEqual({ holding: 0, silent: [] });

  const [frozen, orderly] = [await worker("one"), await worker("two")];
  await ledger.claim(frozen.name);
  const lease = await ledger.claim(orderly.name);
  const old = await ledger.claim("three of yesterday");
  if (lease === null || old === null) throw new Error("nothing to claim");
  const silentNow = async () => (await readFormerWorkers(store)).silent.map(({ host }) => host);
  expect(await readFormerWorkers(store)).toMatchObject({ holding: 2 });
  // Nothing is known of it any more but that it never gave its range back.
  expect(await silentNow()).toEqual(["three of yesterday"]);
  await ledger.release(old);

  for (const { name } of [frozen, orderly])
    await keepPart(runId, name, { done: DONE, lanes: [], errors: [] });
  await ledger.release(lease);
  expect(await readFormerWorkers(store)).toEqual({ holding: 1, silent: [] });
  await frozen.fallSilent();
  await endBeat(database(), orderly.id);
  const silent = [{ id: frozen.id, host: "one", processId: 4_711, seenAt: expect.any(String) }];
  expect(await readFormerWorkers(store)).toEqual({ holding: 0, silent });
  // Another has taken the range over and done it: the first may still wake up.
  await database()
    .$executeRaw`UPDATE mover_shard SET lease_until = clock_timestamp() WHERE run_id = ${runId} AND state = 'held'`;
  await ledger
    .claim(`four ${randomUUID()}`)
    .then(async (taken) => (taken === null ? null : ledger.release(taken)));
  expect(await readFormerWorkers(store)).toEqual({ holding: 0, silent });

  expect(await readFormerWorkers(other)).toEqual({ holding: 0, silent: [] });
});
