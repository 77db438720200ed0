import { afterAll, beforeAll, describe, expect, test } from "vitest";

import {
  connectAsSuperuser,
  createTestKeyspace,
  order,
  TESTED_RELEASES,
  type TestKeyspace,
} from "#lib/local-cassandra/testing.ts";
import type { AdapterError } from "#lib/errors.ts";
import type { WriteGuard } from "#lib/stores/bound-store.ts";
import { cassandraBoundStore } from "#lib/stores/cassandra/cassandra-bound-store.ts";
import {
  configFor,
  createTable,
  generationFor,
  type Values,
  writeValues,
} from "#lib/stores/cassandra/testing.ts";
import { type FaultProxy, startFaultProxy } from "#lib/stores/cassandra/testing-proxy.ts";
import { boundValue } from "#lib/stores/cassandra/decode.ts";
import type { BoundReading } from "#lib/stores/schema.ts";

const BOUND = 4_010_004n;
const READABLE: Values = { ts: boundValue(BOUND) };
const statement = /APPLY BATCH/;

describe.each(TESTED_RELEASES)("a conditional batch on %s", (release) => {
  let keyspace: TestKeyspace;
  let proxy: FaultProxy;

  beforeAll(async () => {
    keyspace = await createTestKeyspace(release, "network");
    const { server, client, name } = keyspace;
    const { tls } = server;
    proxy = await startFaultProxy({
      host: server.host,
      port: server.port,
      tls: tls === null ? null : { ca: [tls.ca], cert: tls.client.cert, key: tls.client.key },
    });
    await createTable(client, name, generationFor(release));
  });

  afterAll(async () => {
    await proxy.stop();
    await keyspace.client.shutdown();
    const client = await connectAsSuperuser(keyspace.server);
    await client.execute(`DROP KEYSPACE ${keyspace.name}`);
    await client.shutdown();
  });

  const store = (requestTimeoutMs = 12_000) =>
    cassandraBoundStore({
      config: configFor(keyspace.server, keyspace.name, {
        contactPoints: [{ host: "127.0.0.1", port: proxy.port }],
        tls: { mode: "off" },
        requestTimeoutMs,
      }),
    });

  const place = async (values: Values): Promise<WriteGuard> => {
    await writeValues(keyspace.client, keyspace.name, values);
    const { identity, state } = await store().readBound();
    return { identity, expected: state };
  };

  const batches = () => proxy.requests.filter((request) => statement.test(request)).length;

  test("a server that freezes under it leaves the effect open; once it goes on, every view agrees", async () => {
    const guard = await place(READABLE);
    const sent = batches();
    const act = () => order(keyspace.server, "freeze");
    proxy.breakNext({ kind: "before", statement, act });
    try {
      const error = await failure(store(1_500).invalidate(guard));
      expect(error).toMatchObject({ code: "commit-unanswered", effect: "unknown" });
      const unread = await failure(store(1_000).readBack());
      expect(unread).toMatchObject({ code: "no-answer", effect: "none" });
    } finally {
      await order(keyspace.server, "thaw");
    }
    expect(batches()).toBe(sent + 1);
    // The request waited in the server's socket: it is done now, and a repetition is refused by its guard.
    await expectAgreement(await settledBack(), [{ state: "invalidated", kept: BOUND }]);
    expect(await store().invalidate(guard)).toMatchObject({ outcome: "refused", reason: "state-changed" });
  });

  test("a batch that arrives after everybody gave it up is refused: its conditions are fenced off", async () => {
    for (const values of [READABLE, { ts: "00", oldTs: boundValue(BOUND) }, { ts: "00" }]) {
      const guard = await place(values);
      const known = proxy.requests.length;
      proxy.breakNext({ kind: "hang", statement });
      const to = BOUND + 1n;
      expect(await failure(store(1_000).restore(guard, to))).toMatchObject({ effect: "unknown" });
      await expectAgreement(await store().readBack(), [guard.expected]);
      const late = proxy.requests.slice(known).find((request) => statement.test(request)) ?? "";
      const batch = /BEGIN UNLOGGED BATCH[\s\S]*APPLY BATCH/.exec(late)?.[0] ?? "";
      expect((await keyspace.client.execute(batch)).rows[0]?.["[applied]"]).toBe(false);
      const { identity, state } = await store().readBound();
      expect(state).toEqual(guard.expected);
      expect(await store().restore({ identity, expected: state }, to)).toMatchObject({
        outcome: "applied",
        after: { state: "readable", bound: to },
      });
    }
  });

  test.each([
    ["a server error", 0x0000],
    ["an overloaded node", 0x1001],
    ["too few nodes", 0x1000],
    ["a write time-out", 0x1100],
  ])("%s after it was sent leaves the effect open, and nothing is sent again", async (_name, code) => {
    const guard = await place(READABLE);
    const sent = batches();
    proxy.breakNext({ kind: "answer", statement, code });
    expect(await failure(store().invalidate(guard))).toMatchObject({ effect: "unknown" });
    expect(batches()).toBe(sent + 1);
    await expectAgreement(await store().readBack(), [{ state: "invalidated", kept: BOUND }]);
  });

  test("a refusal before it was done has no effect", async () => {
    const guard = await place(READABLE);
    proxy.breakNext({ kind: "answer", statement, code: 0x2200 });
    expect(await failure(store().invalidate(guard))).toMatchObject({ effect: "none" });
  });

  test("somebody else's change between our reading and our batch makes the server refuse it", async () => {
    const guard = await place(READABLE);
    const act = () => writeValues(keyspace.client, keyspace.name, { ts: boundValue(BOUND + 1n) });
    proxy.breakNext({ kind: "before", statement, act });
    expect(await store().invalidate(guard)).toMatchObject({
      outcome: "refused",
      reason: "state-changed",
      found: { state: "readable", bound: BOUND + 1n },
    });
  });

  test("AtlasDB's own migrator that comes first is seen as what was wanted, but not claimed as ours", async () => {
    const guard = await place(READABLE);
    const act = () => writeValues(keyspace.client, keyspace.name, { ts: "00", oldTs: boundValue(BOUND) });
    proxy.breakNext({ kind: "before", statement, act });
    expect(await failure(store().invalidate(guard))).toMatchObject({
      code: "not-as-written",
      effect: "unknown",
    });
    await expectAgreement(await store().readBack(), [{ state: "invalidated", kept: BOUND }]);
  });

  test("a backup cleared by hand is another guard than none at all", async () => {
    const guard = await place({ ...READABLE, oldTs: "" });
    const outcome = await store().invalidate(guard);
    expect(outcome).toMatchObject({ outcome: "applied", after: { state: "invalidated", kept: BOUND } });
    const last = proxy.requests.findLast((request) => statement.test(request));
    expect(last).toContain("IF value = 0x;");
  });

  test("a bound is never set below the documents' backup beside it", async () => {
    const guard = await place({ ts: "00", oldTs: boundValue(5n), tr: boundValue(BOUND) });
    expect(await store().restore(guard, BOUND - 1n)).toMatchObject({
      outcome: "refused",
      reason: "would-decrease",
    });
    expect(await store().restore(guard, BOUND)).toMatchObject({ outcome: "applied" });
  });

  test("a cell written ahead of the clock hides the change: found beforehand, and never called done", async () => {
    const guard = await place({});
    const ahead = BigInt(Date.now() + 600_000) * 1000n;
    const table = `${keyspace.name}."_timestamp"`;
    await keyspace.client.execute(
      `INSERT INTO ${table} (key, column1, column2, value) VALUES (0x7473, 0x7473, -1, 0x${boundValue(BOUND)}) USING TIMESTAMP ${ahead}`,
    );
    const { findings } = await store().readRights();
    expect(findings.find(({ code }) => code === "written-in-future")).toMatchObject({ verdict: "blocking" });
    const { state } = await store().readBound();
    const error = await failure(store().invalidate({ ...guard, expected: state }));
    expect(error).toMatchObject({ code: "not-as-written", effect: "unknown" });
    await keyspace.client.execute(`TRUNCATE ${table}`);
  });

  // Last, because the session of the test does not outlive the server either.
  test("a server that is killed under it leaves the effect open; when it is back, every view agrees", async () => {
    const guard = await place(READABLE);
    const sent = batches();
    let killed: Promise<void> = Promise.resolve();
    const act = () => (killed = order(keyspace.server, "kill"));
    proxy.breakNext({ kind: "after", statement, act });
    let outcome: string;
    try {
      outcome = await store(5_000)
        .invalidate(guard)
        .then(
          (done) => done.outcome,
          (error: AdapterError) => error.effect,
        );
    } finally {
      await killed;
      await order(keyspace.server, "start");
    }
    expect(outcome).toBe("unknown");
    expect(batches()).toBe(sent + 1);
    const views = await settledBack();
    await expectAgreement(views, [guard.expected, { state: "invalidated", kept: BOUND }]);
    const [first] = views;
    if (first?.state.state === "readable") {
      const again = { identity: first.identity, expected: first.state };
      expect(await store().invalidate(again)).toMatchObject({ outcome: "applied" });
    }
  });

  async function settledBack(): Promise<readonly BoundReading[]> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await store().readBack();
      } catch (error) {
        if (attempt >= 20) throw error;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }
});

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => ({ resolved: value }),
    (error: unknown) => error,
  );
}

async function expectAgreement(
  views: readonly BoundReading[],
  allowed: readonly BoundReading["state"][],
): Promise<void> {
  expect(views.map(({ view }) => view)).toEqual(["serial", "dc1 local quorum"]);
  const [first] = views;
  expect(allowed).toContainEqual(first?.state);
  for (const { state } of views) expect(state).toEqual(first?.state);
}
