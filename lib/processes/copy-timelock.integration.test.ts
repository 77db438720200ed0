import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";

import { createEmptyDatabase, type TestDatabase } from "#lib/db/testing.ts";
import type { CopySurroundings } from "#lib/processes/copy-command.ts";
import { copyAsJson, isOf } from "#lib/processes/testing-copy.ts";
import { type SimulatedTimelock, startSimulatedTimelock } from "#lib/sandbox/simulated-timelock.ts";
import { restoreGolden, run, withSession } from "#lib/stores/postgres/testing.ts";
import { createHttpTimelock } from "#lib/timelock/http-timelock.ts";
import { timelockConfigSchema } from "#lib/timelock/schema.ts";
import type { Timelock } from "#lib/timelock/timelock.ts";
import { parseJson } from "#lib/timestamps/json.ts";

let folder: string;
let cluster: SimulatedTimelock;
let client: Timelock;
let embedded: TestDatabase;
let invalidated: TestDatabase;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lockstep-copy-timelock-"));
  cluster = await startSimulatedTimelock({ quorumWaitMs: 200 });
  const nodes = cluster.urls.map((url) => ({ url }));
  client = createHttpTimelock(timelockConfigSchema.parse({ nodes }));
  [embedded, invalidated] = [await createEmptyDatabase(), await createEmptyDatabase()];
  await restoreGolden(embedded.superuserUrl, "source");
  // The same store as a service on TimeLock leaves it.
  await restoreGolden(invalidated.superuserUrl, "source");
  await run(
    invalidated.superuserUrl,
    "ALTER TABLE _timestamp RENAME last_allocated TO legacy_last_allocated",
  );
});
afterAll(async () => {
  await client.close();
  await cluster.close();
  await embedded.drop();
  await invalidated.drop();
  await rm(folder, { recursive: true, force: true });
});

let destination: TestDatabase;
let count = 0;
beforeEach(async () => {
  destination = await createEmptyDatabase();
  count += 1;
});
afterEach(async () => destination.drop());

/** AtlasDB's install and runtime file of a service; without a namespace its bound is embedded. */
async function filesOf(which: "source" | "destination", url: string, namespace: string | null) {
  const { hostname, port, pathname, username, password } = new URL(url);
  const install = `atlasdb:
  namespace: ${namespace ?? pathname.slice(1)}
  keyValueService:
    type: relational
    namespace: ${namespace ?? pathname.slice(1)}
    ddl: {type: postgres}
    connection:
      type: postgres
      host: ${hostname}
      port: ${port}
      dbName: ${pathname.slice(1)}
      dbLogin: ${username}
      dbPassword: ${password}
      connectionParameters: {sslmode: disable}
${namespace === null ? "" : `  timelock: {client: ${namespace}}\n`}`;
  const runtime = `logging: {level: INFO}
atlasdb:
  timelockRuntime:
    serversList:
      servers: [${cluster.urls.join(", ")}]
      sslConfiguration: {trustStorePath: var/security/trust.jks}
`;
  const named = (kind: string) => path.join(folder, `${which}-${kind}-${count}.yml`);
  await writeFile(named("install"), install);
  await writeFile(named("runtime"), runtime);
  return [
    `--${which}`,
    named("install"),
    ...(namespace === null ? [] : [`--${which}-runtime`, named("runtime")]),
  ];
}

type Place = { readonly url: string; readonly namespace: string | null };

async function copy(
  stage: string,
  from: Place,
  to: Place,
  more: readonly string[] = [],
  around: Partial<CopySurroundings> = {},
) {
  const sides = [
    ...(await filesOf("source", from.url, from.namespace)),
    ...(await filesOf("destination", to.url, to.namespace)),
  ];
  const state = path.join(folder, `state-${count}`);
  return copyAsJson(folder, [stage, ...sides, "--state-dir", state, "--yes", ...more], around);
}

const long = (value: unknown) => BigInt(String(value));

/** X < S < C < what the next client gets. */
async function expectChain(result: Readonly<Record<string, unknown>>, namespace: string) {
  const { first: next } = await client.freshTimestamps(namespace, 1);
  const chain = [long(result["x"]), long(result["s"]), long(result["c"]), next];
  expect(chain).toEqual(chain.toSorted((a, b) => (a < b ? -1 : 1)));
  expect(new Set(chain).size).toBe(4);
}

