import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";

import {
  type SimulatedTimelock,
  type SimulatedTimelockOptions,
  startSimulatedTimelock,
} from "#lib/sandbox/simulated-timelock.ts";
import { type BoundJournal, fileJournal, memoryJournal } from "#lib/sandbox/timelock/bound-journal.ts";
import { createHttpTimelock } from "#lib/timelock/http-timelock.ts";
import { timelockConfigSchema } from "#lib/timelock/schema.ts";
import { thrownBy } from "#lib/timelock/timelock-contract.ts";
import type { Timelock } from "#lib/timelock/timelock.ts";
import { LONG_MAX } from "#lib/timestamps/long.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

async function start(
  options: SimulatedTimelockOptions = {},
): Promise<{ cluster: SimulatedTimelock; timelock: Timelock }> {
  const cluster = await startSimulatedTimelock({
    electionMs: 20,
    leaderCacheMs: 30,
    quorumWaitMs: 20,
    ...options,
  });
  const timeouts = { connectMs: 500, answerMs: 1_000, searchMs: 3_000 };
  const timelock = createHttpTimelock(
    timelockConfigSchema.parse({ nodes: cluster.urls.map((url) => ({ url })), timeouts }),
  );
  open.push(cluster, timelock);
  return { cluster, timelock };
}

const post = (url: string | undefined, body?: string): Promise<Response> =>
  fetch(`${url}`, {
    method: "POST",
    redirect: "manual",
    headers: { authorization: "Bearer q", "content-type": "application/json" },
    body: body ?? null,
  });

describe("persistence", () => {
  test("bounds live in a file: after everything stopped, the next cluster starts above them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lockstep-timelock-"));
    open.push({ close: async () => rmSync(folder, { recursive: true }) });
    const journal = (): BoundJournal => fileJournal(join(folder, "deep", "bounds.json"));
    const first = await start({ journal: journal() });
    await first.timelock.fastForward("__proto__", 2n ** 62n);
    await first.timelock.ping("only-pinged");
    await first.cluster.close();
    const second = await start({ journal: journal() });
    expect((await second.timelock.namespaces()).namespaces).toEqual(["__proto__", "only-pinged"]);
    expect((await second.timelock.freshTimestamps("__proto__", 1)).first).toBe(2n ** 62n + 1_000_001n);
  });

  test("a bound is on disk before the answer leaves", async () => {
    const memory = memoryJournal();
    const saves: bigint[] = [];
    const journal: BoundJournal = {
      ...memory,
      save: (nodes) => (saves.push(nodes[0]?.get("a")?.bound ?? -1n), memory.save(nodes)),
    };
    const { timelock } = await start({ journal });
    await timelock.fastForward("a", 900n);
    expect(saves.at(-1)).toBe(1_000_900n);
  });

  test("a node that was down lags behind until the next write, and does not hide the bound", async () => {
    const { cluster, timelock } = await start();
    await timelock.fastForward("a", 900n);
    const follower = [0, 1, 2].find((index) => index !== cluster.leader("a")) ?? 0;
    await cluster.stopNode(follower);
    await timelock.fastForward("a", 5_000_000n);
    await cluster.startNode(follower);
    const learned = await timelock.learnedBound("a");
    expect(learned).toMatchObject({ state: "known", bound: 6_000_000n });
    expect(learned.perNode[follower]?.outcome).toMatchObject({
      ok: true,
      value: { state: "value", bound: 1_000_900n },
    });
    expect(cluster.storedBound("a")).toBe(6_000_000n);
  });

  test("a database-backed cluster begins at 10,001 and has no learned values", async () => {
    const { timelock } = await start({ persister: "database" });
    expect((await timelock.freshTimestamps("a", 1)).first).toBe(10_001n);
    expect(await timelock.learnedBound("a")).toMatchObject({ state: "none" });
  });
});

