import { afterEach, describe, expect, test } from "vitest";

import { createHttpTimelock } from "#lib/timelock/http-timelock.ts";
import { type TimelockConfigInput, timelockConfigSchema } from "#lib/timelock/schema.ts";
import {
  deadAddress,
  httpAnswer,
  type RawReply,
  type RawServer,
  type SeenRequest,
  startRawServer,
} from "#lib/timelock/testing-servers.ts";
import { thrownBy } from "#lib/timelock/timelock-contract.ts";
import type { Timelock } from "#lib/timelock/timelock.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const to = (location: string): RawReply => httpAnswer("HTTP/1.1 308 ", [["Location", location]], "");
const done: RawReply = httpAnswer("HTTP/1.1 204 No Content", [], "");
const pong: RawReply = httpAnswer("HTTP/1.1 200 OK", [["Content-Type", "text/plain"]], "pong");
const fresh = (value: bigint): RawReply =>
  httpAnswer(
    "HTTP/1.1 200 OK",
    [["Content-Type", "application/json"]],
    `{"inclusiveLower":${value},"inclusiveUpper":${value}}`,
  );
const broken = (status: string): RawReply => httpAnswer(`HTTP/1.1 ${status}`, [["Content-Length", "0"]], "");

async function node(reply: (request: SeenRequest, index: number) => RawReply): Promise<RawServer> {
  const server = await startRawServer(reply);
  open.push(server);
  return server;
}

function client(config: Partial<TimelockConfigInput> & Pick<TimelockConfigInput, "nodes">): Timelock {
  const timeouts = { connectMs: 500, answerMs: 300, searchMs: 500 };
  const timelock = createHttpTimelock(timelockConfigSchema.parse({ balancer: false, timeouts, ...config }));
  open.push(timelock);
  return timelock;
}

const lines = (server: RawServer): string[] => server.seen.map(({ line }) => line);

