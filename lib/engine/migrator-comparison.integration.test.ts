import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, expect, test } from "vitest";

import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { storeMove } from "#lib/engine/store-move.ts";
import { openConsoleLedger } from "#lib/mover/console-ledger.ts";
import { planSetUp } from "#lib/mover/set-up.ts";
import { useTestDatabase } from "#lib/people/testing.ts";
import { postgresCellSink } from "#lib/stores/postgres/cell-sink.ts";
import { postgresCellSource } from "#lib/stores/postgres/cell-source.ts";
import { dumpStore, readGoldenDump, restoreDump } from "#lib/stores/postgres/testing-dump.ts";
import { configFor, restoreGolden, withSession } from "#lib/stores/postgres/testing.ts";

/** Taken after AtlasDB's own migrator has run, above everything that it left. */
const START = 3_000_001n;
const COMMIT = 3_000_002n;
/** Of the transaction in which it wrote its cells. */
const ITS_START = 2_010_005n;
const CELLS = 1_286;

let close: () => Promise<void>;
let source: TestDatabase;
let destination: TestDatabase;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
  source = await createEmptyDatabase();
  destination = await createEmptyDatabase();
  await restoreGolden(source.superuserUrl, "source");
  await restoreDump(destination.superuserUrl, await readGoldenDump("destination-after-migrate"));
});
afterAll(async () => {
  await source.drop();
  await destination.drop();
  await close();
});

async function moveByHand() {
  const from = { config: configFor(source.superuserUrl) };
  const to = { config: configFor(destination.superuserUrl) };
  const { tables } = await planSetUp(postgresCellSource(from), postgresCellSink(to));
  const move = storeMove({
    newestThere: async () => 0n,
    source: { openSource: async () => postgresCellSource(from) },
    destination: {
      name: "destination",
      openSource: async () => postgresCellSource(to),
      openSink: async () => postgresCellSink(to),
    },
    takeStart: async () => ({ start: START, commit: COMMIT }),
    destinationStoreId: randomUUID(),
    plan: { tables: [...tables], dropped: [] },
    assess: async () => {
      throw new Error("not asked for here");
    },
  });
  const by = { worker: "test", signal: AbortSignal.timeout(60_000) };
  return {
    move,
    compare: async (versions?: "newest") => {
      await move.startComparison(START);
      await move.work("compare", START, { ...by, versions });
      const { run, state, counts } = await move.readJob("compare", START);
      const found = await openConsoleLedger(run).differences(100);
      return { state, cells: counts.cells, differences: counts.differences, found };
    },
  };
}

test("what AtlasDB's own migrator has written is found equal, and each way of being different is found", async () => {
  const { move, compare } = await moveByHand();
  await move.commitStart(START, COMMIT);
  const before = await dumpStore(source.superuserUrl);
  expect(await compare("newest")).toEqual({ state: "complete", cells: CELLS, differences: 0, found: [] });
  // Its command line makes this one whenever it starts.
  const { differences } = await move.readTables();
  expect(differences.map(({ name }) => name)).toEqual(["compact.metadata"]);

  await withSession(destination.superuserUrl, async (client) => {
    const nth = "SELECT row_name, col_name FROM app__users ORDER BY 1, 2 LIMIT 1 OFFSET";
    const later = async (offset: number, start: bigint, value: string) =>
      client.query(
        `INSERT INTO app__users SELECT row_name, col_name, $1, ${value} FROM app__users
         WHERE (row_name, col_name) = (${nth} ${offset})`,
        [String(start)],
      );
    // Nobody committed it, so nobody will ever see it.
    await later(1, ITS_START + 900_000n, "'never'");
    // Written again with the same bytes by a later transaction of its own: (2010009, 2010010) stands in the dump.
    await later(3, 2_010_009n, "val");
  });
  expect(await compare("newest")).toMatchObject({ state: "complete", cells: CELLS, differences: 0 });

  await withSession(destination.superuserUrl, async (client) => {
    await client.query(
      `UPDATE app__users SET val = val || 'x' WHERE ts = $1
       AND (row_name, col_name) = (SELECT row_name, col_name FROM app__users ORDER BY 1, 2 LIMIT 1 OFFSET 6)`,
      [String(ITS_START)],
    );
  });
  const { state, differences: count, found } = await compare("newest");
  expect({ state, count }).toEqual({ state: "complete", count: 1 });
  expect(found.map(({ table, kind }) => `${table} ${kind}`)).toEqual(["app.users value"]);

  // Judged as a copy of ours, which it is not, none of its versions would do: they are not at S.
  expect((await compare()).differences).toBeGreaterThanOrEqual(CELLS);
  expect(await dumpStore(source.superuserUrl)).toEqual(before);
  await move.close();
}, 120_000);
