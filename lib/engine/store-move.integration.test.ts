import { randomUUID } from "node:crypto";

import { afterAll, beforeAll, expect, test } from "vitest";

import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";
import { storeMove } from "#lib/engine/store-move.ts";
import { planSetUp } from "#lib/mover/set-up.ts";
import { useTestDatabase } from "#lib/people/testing.ts";
import { postgresCellSink } from "#lib/stores/postgres/cell-sink.ts";
import { postgresCellSource } from "#lib/stores/postgres/cell-source.ts";
import { configFor, restoreGolden, run } from "#lib/stores/postgres/testing.ts";

const START = 2_010_005n;
const COMMIT = 2_010_006n;

let close: () => Promise<void>;
let source: TestDatabase;
let destination: TestDatabase;
beforeAll(async () => {
  ({ close } = await useTestDatabase());
  source = await createEmptyDatabase();
  destination = await createEmptyDatabase();
  await restoreGolden(source.superuserUrl, "source");
});
afterAll(async () => {
  await source.drop();
  await destination.drop();
  await close();
});

test("a real store is set up, copied and compared, each stage told apart by what is read of it", async () => {
  const from = { config: configFor(source.superuserUrl) };
  const to = { config: configFor(destination.superuserUrl) };
  const { tables } = await planSetUp(postgresCellSource(from), postgresCellSink(to));
  let newest = 0n;
  const move = storeMove({
    newestThere: async () => newest,
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
  expect((await move.readTables()).differenceCount).toBeGreaterThan(0);
  newest = 8n;
  await expect(move.setUp(7n)).rejects.toMatchObject({ code: "conflict" });
  expect((await move.readTables()).differenceCount).toBeGreaterThan(0);
  await move.setUp(8n);
  expect(await move.readTables()).toMatchObject({ differenceCount: 0, filled: [] });

  expect(await move.readCommit(START)).toBe(null);
  await move.commitStart(START, COMMIT);
  expect(await move.readCommit(START)).toBe(COMMIT);
  await expect(move.commitStart(START, COMMIT + 1n)).rejects.toMatchObject({ code: "conflict" });

  expect(await move.readJob("copy", START)).toMatchObject({ state: "absent" });
  await move.startCopy(START);
  await move.startCopy(START);
  expect(await move.readJob("copy", START)).toMatchObject({ state: "running" });
  await move.work("copy", START, by);
  const copy = await move.readJob("copy", START);
  expect(copy).toMatchObject({ state: "complete", shards: { failed: 0 }, failures: [] });
  expect(copy.counts.cells).toBeGreaterThan(0);
  expect((await move.readTables()).filled.length).toBeGreaterThan(0);

  await move.startComparison(START);
  await move.work("compare", START, by);
  const compared = await move.readJob("compare", START);
  expect(compared).toMatchObject({ state: "complete", counts: { differences: 0 } });
  await move.startComparison(START);
  expect((await move.readJob("compare", START)).run).not.toBe(compared.run);
  await move.close();
});

test("a table that was approved as empty is told, and not dropped, once it holds something", async () => {
  const from = { config: configFor(source.superuserUrl) };
  const made = await createEmptyDatabase();
  const to = { config: configFor(made.superuserUrl) };
  const sink = postgresCellSink(to);
  const metadata = (await postgresCellSource(from).listTables()).find(({ name }) => name === "app.users");
  if (metadata === undefined) throw new Error("no table");
  await sink.createTables([
    { name: "app.users", metadata: metadata.metadata },
    { name: "new.empty", metadata: metadata.metadata },
  ]);
  const { tables } = await planSetUp(postgresCellSource(from), sink);
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
    plan: {
      tables: [...tables],
      dropped: [
        { name: "app.users", versions: 7, bytes: null },
        { name: "new.empty", versions: 0, bytes: null },
      ],
    },
    assess: async () => {
      throw new Error("not asked for here");
    },
  });
  const fill = async (relation: string) =>
    run(made.superuserUrl, `INSERT INTO ${relation} VALUES ('\\x01', '\\x02', 3, '\\x04')`);
  try {
    await fill("app__users");
    expect(await move.readTables()).toMatchObject({ drops: ["app.users", "new.empty"], filledSince: [] });
    await fill("new__empty");
    expect(await move.readTables()).toMatchObject({ filledSince: ["new.empty"] });
    await expect(move.setUp(0n)).rejects.toMatchObject({
      code: "stale",
      message: expect.stringContaining("new.empty") as string,
    });
    expect(await move.readTables()).toMatchObject({ filledSince: ["new.empty"] });
    await run(made.superuserUrl, "DELETE FROM new__empty");
    await move.setUp(0n);
    expect(await move.readTables()).toMatchObject({ differenceCount: 0, filledSince: [] });
  } finally {
    await move.close();
    await made.drop();
  }
});