describe("where a 308 leads", () => {
  test("to the node of that alias, with the base path and the whole request again", async () => {
    const leader = await node(() => done);
    const follower = await node(() => to("https://tl-1.internal:8421"));
    const nodes = [{ url: follower.url }, { url: leader.url, alias: "https://TL-1.internal:8421/" }];
    const timelock = client({ nodes, basePath: "/timelock/api", token: "secret.token" });
    expect(await timelock.fastForward("a", 42n)).toMatchObject({ node: leader.url, to: 42n, raw: "" });
    const line = "POST /timelock/api/a/timestamp-management/fast-forward?currentTimestamp=42 HTTP/1.1";
    expect([lines(follower), lines(leader)]).toEqual([[line], [line]]);
    expect(leader.seen[0]?.headers).toMatchObject({
      "user-agent": "lockstep/1.0.0 atlasdb-http-client/2.0",
      authorization: "Bearer secret.token",
      connection: "close",
    });
  });

  test("a node that is known by its own address needs no alias, whatever path the Location has", async () => {
    const leader = await node(() => pong);
    const follower = await node(() => to(`${leader.url}/timelock/api`));
    const other = await node(() => broken("503 Service Unavailable"));
    const timelock = client({ nodes: [{ url: follower.url }, { url: other.url }, { url: leader.url }] });
    expect(await timelock.ping("a")).toMatchObject({ node: leader.url });
    expect(other.seen).toHaveLength(0);
  });

  test("an unknown Location is never followed: every node is tried instead", async () => {
    const stranger = await node(() => done);
    const first = await node(() => to(stranger.url));
    const second = await node(() => to(stranger.url));
    const third = await node(() => done);
    const timelock = client({ nodes: [first, second, third].map(({ url }) => ({ url })) });
    expect(await timelock.fastForward("a", 42n)).toMatchObject({ node: third.url });
    expect(stranger.seen).toHaveLength(0);
  });

  test("nodes that point at each other end in no leader, of unknown effect, within the time for a search", async () => {
    const urls: string[] = [];
    const first = await node(() => to(urls[1] ?? ""));
    const second = await node(() => to(urls[0] ?? ""));
    urls.push(first.url, second.url);
    const timelock = client({ nodes: urls.map((url) => ({ url })) });
    const started = performance.now();
    expect(await thrownBy(timelock.fastForward("a", 42n))).toMatchObject({
      code: "no-leader",
      effect: "unknown",
    });
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test("each namespace has its own leader, and it is remembered", async () => {
    const urls: string[] = [];
    const first = await node(({ line }) => (line.includes("/a/") ? pong : to(urls[1] ?? "")));
    const second = await node(({ line }) => (line.includes("/b/") ? pong : to(urls[0] ?? "")));
    urls.push(first.url, second.url);
    const timelock = client({ nodes: urls.map((url) => ({ url })) });
    for (const _ of [1, 2]) {
      expect(await timelock.ping("a")).toMatchObject({ node: first.url });
      expect(await timelock.ping("b")).toMatchObject({ node: second.url });
    }
    expect([first.seen.length, second.seen.length]).toEqual([3, 2]);
  });
});

describe("what is sent again", () => {
  test("a fast-forward moves on from a follower and from a dead node", async () => {
    const dead = await deadAddress();
    const follower = await node(() => broken("503 Service Unavailable"));
    const leader = await node(() => done);
    const timelock = client({ nodes: [{ url: dead }, { url: follower.url }, { url: leader.url }] });
    expect(await timelock.fastForward("a", 42n)).toMatchObject({ node: leader.url });
  });

  test.for([
    ["hang", "time-out"],
    ["close", "reset"],
    ["500 Internal Server Error", "server-error"],
    ["429 Too Many Requests", "too-many-requests"],
  ] as const)(
    "a fast-forward that ends in %s may have been carried out and is sent once",
    async ([end, code]) => {
      const reply: RawReply = end === "hang" || end === "close" ? end : broken(end);
      const first = await node(() => reply);
      const second = await node(() => done);
      const timelock = client({
        nodes: [{ url: first.url }, { url: second.url }],
        timeouts: { connectMs: 100, answerMs: 100 },
      });
      expect(await thrownBy(timelock.fastForward("a", 42n))).toMatchObject({ code, effect: "unknown" });
      expect([first.seen.length, second.seen.length]).toEqual([1, 0]);
    },
  );

  test.for(["200 OK", "201 Created", "202 Accepted"])(
    "a fast-forward answered %s is no success",
    async (status) => {
      const leader = await node(() => broken(status));
      const timelock = client({ nodes: [{ url: leader.url }] });
      expect(await thrownBy(timelock.fastForward("a", 42n))).toMatchObject({
        code: "unexpected-answer",
        effect: "unknown",
      });
    },
  );

  test.for(["400 Bad Request", "401 Unauthorized", "404 Not Found"])(
    "%s did nothing, unless a follower was asked before",
    async (status) => {
      const refusing = await node(() => broken(status));
      const follower = await node(() => broken("503 Service Unavailable"));
      const alone = client({ nodes: [{ url: refusing.url }] });
      const both = client({ nodes: [{ url: follower.url }, { url: refusing.url }] });
      expect(await thrownBy(alone.fastForward("a", 42n))).toMatchObject({ effect: "none" });
      expect(await thrownBy(both.fastForward("a", 42n))).toMatchObject({ effect: "unknown" });
    },
  );

  test("a fast-forward that reached nobody is of no effect", async () => {
    const timelock = client({ nodes: [{ url: await deadAddress() }, { url: await deadAddress() }] });
    expect(await thrownBy(timelock.fastForward("a", 42n))).toMatchObject({ code: "refused", effect: "none" });
  });

  test("a ping moves on from any failure", async () => {
    const slow = await node(() => "hang");
    const rude = await node(() => "close");
    const leader = await node(() => pong);
    const nodes = [slow, rude, leader].map(({ url }) => ({ url }));
    const timelock = client({ nodes, timeouts: { connectMs: 50, answerMs: 50, searchMs: 2_000 } });
    expect(await timelock.ping("a")).toMatchObject({ node: leader.url });
  });

  test("timestamps that may have been issued are not asked for again", async () => {
    const slow = await node(() => "hang");
    const other = await node(() => fresh(7n));
    const timelock = client({
      nodes: [{ url: slow.url }, { url: other.url }],
      timeouts: { connectMs: 50, answerMs: 50 },
    });
    expect(await thrownBy(timelock.freshTimestamps("a", 1))).toMatchObject({
      code: "time-out",
      effect: "unknown",
    });
    expect(other.seen).toHaveLength(0);
  });

  test("one 500 of a leader that answers pings is a bound that changed: asked again, and counted twice", async () => {
    const leader = await node(({ line }, index) =>
      line.startsWith("GET") ? pong : index === 0 ? broken("500 Internal Server Error") : fresh(7n),
    );
    const timelock = client({ nodes: [{ url: leader.url }] });
    expect(await timelock.freshTimestamps("a", 1)).toMatchObject({ first: 7n, last: 7n, consumedMax: 2n });
  });

  test("a range that nobody asked for is refused", async () => {
    const leader = await node(() =>
      httpAnswer("HTTP/1.1 200 OK", [], '{"inclusiveLower":5,"inclusiveUpper":9}'),
    );
    const timelock = client({ nodes: [{ url: leader.url }] });
    expect(await thrownBy(timelock.freshTimestamps("a", 2))).toMatchObject({
      code: "unexpected-answer",
      effect: "unknown",
    });
  });
});

describe("a cluster behind a load balancer", () => {
  test("answers without a node, is asked until its balancer picks the leader, and never follows", async () => {
    const balancer = await node((_, index) => (index < 2 ? to("https://tl-2.internal:8421") : pong));
    const timelock = client({
      nodes: [{ url: balancer.url }],
      balancer: true,
      timeouts: { searchMs: 2_000 },
    });
    expect(await timelock.ping("a")).toMatchObject({ node: null, via: balancer.url });
    expect(balancer.seen).toHaveLength(3);
  });

  test("lists namespaces, but neither a majority nor a bound can be told", async () => {
    const balancer = await node(() => httpAnswer("HTTP/1.1 200 OK", [], '["a"]'));
    const timelock = client({ nodes: [{ url: balancer.url }], balancer: true });
    expect(await timelock.namespaces()).toMatchObject({ namespaces: ["a"], majority: false });
    expect(await timelock.learnedBound("b")).toMatchObject({ state: "unknown" });
  });
});

test("a client that is closed ends the calls under way", async () => {
  const slow = await node(() => "hang");
  const timelock = client({ nodes: [{ url: slow.url }], timeouts: { answerMs: 60_000 } });
  const call = thrownBy(timelock.fastForward("a", 42n));
  while (slow.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await timelock.close();
  expect(await call).toMatchObject({ code: "closed", effect: "unknown" });
});