describe("copy with a TimeLock", () => {
  test("on the destination's side: a new namespace is declared, raised, and gives S and C", async () => {
    const from = { url: embedded.superuserUrl, namespace: null };
    const to = { url: destination.superuserUrl, namespace: "orders-new" };
    const unknown = await copy("run", from, to);
    expect(unknown.code).toBe(1);
    expect(unknown.result["message"]).toContain("TimeLock does not know the destination's namespace");
    expect(cluster.storedBound("orders-new")).toBeNull();

    const { code, result } = await copy("run", from, to, ["--accept", "move.destination-namespace"]);
    expect(result).toMatchObject({ ok: true, x: "1010001", counts: { cells: 1_286n, differences: 0n } });
    expect(code).toBe(0);
    await expectChain(result, "orders-new");
    // Timestamps come from TimeLock, so the store must not get a readable bound of its own.
    const bounds = await withSession(destination.superuserUrl, async (session) =>
      session.query("SELECT 1 FROM pg_tables WHERE tablename = '_timestamp'"),
    );
    expect(bounds.rows).toEqual([]);
  });

  test("on both sides, through a change of leader, with the source's bound invalidated", async () => {
    await client.fastForward("orders", 9_007_199_254_740_993n);
    const from = { url: invalidated.superuserUrl, namespace: "orders" };
    const to = { url: destination.superuserUrl, namespace: "orders-moved" };
    await client.ping("orders-moved");
    expect((await copy("setup", from, to)).code).toBe(0);
    cluster.loseLeader("orders-moved");
    const migrated = await copy("migrate", from, to);
    expect(migrated.result).toMatchObject({ ok: true });
    expect(long(migrated.result["x"])).toBeGreaterThanOrEqual(9_007_199_254_740_993n);
    cluster.loseLeader("orders");
    const { code, result } = await copy("run", from, to);
    expect(result).toMatchObject({ ok: true, s: migrated.result["s"], c: migrated.result["c"] });
    expect(code).toBe(0);
    await expectChain(result, "orders-moved");
  });

  test("that is away all the time copies every cell, and repeats nothing but what needs it", async () => {
    await client.fastForward("away", 6_000_000n);
    await client.ping("away-moved");
    const from = { url: invalidated.superuserUrl, namespace: "away" };
    const to = { url: destination.superuserUrl, namespace: "away-moved" };
    expect((await copy("setup", from, to)).code).toBe(0);
    const nodes = cluster.urls.map((_url, index) => index);
    const begun: unknown[] = [];
    const stopped: Promise<void>[] = [];
    const migrated = await copy("migrate", from, to, [], {
      out: (line) => {
        if (stopped.length > 0 || !line.includes('"type":"progress"')) return;
        begun.push(parseJson(line));
        cluster.loseQuorum();
        stopped.push(...nodes.map(async (node) => cluster.stopNode(node)));
      },
    });
    await Promise.all(stopped);
    // S and C stood before; not one cell did.
    expect(begun).toMatchObject([{ stage: "migrate", counts: { cells: 0n } }]);
    const last = migrated.lines.filter(isOf("progress")).at(-1);
    expect(last).toMatchObject({ counts: { cells: 1_286n } });
    expect(last?.["shardsDone"]).toBe(last?.["shards"]);
    // Whether the source stood still nobody can say now.
    expect(migrated).toMatchObject({ code: 1, result: { ok: false, failed: "migrate" } });
    expect(migrated.result["next"]).toContain("copy migrate");
    expect(migrated.result["proven"]).toHaveLength(3);

    const still = await copy("migrate", from, to);
    expect(still).toMatchObject({ code: 1, result: { ok: false, failed: "migrate" } });
    for (const node of nodes) await cluster.startNode(node);
    cluster.regainQuorum();
    const { code, result } = await copy("run", from, to);
    const { s: start, c: commit } = migrated.result;
    expect(result).toMatchObject({ ok: true, s: start, c: commit, counts: { cells: 1_286n } });
    expect(code).toBe(0);
    await expectChain(result, "away-moved");
  });

  test("with one and the same namespace on both sides, which is normal", async () => {
    await client.fastForward("shared", 5_000_000n);
    const from = { url: invalidated.superuserUrl, namespace: "shared" };
    const { code, result } = await copy("run", from, { url: destination.superuserUrl, namespace: "shared" });
    expect(result).toMatchObject({ ok: true, counts: { differences: 0n } });
    expect(code).toBe(0);
    await expectChain(result, "shared");
  });

  test("on the source's side: what a client takes there makes the copy void", async () => {
    await client.fastForward("busy", 7_000_000n);
    await client.freshTimestamps("busy", 1);
    const from = { url: invalidated.superuserUrl, namespace: "busy" };
    const to = { url: destination.superuserUrl, namespace: null };
    for (const stage of ["setup", "migrate"]) expect((await copy(stage, from, to)).code).toBe(0);
    // A service that runs uses up what was set aside for it.
    await client.fastForward("busy", long(cluster.storedBound("busy")) + 1n);
    await client.freshTimestamps("busy", 1);
    const spoilt = await copy("validate", from, to);
    expect(spoilt.code).toBe(1);
    expect(spoilt.result["message"]).toMatch(/sequence moved from \d+ to \d+ .*the copy is void/);
    expect(spoilt.result["next"]).toContain("copy setup");
  });

  test("is needed where the files say so, and is refused with what to name", async () => {
    const to = await filesOf("destination", destination.superuserUrl, null);
    const [, install = ""] = await filesOf("source", invalidated.superuserUrl, "orders");
    const { code, lines, result } = await copyAsJson(folder, ["assess", "--source", install, ...to]);
    expect(code).toBe(1);
    expect(result["message"]).toMatch(/--source-runtime|serversList/);
    expect(lines.filter(isOf("finding"))).toEqual([]);
  });

  test("whose nodes are silent stops the copy before anything is changed", async () => {
    const from = { url: embedded.superuserUrl, namespace: null };
    const lost = await startSimulatedTimelock();
    const url = `${destination.superuserUrl}?sslmode=disable&namespace=any&timelock=${encodeURIComponent(lost.urls.join(","))}`;
    await lost.close();
    const state = path.join(folder, `state-${count}`);
    const source = await filesOf("source", from.url, null);
    const { code, result } = await copyAsJson(folder, [
      "run",
      ...source,
      "--destination",
      url,
      "--state-dir",
      state,
      "--yes",
    ]);
    expect(code).toBe(1);
    expect(result).toMatchObject({ failed: "assess", proven: [] });
    const made = await withSession(destination.superuserUrl, async (session) =>
      session.query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'"),
    );
    expect(made.rows).toEqual([]);
  });
});