describe("leaders", () => {
  test("a virgin cluster has none; the first ping elects one; a stopped node is refused and comes back at its address", async () => {
    const { cluster, timelock } = await start();
    expect(await timelock.health(null)).toMatchObject({
      quorum: { state: "likely" },
      leader: { state: "none" },
    });
    const { node } = await timelock.ping("a");
    const leader = cluster.leader("a") ?? 0;
    expect(node).toBe(cluster.urls[leader]);
    await cluster.stopNode(leader);
    expect(cluster.isUp(leader)).toBe(false);
    const other = await timelock.ping("a");
    expect(other.node).not.toBe(node);
    expect((await timelock.health("a")).nodes[leader]?.failure).toMatchObject({ code: "refused" });
    await cluster.startNode(leader);
    expect((await timelock.health("a")).nodes.map(({ failure }) => failure)).toEqual([null, null, null]);
  });

  test.for(["leader-lost-before", "leader-lost-after"] as const)(
    "%s: the client finds the next leader and the fast-forward holds",
    async (fault) => {
      const { cluster, timelock } = await start();
      await timelock.ping("a");
      cluster.failNextFastForward(fault);
      expect(await timelock.fastForward("a", 900n)).toMatchObject({ to: 900n });
      expect((await timelock.freshTimestamps("a", 1)).first > 900n).toBe(true);
    },
  );

  test("a leader that lost its quorum waits for it before it gives up", async () => {
    const { cluster, timelock } = await start({ quorumWaitMs: 500 });
    await timelock.ping("a");
    cluster.loseQuorum();
    setTimeout(() => cluster.regainQuorum(), 60);
    const started = performance.now();
    expect(await timelock.freshTimestamps("a", 1)).toMatchObject({ first: 1n });
    expect(performance.now() - started).toBeGreaterThan(40);
  });

  test("a restart loses no bound and every leader", async () => {
    const { cluster, timelock } = await start();
    await timelock.fastForward("a", 900n);
    await cluster.restart();
    expect(cluster.leader("a")).toBeNull();
    expect((await timelock.freshTimestamps("a", 1)).first).toBe(1_000_901n);
  });
});

describe("what else can go wrong", () => {
  test("a node takes no more clients than its limit; those it has go on", async () => {
    const { timelock } = await start({ clientLimit: 1 });
    await timelock.ping("a");
    expect(await thrownBy(timelock.freshTimestamps("b", 1))).toMatchObject({
      code: "server-error",
      effect: "unknown",
    });
    expect(await timelock.freshTimestamps("a", 1)).toMatchObject({ first: 1n });
  });

  test("invalidateResources cures a poisoned namespace", async () => {
    const { cluster, timelock } = await start();
    await timelock.freshTimestamps("a", 1);
    const leader = cluster.urls[cluster.leader("a") ?? 0];
    expect(
      (await post(`${leader}/a/timestamp-management/fast-forward?currentTimestamp=${LONG_MAX}`)).status,
    ).toBe(500);
    expect((await thrownBy(timelock.freshTimestamps("a", 1))).code).toBe("namespace-poisoned");
    expect((await post(`${leader}/tl/management/invalidateResources`, '["a"]')).status).toBe(204);
    expect((await timelock.freshTimestamps("a", 1)).first).toBe(1_000_002n);
  });

  test("asking for the learned value of an unknown namespace creates it: the client never does", async () => {
    const { cluster, timelock } = await start();
    expect(await timelock.learnedBound("typo")).toMatchObject({ state: "absent" });
    expect((await timelock.namespaces()).namespaces).toEqual([]);
    const learner = `${cluster.urls[0]}/.internal/clientPaxos/typo/learner/greatest-learned-value`;
    expect((await fetch(learner)).status).toBe(204);
    expect((await timelock.namespaces()).namespaces).toEqual(["typo"]);
  });

  test("under a base path nothing is served beside it", async () => {
    const { cluster } = await start({ basePath: "/timelock/api" });
    expect((await post(`${cluster.urls[0]}/tl/management/getNamespaces`)).status).toBe(404);
    expect((await post(`${cluster.urls[0]}/timelock/api/tl/management/getNamespaces`)).status).toBe(200);
  });

  test("a taken port fails the start", async () => {
    const { cluster } = await start();
    const port = new URL(cluster.urls[0] ?? "").port;
    await expect(startSimulatedTimelock({ ports: [z.coerce.number().parse(port)] })).rejects.toThrow(
      /EADDRINUSE/,
    );
  });
});
