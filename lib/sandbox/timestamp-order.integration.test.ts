import fc from "fast-check";
import type { Pool } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type TestDatabase, createEmptyDatabase } from "#lib/db/testing.ts";
import { migrateToTimelock } from "#lib/sandbox/automated-migrator.ts";
import { postgresServiceStore } from "#lib/sandbox/postgres-service-store.ts";
import { createTimestampTable, embeddedBound, isInvalidatedStore } from "#lib/sandbox/embedded-bound.ts";
import { NOTHING_ISSUED, issuedLog } from "#lib/sandbox/issued-log.ts";
import { openPool } from "#lib/sandbox/store-connection.ts";
import { connectionOf, memoryTimelock } from "#lib/sandbox/testing.ts";
import { type TimestampSource, embeddedTimestamps } from "#lib/sandbox/timestamp-source.ts";

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createEmptyDatabase();
  pool = openPool(connectionOf(database), "orders-1");
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

type Event =
  | { readonly kind: "issue"; readonly count: number }
  | { readonly kind: "start-embedded" | "start-timelock" | "crash" | "restart-timelock" };

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.integer({ min: 1, max: 4 }).map((count) => ({ kind: "issue" as const, count })),
  },
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      { kind: "start-embedded" as const },
      { kind: "start-embedded" as const },
      { kind: "start-timelock" as const },
      { kind: "crash" as const },
      { kind: "restart-timelock" as const },
    ),
  },
);

/** Plays the events as one service at a time would live through them; whatever it was given is in the log. */
async function live(events: readonly Event[]) {
  await pool.query("DROP TABLE IF EXISTS _timestamp");
  const timelock = memoryTimelock();
  const log = issuedLog(NOTHING_ISSUED, () => new Date());
  let source: TimestampSource | null = null;
  let migrated = false;
  const refusedEmbedded: boolean[] = [];
  for (const event of events) {
    switch (event.kind) {
      case "issue":
        for (let done = 0; done < event.count; done += 1) await source?.fresh();
        break;
      case "start-embedded": {
        source = null;
        await createTimestampTable(pool);
        const started = await embeddedTimestamps(embeddedBound(pool)).catch((error: unknown) => {
          if (!isInvalidatedStore(error)) throw error;
          return null;
        });
        refusedEmbedded.push((started === null) === migrated);
        source = started === null ? null : log.watch(started);
        break;
      }
      case "start-timelock":
        await migrateToTimelock(postgresServiceStore(pool), timelock, "orders");
        migrated = true;
        source = log.watch({ fresh: async () => timelock.fresh("orders") });
        break;
      case "crash":
        source = null;
        break;
      case "restart-timelock":
        timelock.restart();
        break;
    }
  }
  return { totals: log.totals(), recent: log.recent(), refusedEmbedded };
}

describe("over random lives of one service", () => {
  test("no timestamp is issued twice or out of order, and embedded starts fail exactly after the migration", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 14 }), async (events) => {
        const { totals, recent, refusedEmbedded } = await live([{ kind: "start-embedded" }, ...events]);
        expect(totals.faultCount).toBe(0);
        expect(recent).toEqual([...new Set(recent)].toSorted((a, b) => (a < b ? -1 : 1)));
        expect(refusedEmbedded).not.toContain(false);
      }),
      { numRuns: 60 },
    );
  });

  test("the log would notice: TimeLock without the fast-forward issues what was issued before", async () => {
    await pool.query("DROP TABLE IF EXISTS _timestamp");
    const timelock = memoryTimelock();
    const log = issuedLog(NOTHING_ISSUED, () => new Date());
    await createTimestampTable(pool);
    await log.watch(await embeddedTimestamps(embeddedBound(pool))).fresh();
    await log.watch({ fresh: async () => timelock.fresh("orders") }).fresh();
    expect(log.totals()).toMatchObject({
      faultCount: 1,
      faults: [{ issued: "1", highestBefore: "10001" }],
    });
  });
});
